/**
 * Filters of HTTPRoutes and GRPCRoutes. One that cannot be read stays in its list as `unreadable`: a filter must
 * not be skipped. Source: kubernetes-sigs/gateway-api:apis/v1/httproute_types.go HTTPRouteFilter.
 */

import type { Fraction } from '../../net/fraction.ts';
import type { FieldPath } from '../../source/document.ts';
import {
  type Fields,
  readBoolean,
  readEnum,
  readInteger,
  readMapping,
  readMappings,
  readPort,
  readString,
  readStrings,
  reportInvalid,
  reportRequired,
  requireEnum,
  requireString,
} from '../fields.ts';
import { readPreciseHostname } from './hostnames.ts';
import { type BackendRef, type ObjectRef, readBackendOf, readObjectRef } from './references.ts';

export interface HeaderValue {
  readonly name: string;
  readonly value: string;
}

export interface HeaderModifier {
  readonly set: readonly HeaderValue[];
  readonly add: readonly HeaderValue[];
  readonly remove: readonly string[];
}

export type PathModifier =
  | { readonly type: 'ReplaceFullPath'; readonly value: string }
  | { readonly type: 'ReplacePrefixMatch'; readonly value: string };

export interface CorsPolicy {
  readonly allowOrigins: readonly string[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly allowCredentials: boolean;
  /** In seconds. */
  readonly maxAge: number;
}

export type RouteFilter = { readonly path: FieldPath } & (
  | ({ readonly kind: 'request-headers' } & HeaderModifier)
  | ({ readonly kind: 'response-headers' } & HeaderModifier)
  | {
      readonly kind: 'redirect';
      readonly scheme?: 'http' | 'https';
      readonly hostname?: string;
      readonly newPath?: PathModifier;
      readonly port?: number;
      readonly status: number;
    }
  | { readonly kind: 'rewrite'; readonly hostname?: string; readonly newPath?: PathModifier }
  | {
      readonly kind: 'mirror';
      readonly backend: BackendRef;
      /** undefined: every request. */
      readonly share?: Fraction;
    }
  | ({ readonly kind: 'cors' } & CorsPolicy)
  | { readonly kind: 'external-auth'; readonly backend?: BackendRef }
  | { readonly kind: 'extension'; readonly ref: ObjectRef }
  | { readonly kind: 'unreadable' }
);

type FilterBody = RouteFilter extends infer Filter
  ? Filter extends RouteFilter
    ? Omit<Filter, 'path'>
    : never
  : never;

interface FilterReader {
  /** The field that holds the settings of the type. */
  readonly field: string;
  read(fields: Fields): FilterBody | undefined;
}

const REDIRECT_STATUSES = [301, 302, 303, 307, 308];
const DEFAULT_MAX_AGE = 5;
const BIGGEST = 2 ** 31 - 1;

const HTTP_FILTERS: ReadonlyMap<string, FilterReader> = new Map<string, FilterReader>([
  [
    'RequestHeaderModifier',
    {
      field: 'requestHeaderModifier',
      read: (fields) => ({ kind: 'request-headers', ...readModifier(fields) }),
    },
  ],
  [
    'ResponseHeaderModifier',
    {
      field: 'responseHeaderModifier',
      read: (fields) => ({ kind: 'response-headers', ...readModifier(fields) }),
    },
  ],
  ['RequestMirror', { field: 'requestMirror', read: readMirror }],
  ['RequestRedirect', { field: 'requestRedirect', read: readRedirect }],
  ['URLRewrite', { field: 'urlRewrite', read: readRewrite }],
  ['CORS', { field: 'cors', read: readCors }],
  ['ExternalAuth', { field: 'externalAuth', read: readExternalAuth }],
  ['ExtensionRef', { field: 'extensionRef', read: readExtension }],
]);

const OF_GRPC = ['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestMirror', 'ExtensionRef'];
const GRPC_FILTERS: ReadonlyMap<string, FilterReader> = new Map(
  [...HTTP_FILTERS].filter(([type]) => OF_GRPC.includes(type)),
);

/** Filters that may stand several times in a list. */
const REPEATABLE = ['RequestMirror', 'ExtensionRef'];

/** `filters` of a rule or of a backend. */
export function readFilters(fields: Fields, protocol: 'http' | 'grpc'): readonly RouteFilter[] {
  const readers = protocol === 'http' ? HTTP_FILTERS : GRPC_FILTERS;
  const seen = new Set<string>();
  return readMappings(fields, 'filters').map((filter): RouteFilter => {
    const type = requireEnum(filter, 'type', [...readers.keys()]);
    const reader = type === undefined ? undefined : readers.get(type);
    if (type === undefined || reader === undefined) return { kind: 'unreadable', path: filter.path };
    if (seen.has(type) && !REPEATABLE.includes(type)) {
      reportInvalid(fields, ['filters'], fields.raw['filters'], `${type} filter cannot be repeated`);
    }
    seen.add(type);
    const body = readBody(filter, type, reader);
    return body === undefined
      ? { kind: 'unreadable', path: filter.path }
      : ({ ...body, path: filter.path } as RouteFilter);
  });
}

function readBody(filter: Fields, type: string, { field, read }: FilterReader): FilterBody | undefined {
  const settings = readMapping(filter, field);
  if (settings !== undefined) return read(settings);
  reportInvalid(filter, [], filter.raw, `filter.${field} must be specified for ${type} filter.type`);
  return undefined;
}

function readModifier(fields: Fields): HeaderModifier {
  return {
    set: readMappings(fields, 'set').flatMap(readHeader),
    add: readMappings(fields, 'add').flatMap(readHeader),
    remove: readStrings(fields, 'remove'),
  };
}

function readHeader(fields: Fields): readonly HeaderValue[] {
  const name = requireString(fields, 'name');
  const value = requireString(fields, 'value');
  return name === undefined || name === '' || value === undefined ? [] : [{ name, value }];
}

function readMirror(fields: Fields): FilterBody | undefined {
  const backend = readBackendOf(fields);
  const percent = readInteger(fields, 'percent', { min: 0, max: 100 });
  const fraction = readFraction(fields);
  if (percent !== undefined && fraction !== undefined) {
    const text = 'Only one of percent or fraction may be specified in HTTPRequestMirrorFilter';
    reportInvalid(fields, [], fields.raw, text);
  }
  if (backend === undefined) return undefined;
  const share = percent === undefined ? fraction : { numerator: percent, denominator: 100 };
  return { kind: 'mirror', backend, ...(share === undefined ? {} : { share }) };
}

/** shared_types.go Fraction: a part of 100, unless another denominator is written. */
function readFraction(fields: Fields): Fraction | undefined {
  const fraction = readMapping(fields, 'fraction');
  if (fraction === undefined) return undefined;
  const denominator = readInteger(fraction, 'denominator', { min: 1, max: BIGGEST }) ?? 100;
  const numerator = readInteger(fraction, 'numerator', { min: 0, max: BIGGEST });
  if (numerator === undefined) return undefined;
  if (numerator <= denominator) return { numerator, denominator };
  reportInvalid(fraction, [], fraction.raw, 'numerator must be less than or equal to denominator');
  return { numerator: 1, denominator: 1 };
}

function readRedirect(fields: Fields): FilterBody {
  const scheme = readEnum(fields, 'scheme', ['http', 'https'] as const);
  const hostname = readPreciseHostname(fields);
  const newPath = readPathModifier(fields);
  const port = readPort(fields, 'port');
  return {
    kind: 'redirect',
    ...(scheme === undefined ? {} : { scheme }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(newPath === undefined ? {} : { newPath }),
    ...(port === undefined ? {} : { port }),
    status: readStatus(fields),
  };
}

function readStatus(fields: Fields): number {
  const status = readInteger(fields, 'statusCode', { min: 300, max: 399 }) ?? 302;
  if (REDIRECT_STATUSES.includes(status)) return status;
  const supported = REDIRECT_STATUSES.map(String).join(', ');
  reportInvalid(fields, ['statusCode'], status, `supported values: ${supported}`);
  return 302;
}

function readRewrite(fields: Fields): FilterBody {
  const hostname = readPreciseHostname(fields);
  const newPath = readPathModifier(fields);
  return {
    kind: 'rewrite',
    ...(hostname === undefined ? {} : { hostname }),
    ...(newPath === undefined ? {} : { newPath }),
  };
}

function readPathModifier(fields: Fields): PathModifier | undefined {
  const path = readMapping(fields, 'path');
  if (path === undefined) return undefined;
  const type = requireEnum(path, 'type', ['ReplaceFullPath', 'ReplacePrefixMatch'] as const);
  if (type === undefined) return undefined;
  const field = type === 'ReplaceFullPath' ? 'replaceFullPath' : 'replacePrefixMatch';
  const value = readString(path, field);
  if (value !== undefined) return { type, value };
  reportInvalid(path, [], path.raw, `${field} must be specified when type is set to '${type}'`);
  return undefined;
}

function readCors(fields: Fields): FilterBody {
  const lists = ['allowOrigins', 'allowMethods', 'allowHeaders'] as const;
  const [allowOrigins = [], allowMethods = [], allowHeaders = []] = lists.map((key) => {
    const values = readStrings(fields, key);
    if (values.length > 1 && values.includes('*')) {
      const things = key.slice('allow'.length).toLowerCase();
      reportInvalid(fields, [key], values, `${titled(key)} cannot contain '*' alongside other ${things}`);
    }
    return values;
  });
  return {
    kind: 'cors',
    allowOrigins,
    allowMethods,
    allowHeaders,
    exposeHeaders: readStrings(fields, 'exposeHeaders'),
    allowCredentials: readBoolean(fields, 'allowCredentials') ?? false,
    maxAge: readInteger(fields, 'maxAge', { min: 1, max: BIGGEST }) ?? DEFAULT_MAX_AGE,
  };
}

function titled(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function readExternalAuth(fields: Fields): FilterBody {
  const backend = readBackendOf(fields);
  return { kind: 'external-auth', ...(backend === undefined ? {} : { backend }) };
}

function readExtension(fields: Fields): FilterBody | undefined {
  if (readString(fields, 'kind') === undefined) reportRequired(fields, 'kind');
  const ref = readObjectRef(fields, { group: '', kind: '' });
  return ref === undefined ? undefined : { kind: 'extension', ref };
}

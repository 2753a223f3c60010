/** An HTTP rule of a VirtualService (istio/api:networking/v1alpha3/virtual_service.proto HTTPRoute). */

import type { FieldPath } from '../../source/document.ts';
import {
  type Fields,
  readInteger,
  readMapping,
  readMappings,
  readString,
  reportInvalid,
  reportRequired,
} from '../fields.ts';
import { type Destination, readDestination, readRoute, type WeightedDestination } from './destination.ts';
import { type HeaderOperations, readHeaders } from './headers.ts';
import { type Fault, readFault, readPercentage } from './http-fault.ts';
import { type HttpMatch, readHttpMatch } from './http-match.ts';
import { type Retries, readRetries } from './retries.ts';

export interface Redirect {
  readonly uri: string;
  readonly authority: string;
  readonly scheme: string;
  readonly port?: number;
  readonly derivePort?: 'FROM_PROTOCOL_DEFAULT' | 'FROM_REQUEST_PORT';
  readonly code: number;
}

export interface DirectResponse {
  readonly status: number;
  /** undefined: no body, or one of bytes. */
  readonly body?: string;
}

export interface Rewrite {
  readonly uri: string;
  readonly authority: string;
  readonly regex?: { readonly match: string; readonly rewrite: string };
}

export interface Mirror {
  readonly destination: Destination;
  /** 0 to 100. */
  readonly percent: number;
}

export interface HttpRule {
  readonly name: string;
  readonly match: readonly HttpMatch[];
  readonly route: readonly WeightedDestination[];
  readonly redirect?: Redirect;
  readonly directResponse?: DirectResponse;
  /** The VirtualService that goes on; its namespace is empty where none is written. */
  readonly delegate?: { readonly name: string; readonly namespace: string; readonly path: FieldPath };
  readonly rewrite?: Rewrite;
  /** As written: `10s`. */
  readonly timeout?: string;
  readonly retries?: Retries;
  readonly fault?: Fault;
  readonly mirrors: readonly Mirror[];
  readonly headers?: HeaderOperations;
  readonly hasCors: boolean;
  readonly path: FieldPath;
}

const REDIRECT_CODES = [301, 302, 303, 307, 308];

/**
 * A rule; undefined for one that a webhook of Istio would refuse
 * (istio/istio:pkg/config/validation/virtualservice.go).
 */
export function readHttpRule(fields: Fields): readonly HttpRule[] {
  const route = readRoute(fields);
  const redirect = readRedirect(fields);
  const directResponse = readDirectResponse(fields);
  const delegate = readDelegate(fields);
  const rewrite = readRewrite(fields);
  const timeout = readString(fields, 'timeout');
  const retries = readRetries(fields, 'retries');
  const fault = readFault(fields);
  const headers = readHeaders(fields);
  if (!isComplete(fields, { route, redirect, directResponse, delegate })) return [];
  return [
    {
      name: readString(fields, 'name') ?? '',
      match: readMappings(fields, 'match').map(readHttpMatch),
      route,
      ...(redirect === undefined ? {} : { redirect }),
      ...(directResponse === undefined ? {} : { directResponse }),
      ...(delegate === undefined ? {} : { delegate }),
      ...(rewrite === undefined ? {} : { rewrite }),
      ...(timeout === undefined ? {} : { timeout }),
      ...(retries === undefined ? {} : { retries }),
      ...(fault === undefined ? {} : { fault }),
      mirrors: readMirrors(fields),
      ...(headers === undefined ? {} : { headers }),
      hasCors: readMapping(fields, 'corsPolicy') !== undefined,
      path: fields.path,
    },
  ];
}

function isComplete(
  fields: Fields,
  {
    route,
    ...others
  }: { readonly [Key in 'redirect' | 'directResponse' | 'delegate']: HttpRule[Key] | undefined } & Pick<
    HttpRule,
    'route'
  >,
): boolean {
  const written = Object.entries(others).filter(([, value]) => value !== undefined);
  const hasRoute = route.length > 0;
  if (!hasRoute && written.length === 0) {
    const isRefused = ['route', 'redirect', 'directResponse', 'delegate'].some((key) => key in fields.raw);
    if (!isRefused) reportRequired(fields, '', 'HTTP route, redirect or direct_response is required');
    return false;
  }
  if (written.length + (hasRoute ? 1 : 0) === 1) return true;
  const [[key] = ['redirect']] = written;
  reportInvalid(fields, [key], {}, 'HTTP route cannot contain both route and redirect, or two such actions');
  return false;
}

function readRedirect(fields: Fields): Redirect | undefined {
  const redirect = readMapping(fields, 'redirect');
  if (redirect === undefined) return undefined;
  const code = readInteger(redirect, 'redirectCode', { min: 0, max: 599 }) ?? 301;
  if (code !== 0 && !REDIRECT_CODES.includes(code)) {
    reportInvalid(redirect, ['redirectCode'], code, `must be one of ${REDIRECT_CODES.join(', ')}`);
    return undefined;
  }
  const port = readInteger(redirect, 'port', { min: 1, max: 65535 });
  const derive = readString(redirect, 'derivePort');
  return {
    uri: readString(redirect, 'uri') ?? '',
    authority: readString(redirect, 'authority') ?? '',
    scheme: readString(redirect, 'scheme') ?? '',
    ...(port === undefined ? {} : { port }),
    ...(derive === 'FROM_PROTOCOL_DEFAULT' || derive === 'FROM_REQUEST_PORT' ? { derivePort: derive } : {}),
    code: code === 0 ? 301 : code,
  };
}

function readDirectResponse(fields: Fields): DirectResponse | undefined {
  const response = readMapping(fields, 'directResponse');
  if (response === undefined) return undefined;
  const status = readInteger(response, 'status', { min: 100, max: 599 });
  const body = readMapping(response, 'body');
  const text = body === undefined ? undefined : readString(body, 'string');
  return status === undefined ? undefined : { status, ...(text === undefined ? {} : { body: text }) };
}

function readDelegate(fields: Fields): HttpRule['delegate'] {
  const delegate = readMapping(fields, 'delegate');
  if (delegate === undefined) return undefined;
  const name = readString(delegate, 'name') ?? '';
  if (name === '') reportRequired(delegate, 'name');
  return { name, namespace: readString(delegate, 'namespace') ?? '', path: delegate.path };
}

function readRewrite(fields: Fields): Rewrite | undefined {
  const rewrite = readMapping(fields, 'rewrite');
  if (rewrite === undefined) return undefined;
  const regex = readMapping(rewrite, 'uriRegexRewrite');
  const uri = readString(rewrite, 'uri') ?? '';
  if (regex !== undefined && uri !== '') {
    reportInvalid(rewrite, ['uri'], uri, 'cannot be set together with uriRegexRewrite');
  }
  return {
    uri,
    authority: readString(rewrite, 'authority') ?? '',
    ...(regex === undefined
      ? {}
      : { regex: { match: readString(regex, 'match') ?? '', rewrite: readString(regex, 'rewrite') ?? '' } }),
  };
}

/** `mirror` with its percentage in one of three fields, or `mirrors`; both are refused. */
function readMirrors(fields: Fields): readonly Mirror[] {
  const several = readMappings(fields, 'mirrors').flatMap((each): readonly Mirror[] => {
    const destination = readDestination(each, 'destination');
    return destination === undefined
      ? []
      : [{ destination, percent: readPercentage(each, 'percentage') ?? 100 }];
  });
  if (readMapping(fields, 'mirror') === undefined) return several;
  if (several.length > 0) {
    reportInvalid(fields, ['mirror'], {}, 'HTTP route cannot contain both mirror and mirrors');
  }
  const destination = readDestination(fields, 'mirror');
  const percent =
    readPercentage(fields, 'mirrorPercentage') ??
    ['mirrorPercent', 'mirror_percent']
      .map((key) => readInteger(fields, key, { min: 0, max: 100 }))
      .find((each) => each !== undefined);
  return [...(destination === undefined ? [] : [{ destination, percent: percent ?? 100 }]), ...several];
}

/** What the kinds of routes have in common: parents, hostnames, and rules with backends. */

import type { FieldPath } from '../../source/document.ts';
import {
  type Fields,
  readMapping,
  readMappings,
  readSection,
  readString,
  reportDuplicate,
  reportTooMany,
} from '../fields.ts';
import { type RouteFilter, readFilters } from './filters.ts';
import { hasEntries, readHostnames } from './hostnames.ts';
import { type BackendRef, type ParentRef, readBackendRef, readParentRefs } from './references.ts';

export interface FilteredBackendRef extends BackendRef {
  /** They apply only where this backend is chosen. */
  readonly filters: readonly RouteFilter[];
}

export interface RouteRuleBody {
  /** A name that the rule has of its own. */
  readonly name?: string;
  readonly backends: readonly FilteredBackendRef[];
  readonly path: FieldPath;
}

/** A rule of the kinds that look into requests. */
export interface MatchingRule<Match> extends RouteRuleBody {
  /** One of them must match; undefined: everything does. */
  readonly matches?: readonly Match[];
  readonly filters: readonly RouteFilter[];
  /** Fields that change what becomes of a request and are not looked at: timeouts, retries. */
  readonly unmodelled: readonly FieldPath[];
}

export interface RouteBody<Rule extends RouteRuleBody> {
  readonly parents: readonly ParentRef[];
  /** undefined: those of the listener; empty: what is written is no hostname. */
  readonly hostnames?: readonly string[];
  readonly rules: readonly Rule[];
  /** `useDefaultGateways`: Gateways that nobody names take it as well (GEP-3793). */
  readonly defaultGateways?: FieldPath;
}

const MOST_RULES = 16;
const MOST_MATCHES = 64;
const UNMODELLED = ['timeouts', 'retry', 'sessionPersistence'];

/** `spec` of a route whose rules the reader reads. */
export function readRoute<Rule extends RouteRuleBody>(
  fields: Fields,
  readRule: (fields: Fields) => Rule,
): RouteBody<Rule> {
  const spec = readSection(fields, 'spec');
  const hostnames = readHostnames(spec);
  const rules = readMappings(spec, 'rules');
  if (rules.length > MOST_RULES) reportTooMany(spec, 'rules', rules.length, MOST_RULES);
  const names = new Set<string>();
  const defaults = readString(spec, 'useDefaultGateways') ?? '';
  return {
    parents: readParentRefs(spec),
    ...(defaults === '' || defaults === 'None'
      ? {}
      : { defaultGateways: [...spec.path, 'useDefaultGateways'] }),
    ...(hostnames === undefined ? {} : { hostnames }),
    rules: rules.map((each) => {
      const rule = readRule(each);
      if (rule.name !== undefined && names.has(rule.name)) reportDuplicate(each, ['name'], rule.name);
      if (rule.name !== undefined) names.add(rule.name);
      return rule;
    }),
  };
}

/** Name, backends and place of a rule whose kind knows no filters. */
export function readPlainRule(fields: Fields): RouteRuleBody {
  return ruleOf(
    fields,
    readMappings(fields, 'backendRefs').flatMap((backend) => {
      const ref = readBackendRef(backend);
      return ref === undefined ? [] : [{ ...ref, filters: [] }];
    }),
  );
}

/** A rule with matches and filters. */
export function readMatchingRule<Match>(
  fields: Fields,
  protocol: 'http' | 'grpc',
  readMatch: (fields: Fields) => Match | undefined,
): MatchingRule<Match> {
  const backends = readMappings(fields, 'backendRefs').flatMap((backend) => {
    const ref = readBackendRef(backend);
    return ref === undefined ? [] : [{ ...ref, filters: readFilters(backend, protocol) }];
  });
  const matches = hasEntries(fields, 'matches') ? readMappings(fields, 'matches') : undefined;
  if (matches !== undefined && matches.length > MOST_MATCHES) {
    reportTooMany(fields, 'matches', matches.length, MOST_MATCHES);
  }
  return {
    ...ruleOf(fields, backends),
    ...(matches === undefined ? {} : { matches: matches.flatMap((match) => readMatch(match) ?? []) }),
    filters: readFilters(fields, protocol),
    unmodelled: UNMODELLED.filter((key) => readMapping(fields, key) !== undefined).map((key) => [
      ...fields.path,
      key,
    ]),
  };
}

function ruleOf(fields: Fields, backends: readonly FilteredBackendRef[]): RouteRuleBody {
  const name = readString(fields, 'name');
  return { ...(name === undefined || name === '' ? {} : { name }), backends, path: fields.path };
}

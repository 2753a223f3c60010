/**
 * The fields of AuthorizationPolicy rules, tested on a request.
 * Source: istio/istio:pilot/pkg/security/authz/model/generator.go, model.go, matcher/string.go, matcher/template.go.
 * Rules: docs/semantics/istio.md 11.5, 11.6.
 */

import type { AuthorizationCondition, FieldLists, ValueLists } from '../../k8s/kinds/authorization-policy.ts';
import { cidrContains, hostCidr, parseCidr } from '../../net/cidr.ts';
import { type Ip, parseIp } from '../../net/ip.ts';
import { compileFullMatch } from '../match.ts';

/** Who asks, as its certificate tells; undefined: it has shown none. */
export interface PeerIdentity {
  readonly trustDomain: string;
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** What a token says that the proxy has taken for good. */
export interface TokenIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly audiences: readonly string[];
  readonly presenter: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

export interface HttpFacts {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** The Host header. */
  readonly host: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly token?: TokenIdentity;
}

export interface AuthorizationRequest {
  readonly peer?: PeerIdentity;
  /** The direct peer. */
  readonly sourceIp?: Ip;
  /** The client behind proxies that are trusted; mostly the same. */
  readonly remoteIp?: Ip;
  readonly destinationIp?: Ip;
  /** Of the workload. */
  readonly port: number;
  readonly sni?: string;
  /** undefined: the port carries no HTTP. */
  readonly http?: HttpFacts;
}

/** Source: istio/istio:pkg/spiffe/spiffe.go, pilot/pkg/security/trustdomain/bundle.go. */
const LOCAL_TRUST_DOMAIN = 'cluster.local';

const HTTP_FIELDS = ['requestPrincipals', 'remoteIpBlocks', 'hosts', 'methods', 'paths', 'remote.ip'];

/** Does the field, or the key of a condition, need HTTP? */
export function isHttpOnly(name: string): boolean {
  return HTTP_FIELDS.includes(name) || name.startsWith('request.');
}

/** Do all fields of a source or an operation hold? */
export function listsHold(lists: FieldLists, request: AuthorizationRequest): boolean {
  for (const [name, values] of lists) {
    const test = FIELDS[name];
    if (test === undefined || !valuesHold(values, (value) => test(value, request))) return false;
  }
  return true;
}

/** Does a condition of `when` hold? One with an unknown key never does: the webhook refuses it. */
export function conditionHolds(condition: AuthorizationCondition, request: AuthorizationRequest): boolean {
  const test = conditionTest(condition.key);
  return test !== undefined && valuesHold(condition, (value) => test(value, request));
}

function valuesHold({ values, notValues }: ValueLists, test: (value: string) => boolean): boolean {
  if (values.length > 0 && !values.some(test)) return false;
  return !notValues.some(test);
}

type FieldTest = (value: string, request: AuthorizationRequest) => boolean;

const FIELDS: Readonly<Record<string, FieldTest>> = {
  principals: (value, { peer }) => peer !== undefined && isPrincipal(value, peer),
  namespaces: (value, { peer }) => peer !== undefined && textMatches(value, peer.namespace),
  serviceAccounts: (value, { peer }) => peer !== undefined && isAccount(value, peer),
  requestPrincipals: (value, { http }) =>
    http?.token !== undefined && textMatches(value, `${http.token.issuer}/${http.token.subject}`),
  ipBlocks: (value, { sourceIp }) => isInBlock(value, sourceIp),
  remoteIpBlocks: (value, { remoteIp, sourceIp }) => isInBlock(value, remoteIp ?? sourceIp),
  hosts: (value, { http }) => http !== undefined && textMatches(value.toLowerCase(), http.host.toLowerCase()),
  ports: (value, { port }) => value === String(port),
  methods: (value, { http }) => http !== undefined && textMatches(value, http.method),
  paths: (value, { http }) => http !== undefined && pathMatches(value, http.path),
};

/** `cluster.local/ns/shop/sa/web`: a SPIFFE identity without its scheme. */
export function principalOf({ trustDomain, namespace, serviceAccount }: PeerIdentity): string {
  return `${trustDomain}/ns/${namespace}/sa/${serviceAccount}`;
}

/** In a policy, `cluster.local` stands for the mesh's own trust domain, whatever that is called. */
function isPrincipal(value: string, peer: PeerIdentity): boolean {
  if (textMatches(value, principalOf(peer))) return true;
  return textMatches(value, principalOf({ ...peer, trustDomain: LOCAL_TRUST_DOMAIN }));
}

/** `namespace/account`, or an account of any namespace with a star; the webhook completes a bare one. */
function isAccount(value: string, { namespace, serviceAccount }: PeerIdentity): boolean {
  return textMatches(value, value.includes('/') ? `${namespace}/${serviceAccount}` : serviceAccount);
}

/** `abc`, `abc*`, `*abc`, and the star alone for anything that is there. */
export function textMatches(pattern: string, text: string): boolean {
  if (pattern === '*') return text !== '';
  if (pattern.startsWith('*')) return text.endsWith(pattern.slice(1));
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : pattern === text;
}

/** A path with `{*}` (one part) and `{**}` (any parts), else as every text. */
function pathMatches(pattern: string, path: string): boolean {
  if (!pattern.includes('{*}') && !pattern.includes('{**}')) return textMatches(pattern, path);
  const source = pattern
    .split(/(\{\*\*?\})/)
    .map((part) => {
      if (part === '{*}') return '[^/]+';
      return part === '{**}' ? '.*' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('');
  return compileFullMatch(source)?.(path) ?? false;
}

export function isInBlock(value: string, ip: Ip | undefined): boolean {
  if (ip === undefined) return false;
  const single = parseIp(value);
  const block = single === undefined ? parseCidr(value) : hostCidr(single);
  return block !== undefined && cidrContains(block, ip);
}

const CONDITIONS: Readonly<Record<string, FieldTest>> = {
  'source.ip': (value, { sourceIp }) => isInBlock(value, sourceIp),
  'remote.ip': (value, { remoteIp, sourceIp }) => isInBlock(value, remoteIp ?? sourceIp),
  'source.namespace': (value, { peer }) => peer !== undefined && textMatches(value, peer.namespace),
  'source.serviceAccount': (value, { peer }) => peer !== undefined && isAccount(value, peer),
  'source.principal': (value, { peer }) => peer !== undefined && isPrincipal(value, peer),
  'destination.ip': (value, { destinationIp }) => isInBlock(value, destinationIp),
  'destination.port': (value, { port }) => value === String(port),
  'connection.sni': (value, { sni }) => sni !== undefined && textMatches(value, sni),
  'request.auth.principal': (value, { http }) =>
    http?.token !== undefined && textMatches(value, `${http.token.issuer}/${http.token.subject}`),
  'request.auth.audiences': (value, { http }) =>
    http?.token?.audiences.some((each) => textMatches(value, each)) ?? false,
  'request.auth.presenter': (value, { http }) =>
    http?.token !== undefined && textMatches(value, http.token.presenter),
};

function conditionTest(key: string): FieldTest | undefined {
  const known = Object.hasOwn(CONDITIONS, key) ? CONDITIONS[key] : undefined;
  if (known !== undefined) return known;
  const [, header] = /^request\.headers\[(.+)\]$/.exec(key) ?? [];
  if (header !== undefined) {
    return (value, { http }) => {
      const sent = http?.headers.get(header.toLowerCase());
      return sent !== undefined && textMatches(value, sent);
    };
  }
  const path = [
    ...(/^request\.auth\.claims((?:\[[^\]]+\])+)$/.exec(key)?.[1] ?? '').matchAll(/\[([^\]]+)\]/g),
  ];
  if (path.length === 0) return undefined;
  return (value, { http }) =>
    claimValues(
      http?.token?.claims,
      path.map(([, name = '']) => name),
    ).some((each) => textMatches(value, each));
}

/** A claim, or the members of one that is a list. */
function claimValues(claims: unknown, path: readonly string[]): readonly string[] {
  const found = path.reduce<unknown>(
    (at, name) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, name)
        ? (at as Readonly<Record<string, unknown>>)[name]
        : undefined,
    claims,
  );
  const list: readonly unknown[] = Array.isArray(found) ? found : [found];
  return list.filter((each) => each !== undefined && each !== null && typeof each !== 'object').map(String);
}

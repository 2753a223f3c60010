/**
 * The policies that ztunnel enforces before it connects to the application: AuthorizationPolicies with a selector or
 * without any scope but the namespace, as far as they are about addresses, ports and identities, and what
 * PeerAuthentications become. Source: istio/istio:pilot/pkg/serviceregistry/ambient/authorization.go handleRule,
 * istio/ztunnel:src/rbac.rs Authorization::matches, src/state.rs assert_rbac. Rules: docs/semantics/istio.md 13.6.
 */

import type {
  AuthorizationCondition,
  AuthorizationPolicyObject,
  AuthorizationRule,
  FieldLists,
  ValueLists,
} from '../../../k8s/kinds/authorization-policy.ts';
import type { ObjectSet } from '../../../k8s/read.ts';
import type { Ip } from '../../../net/ip.ts';
import { refTo, type SourceRef } from '../../../source/ref.ts';
import { oldestFirst } from '../age.ts';
import { isInBlock, type PeerIdentity, principalOf, textMatches } from '../authorization-fields.ts';
import { policiesAbout, type Workload } from '../policy-scope.ts';
import type { MeshSettings } from '../settings.ts';
import { plaintextDenials } from './plaintext-denial.ts';

/** A connection as ztunnel judges it. */
export interface ZtunnelConnection {
  /** As the certificate of HBONE tells; undefined: plaintext. */
  readonly peer?: PeerIdentity;
  /** undefined: nobody knows, and no range has it. */
  readonly sourceIp?: Ip | undefined;
  readonly destinationIp?: Ip | undefined;
  /** Of the application, never 15008. */
  readonly port: number;
}

export type ZtunnelVerdict =
  | { readonly kind: 'allowed'; readonly because: readonly SourceRef[] }
  /** `policy` undefined: a PeerAuthentication wants mTLS. */
  | { readonly kind: 'denied'; readonly because: readonly SourceRef[]; readonly policy?: string };

export type ZtunnelPolicies = (workload: Workload, connection: ZtunnelConnection) => ZtunnelVerdict;

const DRY_RUN = 'istio.io/dry-run';

/** @returns what ztunnel says of a connection to a workload: denials first, then whether anything allows. */
export function ztunnelPolicies(objects: ObjectSet, settings: MeshSettings): ZtunnelPolicies {
  const all = oldestFirst(objects.ofKind('AuthorizationPolicy')).filter(
    ({ metadata, body }) =>
      // Other actions are not ztunnel's, and istiod sends no dry run.
      (body.action === 'ALLOW' || body.action === 'DENY') && metadata.annotations.get(DRY_RUN) !== 'true',
  );
  const about = policiesAbout(all, settings);
  const plaintext = plaintextDenials(objects, settings);
  return (workload, connection) => {
    const denial = connection.peer === undefined ? plaintext(workload, connection.port) : undefined;
    if (denial !== undefined) return { kind: 'denied', because: [denial] };
    return decide(about(workload), connection);
  };
}

function decide(
  policies: readonly AuthorizationPolicyObject[],
  connection: ZtunnelConnection,
): ZtunnelVerdict {
  const [denying] = matching(policies, 'DENY', connection);
  if (denying !== undefined) return { kind: 'denied', because: [denying.at], policy: denying.name };
  const allowing = policies.filter(({ body }) => body.action === 'ALLOW');
  const [first] = allowing;
  if (first === undefined) return { kind: 'allowed', because: [] };
  const [allowed] = matching(policies, 'ALLOW', connection);
  if (allowed !== undefined) return { kind: 'allowed', because: [allowed.at] };
  const because = allowing.map(({ origin }) => refTo(origin, 'spec'));
  return { kind: 'denied', because, policy: nameOf(first) };
}

function nameOf({ metadata }: AuthorizationPolicyObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** The first rule of each policy of an action that matches. */
function matching(
  policies: readonly AuthorizationPolicyObject[],
  action: 'ALLOW' | 'DENY',
  connection: ZtunnelConnection,
): readonly { readonly name: string; readonly at: SourceRef }[] {
  return policies.flatMap((policy) => {
    if (policy.body.action !== action) return [];
    const { namespace } = policy.metadata;
    const rule = policy.body.rules.find((each) => ruleMatches(each, connection, { action, namespace }));
    return rule === undefined ? [] : [{ name: nameOf(policy), at: refTo(policy.origin, ...rule.path) }];
  });
}

interface Owner {
  readonly action: 'ALLOW' | 'DENY';
  /** Of the policy: a bare service account is one of it. */
  readonly namespace: string;
}

/**
 * All clauses must match, each by any of its parts. Parts that are about HTTP alone are left empty, and an empty part
 * never matches: such a rule to deny does nothing (istio/istio#61126); one to allow that has HTTP in it is left out whole.
 */
function ruleMatches(rule: AuthorizationRule, connection: ZtunnelConnection, owner: Owner): boolean {
  if (owner.action === 'ALLOW' && hasHttp(rule)) return false;
  const tests = fieldTests(connection, owner);
  const parts = (part: readonly FieldLists[] | undefined) =>
    part === undefined || part.some((lists) => partMatches(lists, tests));
  return parts(rule.to) && parts(rule.from) && rule.when.every((each) => conditionMatches(each, tests));
}

type FieldTest = (value: string) => boolean;

/** By the name of a field: does a value hold for the connection? */
type FieldTests = ReadonlyMap<string, FieldTest>;

function fieldTests(
  { peer, sourceIp, destinationIp, port }: ZtunnelConnection,
  { namespace }: Owner,
): FieldTests {
  const isPrincipal = (value: string) => peer !== undefined && textMatches(value, principalOf(peer));
  const isNamespace = (value: string) => textMatches(value, peer?.namespace ?? '');
  const isSource = (value: string) => isInBlock(value, sourceIp);
  const isPort = (value: string) => Number(value) === port;
  const isAccount = (value: string) => {
    const [owner, account] = value.includes('/') ? value.split('/', 2) : [namespace, value];
    return peer !== undefined && peer.namespace === owner && peer.serviceAccount === account;
  };
  return new Map([
    ['principals', isPrincipal],
    ['namespaces', isNamespace],
    ['serviceAccounts', isAccount],
    ['ipBlocks', isSource],
    ['ports', isPort],
    ['source.principal', isPrincipal],
    ['source.namespace', isNamespace],
    ['source.ip', isSource],
    ['destination.ip', (value) => isInBlock(value, destinationIp)],
    ['destination.port', isPort],
  ]);
}

function hasHttp({ from = [], to = [], when }: AuthorizationRule): boolean {
  const isL4 = (name: string) => L4_FIELDS.has(name);
  const names = [...from, ...to].flatMap((lists) => [...lists.keys()]);
  return !names.every(isL4) || !when.every(({ key }) => L4_CONDITIONS.has(key));
}

const L4_FIELDS: ReadonlySet<string> = new Set([
  'principals',
  'namespaces',
  'serviceAccounts',
  'ipBlocks',
  'ports',
]);

/** `source.serviceAccount` and `connection.sni`, which proxies know at the same layer, are not among them. */
const L4_CONDITIONS: ReadonlySet<string> = new Set([
  'source.principal',
  'source.namespace',
  'source.ip',
  'destination.ip',
  'destination.port',
]);

function partMatches(lists: FieldLists, tests: FieldTests): boolean {
  const known = [...lists].filter(([name]) => L4_FIELDS.has(name));
  return known.length > 0 && known.every(([name, values]) => valuesHold(values, tests.get(name)));
}

function conditionMatches({ key, values, notValues }: AuthorizationCondition, tests: FieldTests): boolean {
  const isEmpty = values.length + notValues.length === 0;
  return L4_CONDITIONS.has(key) && !isEmpty && valuesHold({ values, notValues }, tests.get(key));
}

function valuesHold({ values, notValues }: ValueLists, test: FieldTest | undefined): boolean {
  if (test === undefined) return false;
  return (values.length === 0 || values.some(test)) && !notValues.some(test);
}

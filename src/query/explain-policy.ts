/** The question of `explain netpol/NAME`: whom a policy is about, and whom each of its rules means now. */

import { nearest } from '../diagnostics/did-you-mean.ts';
import { printPorts } from '../net/port-set.ts';
import { portsOfItems } from '../policy/allowed-ports.ts';
import { type AtomSet, listAtoms } from '../policy/matrix/atom-set.ts';
import { type PolicyMatrix, policyMatrix } from '../policy/matrix/matrix.ts';
import {
  type CompiledPolicy,
  type Direction,
  type Peer,
  type PolicyKind,
  type PolicyRule,
  type PortItem,
  policyName,
} from '../policy/policy.ts';
import type { SourceRef } from '../source/ref.ts';
import { deadSelectors } from './matrix/dead-selectors.ts';
import { describePeer, describePods } from './matrix/describe-peer.ts';
import { nameUnits, type Units } from './matrix/units.ts';
import { objectNamer } from './namer.ts';
import type {
  ExplainedDirection,
  ExplainedRule,
  MatchedPeers,
  PolicyExplanation,
} from './policy-explanation.ts';
import type { Snapshot } from './snapshot.ts';
import { diagnosticAnswer, type ObjectNamer, sourceAnswer } from './source-answer.ts';
import { TOOL } from './tool.ts';
import { UsageError } from './usage-error.ts';

/** kubectl's words for the kinds. */
const KINDS: Readonly<Record<string, PolicyKind>> = {
  networkpolicy: 'NetworkPolicy',
  networkpolicies: 'NetworkPolicy',
  netpol: 'NetworkPolicy',
  clusternetworkpolicy: 'ClusterNetworkPolicy',
  clusternetworkpolicies: 'ClusterNetworkPolicy',
  cnp: 'ClusterNetworkPolicy',
  adminnetworkpolicy: 'AdminNetworkPolicy',
  adminnetworkpolicies: 'AdminNetworkPolicy',
  anp: 'AdminNetworkPolicy',
  baselineadminnetworkpolicy: 'BaselineAdminNetworkPolicy',
  baselineadminnetworkpolicies: 'BaselineAdminNetworkPolicy',
  banp: 'BaselineAdminNetworkPolicy',
  caliconetworkpolicy: 'CalicoNetworkPolicy',
  caliconetworkpolicies: 'CalicoNetworkPolicy',
  globalnetworkpolicy: 'GlobalNetworkPolicy',
  globalnetworkpolicies: 'GlobalNetworkPolicy',
  gnp: 'GlobalNetworkPolicy',
  cgnp: 'GlobalNetworkPolicy',
  ciliumnetworkpolicy: 'CiliumNetworkPolicy',
  ciliumnetworkpolicies: 'CiliumNetworkPolicy',
  ciliumnp: 'CiliumNetworkPolicy',
  ciliumclusterwidenetworkpolicy: 'CiliumClusterwideNetworkPolicy',
  ciliumclusterwidenetworkpolicies: 'CiliumClusterwideNetworkPolicy',
  ccnp: 'CiliumClusterwideNetworkPolicy',
};

/** Those of which each namespace has its own. */
const NAMESPACED: readonly PolicyKind[] = ['NetworkPolicy', 'CalicoNetworkPolicy', 'CiliumNetworkPolicy'];

interface PolicyReference {
  readonly kind: PolicyKind;
  readonly namespace?: string;
  readonly name: string;
}

function readReference(text: string): PolicyReference | undefined {
  const parts = text.split('/');
  const [word = '', name = ''] = parts.slice(-2);
  const kind = Object.hasOwn(KINDS, word.toLowerCase()) ? KINDS[word.toLowerCase()] : undefined;
  if (kind === undefined || name === '' || parts.length > 3) return undefined;
  const [namespace] = parts.length === 3 ? parts : [];
  return { kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

/**
 * Explains a policy.
 * @throws UsageError that lists the candidates.
 */
export function explainPolicy(snapshot: Snapshot, text: string): PolicyExplanation {
  const { cluster, policies, foreignPolicies, objects, dataplane } = snapshot;
  const compiled = findPolicy(snapshot, text);
  const [first] = compiled;
  if (first === undefined) throw new Error('a policy that is found has a direction');
  const isKnown = policies.policies.includes(first);
  const family = cluster.profile.ipFamilies[0] ?? 4;
  const pods = cluster.pods.filter((pod) => !pod.finished);
  const matrix = policyMatrix({
    cluster,
    pods,
    index: isKnown ? policies : foreignPolicies,
    settings: policies.settings,
    family,
    hostNetwork: 'nodes',
  });
  const namer = objectNamer(objects);
  const world: World = { matrix, units: nameUnits(matrix.universe), namer };
  const findings = deadSelectors({ objects, namespaces: policies.namespaces, matrix }, compiled);
  const own = snapshot.diagnostics.filter(({ sources }) =>
    sources.some(
      ({ at }) => 'document' in at && at.document === first.origin.document && isBelow(at, first.origin),
    ),
  );
  return {
    schema: 'k8snet/explain-netpol/1',
    tool: TOOL,
    policy: {
      kind: first.kind,
      ...(first.namespace === '' ? {} : { namespace: first.namespace }),
      name: first.name,
      at: sourceAnswer(first.origin, { namer }),
    },
    enforced: dataplane.cni.facets.policy.enforces && isKnown,
    directions: compiled.map((policy) => explainDirection(world, policy)),
    findings: [...own, ...findings].map((finding) => diagnosticAnswer(finding, namer)),
  };
}

function isBelow({ path }: SourceRef, owner: SourceRef): boolean {
  return owner.path.every((part, index) => path[index] === part);
}

function findPolicy(
  { cluster, objects, policies, foreignPolicies }: Snapshot,
  text: string,
): readonly CompiledPolicy[] {
  const reference = readReference(text);
  if (reference === undefined) throw new UsageError(`"${text}" is no reference to a policy`);
  const ofKind = [...policies.policies, ...foreignPolicies.policies].filter(
    ({ kind }) => kind === reference.kind,
  );
  const isNamespaced = NAMESPACED.includes(reference.kind);
  const namespace = isNamespaced ? (reference.namespace ?? cluster.profile.namespace) : '';
  const found = ofKind.filter((policy) => policy.name === reference.name && policy.namespace === namespace);
  if (found.length > 0) return found;
  const silent = objects.objects.find(
    ({ kind, metadata }) =>
      kind === reference.kind && metadata.name === reference.name && metadata.namespace === namespace,
  );
  if (silent !== undefined) {
    const { file, line } = sourceAnswer(silent.origin, { namer: objectNamer(objects) });
    throw new UsageError(`${silent.kind} ${reference.name} has no rule that counts: ${file}:${line}`);
  }
  const word = text.split('/').at(-2) ?? 'netpol';
  const same = ofKind.filter(({ name }) => name === reference.name);
  const close = new Set(nearest(reference.name, [...new Set(ofKind.map(({ name }) => name))], 5));
  const candidates = same.length > 0 ? same : ofKind.filter(({ name }) => close.has(name));
  const shown = (candidates.length > 0 ? candidates : ofKind).map((policy) =>
    policy.namespace === '' ? `${word}/${policy.name}` : `${policy.namespace}/${word}/${policy.name}`,
  );
  const where = namespace === '' ? '' : ` in namespace ${namespace}`;
  throw new UsageError(`no ${reference.kind} ${reference.name}${where}`, [...new Set(shown)].slice(0, 10));
}

interface World {
  readonly matrix: PolicyMatrix;
  readonly units: Units;
  readonly namer: ObjectNamer;
}

function explainDirection(world: World, policy: CompiledPolicy): ExplainedDirection {
  const { direction, tier, priority, reading, subject, because, rules } = policy;
  const at = subject.pods?.origin ?? subject.namespaces?.origin ?? because;
  return {
    direction,
    tier: tier.name,
    ...(reading === 'union' || !Number.isFinite(priority) ? {} : { priority }),
    selects: matched(world, { text: describePods(subject), set: world.matrix.podsOf(subject), at }),
    rules: rules.map((rule) => explainRule(world, rule, direction)),
  };
}

function explainRule(world: World, rule: PolicyRule, direction: Direction): ExplainedRule {
  const { index, action, name, peers, origin } = rule;
  const ofPeers = (only: readonly Peer[] | undefined): AtomSet =>
    world.matrix.peersOf(
      { index, action, origin, ...(only === undefined ? {} : { peers: only }) },
      direction,
    );
  return {
    index,
    action,
    ...(name === undefined ? {} : { name }),
    ports: portsText(rule.ports),
    peers:
      peers === undefined
        ? [matched(world, { text: 'everyone, outside too', set: ofPeers(undefined), at: origin })]
        : peers.map((peer) =>
            matched(world, { text: describePeer(peer), set: ofPeers([peer]), at: peer.origin }),
          ),
    at: sourceAnswer(origin, { namer: world.namer }),
  };
}

function matched(
  { matrix: { universe }, units, namer }: World,
  { text, set, at }: { readonly text: string; readonly set: AtomSet; readonly at: SourceRef },
): MatchedPeers {
  const own = listAtoms(set).flatMap((atom) =>
    (units.ofAtom[atom] ?? []).flatMap((unit) => units.units[unit] ?? []),
  );
  const isRange = (atom: number) => atom >= universe.sourcesAt;
  return {
    text,
    peers: own.filter(({ atom }) => !isRange(atom)).map(({ id }) => id),
    pods: own.reduce((sum, { pods }) => sum + pods, 0),
    at: sourceAnswer(at, { namer }),
  };
}

/** `TCP 80; port named web`; a name means a number at each pod. */
function portsText(items: readonly PortItem[] | undefined): string {
  const numbers = portsOfItems(items, { kind: 'address' });
  const names = (items ?? []).flatMap((item) =>
    item.kind === 'named' ? [`${item.protocol?.toUpperCase() ?? 'any'} port named ${item.name}`] : [],
  );
  const plain = printPorts(numbers);
  return [...(plain === 'None' && names.length > 0 ? [] : [plain]), ...names].join('; ');
}

/** The names of policies, for messages. */
export function policyLabel(policy: CompiledPolicy): string {
  return `${policy.kind.toLowerCase()}/${policyName(policy)}`;
}

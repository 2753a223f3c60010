/** What policies leave open: equal priorities, labels that nobody wrote, hosts by name. */

import type { Cluster } from '../cluster/cluster.ts';
import type { Diagnostic, Report } from '../diagnostics/diagnostic.ts';
import { objectLabel } from '../k8s/names.ts';
import { ADMIN_TIER, BASELINE_TIER, type CompiledPolicy, policyName, type Selection } from './policy.ts';
import { selectsPod } from './policy-index.ts';

type World = Pick<Cluster, 'pods' | 'namespaces'>;

/** Set on every namespace by the API server. */
const NAME_LABEL = 'kubernetes.io/metadata.name';

/** Reports them. */
export function reportPolicyProblems(
  policies: readonly CompiledPolicy[],
  world: World,
  report: Report,
): void {
  for (const pair of equalPriorities(policies)) {
    if (world.pods.some((pod) => pair.every(({ subject }) => selectsPod(subject, pod, world.namespaces)))) {
      report(equalPriority(pair));
    }
  }
  reportUnknownNamespaces(policies, world, report);
  for (const policy of policies) reportDomains(policy, report);
}

/** Which addresses a name has is decided by DNS, when the packet is sent. */
function reportDomains(policy: CompiledPolicy, report: Report): void {
  const peers = policy.rules.flatMap((rule) => rule.peers ?? []);
  for (const peer of peers) {
    if (peer.kind !== 'domains') continue;
    report({
      code: 'unmodelled',
      severity: 'warning',
      text: `${labelOf(policy)} accepts hosts by name (${peer.names.join(', ')}), which is not modelled: this peer matches nothing here`,
      sources: [{ at: peer.origin, role: 'primary', object: labelOf(policy) }],
    });
  }
}

type PolicyPair = readonly [CompiledPolicy, CompiledPolicy];

/** Neighbours of an ordered tier with the same priority, that are not of one object. */
function equalPriorities(policies: readonly CompiledPolicy[]): readonly PolicyPair[] {
  const pairs: PolicyPair[] = [];
  const last = new Map<string, CompiledPolicy>();
  for (const policy of policies) {
    if (policy.tier !== ADMIN_TIER && policy.tier !== BASELINE_TIER) continue;
    const key = `${policy.tier.name} ${policy.direction} ${policy.priority}`;
    const before = last.get(key);
    if (before !== undefined) pairs.push([before, policy]);
    last.set(key, policy);
  }
  return pairs;
}

function equalPriority([first, second]: PolicyPair): Diagnostic {
  return {
    code: 'netpol-admin-equal-priority',
    severity: 'warning',
    text: `${labelOf(first)} and ${labelOf(second)} have the same priority and meet on a pod (${first.direction}): which one comes first is not defined; here ${policyName(first)} does`,
    sources: [
      { at: second.because, role: 'primary', object: labelOf(second) },
      { at: first.because, role: 'context', label: 'taken first' },
    ],
  };
}

function labelOf({ kind, namespace, name }: CompiledPolicy): string {
  return objectLabel(kind, namespace, name);
}

/**
 * A namespace that is only named by objects has its name as its one label; in the cluster it may have more. One
 * word for each selector that asks for others.
 */
function reportUnknownNamespaces(
  policies: readonly CompiledPolicy[],
  { pods, namespaces }: World,
  report: Report,
): void {
  const named = [...new Set(pods.filter(({ origin }) => origin !== undefined).map((pod) => pod.namespace))];
  const unwritten = named.filter((name) => namespaces.get(name)?.origin === undefined);
  if (unwritten.length === 0) return;
  const told = new Set<string>();
  for (const policy of policies) {
    for (const selection of namespaceSelections(policy)) {
      const key = `${labelOf(policy)} ${selection.origin.path.join('.')}`;
      if (!asksForLabels(selection) || told.has(key)) continue;
      told.add(key);
      report(unknownLabels(policy, selection, unwritten));
    }
  }
}

function namespaceSelections({ subject, rules }: CompiledPolicy): readonly Selection[] {
  const peers = rules.flatMap((rule) => rule.peers ?? []);
  const sets = [subject, ...peers.flatMap((peer) => (peer.kind === 'pods' ? [peer.pods] : []))];
  return sets.flatMap(({ namespaces }) => namespaces ?? []);
}

function asksForLabels({ selector }: Selection): boolean {
  const keys = [...selector.matchLabels.keys(), ...selector.matchExpressions.map(({ key }) => key)];
  return keys.some((key) => key !== NAME_LABEL);
}

function unknownLabels(
  policy: CompiledPolicy,
  { origin }: Selection,
  unwritten: readonly string[],
): Diagnostic {
  const most = 3;
  const rest = unwritten.length - most;
  const names = unwritten.slice(0, most).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
  const are = unwritten.length === 1 ? 'is not among the objects: its' : 'are not among the objects: their';
  return {
    code: 'reference-outside-input',
    severity: 'info',
    text: `${labelOf(policy)} asks for labels of namespaces; ${names} ${are} labels are taken to be the name alone`,
    sources: [{ at: origin, role: 'primary', object: labelOf(policy) }],
  };
}

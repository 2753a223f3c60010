/**
 * Pods to nodes (assumption A_NODES). A pod that nobody placed goes, in the order of names, to the node
 * whose pod range holds its known address, else to the emptiest node that it fits, ties by name.
 */

import type { Report } from '../diagnostics/diagnostic.ts';
import type { PodSpec } from '../k8s/kinds/pod-spec.ts';
import { cidrContains } from '../net/cidr.ts';
import { refTo } from '../source/ref.ts';
import type { PodKey } from './cluster.ts';
import type { NodeFacts } from './nodes.ts';
import type { PodDraft } from './pod-draft.ts';

/** Old names of labels that the kubelet still sets beside the new ones. */
const OLD_LABELS: ReadonlyMap<string, string> = new Map([
  ['beta.kubernetes.io/os', 'kubernetes.io/os'],
  ['beta.kubernetes.io/arch', 'kubernetes.io/arch'],
]);

export interface PlacementInput {
  /** In the order of their keys. */
  readonly drafts: readonly PodDraft[];
  readonly nodes: readonly NodeFacts[];
  /** Nodes of pods that show theirs without naming it. */
  readonly shown: ReadonlyMap<PodKey, string>;
  readonly report: Report;
}

/**
 * Places what is not placed yet.
 * @returns the node of each pod; a pod that is not in the map fits nowhere and stays Pending.
 */
export function placePods({ drafts, nodes, shown, report }: PlacementInput): ReadonlyMap<PodKey, string> {
  const placed = new Map<PodKey, string>();
  const load = new Map(nodes.map(({ node }) => [node.name, 0]));
  const place = (draft: PodDraft, name: string) => {
    placed.set(draft.key, name);
    if (draft.phase !== 'Finished') load.set(name, (load.get(name) ?? 0) + 1);
  };
  for (const draft of drafts) {
    const name = draft.node ?? shown.get(draft.key);
    if (name !== undefined) place(draft, name);
  }
  const nextFor = emptiestNodes(nodes, load);
  const reported = new Set<PodDraft['origin']>();
  for (const draft of drafts) {
    if (placed.has(draft.key) || draft.phase !== 'Running') continue;
    const name = nodeOfAddress(draft, nodes) ?? nextFor(draft.spec);
    if (name !== undefined) place(draft, name);
    else if (!reported.has(draft.origin)) {
      reported.add(draft.origin);
      reportUnplaced(draft, report);
    }
  }
  return placed;
}

/** Names of the nodes that a DaemonSet's pods run on; they tolerate a cordoned node. */
export function daemonNodes(spec: PodSpec, nodes: readonly NodeFacts[]): readonly string[] {
  return nodes.filter((facts) => fitsNode(spec, facts)).map(({ node }) => node.name);
}

/**
 * May the pod run on the node? The filters of the scheduler, one a line: node selector.
 * Source: kubernetes/kubernetes:pkg/scheduler/framework/plugins.
 */
function fitsNode(spec: PodSpec, facts: NodeFacts): boolean {
  return matchesNodeSelector(spec, facts);
}

/** A label that nobody wrote may be there: where labels are not known, an unknown key is taken as given. */
function matchesNodeSelector({ nodeSelector }: PodSpec, { node, labelsKnown }: NodeFacts): boolean {
  for (const [key, wanted] of nodeSelector) {
    const value = node.labels.get(key) ?? node.labels.get(OLD_LABELS.get(key) ?? key);
    if (value === undefined ? labelsKnown : value !== wanted) return false;
  }
  return true;
}

/** The emptiest node that fits a specification. Replicas share theirs, and so one search. */
function emptiestNodes(
  nodes: readonly NodeFacts[],
  load: ReadonlyMap<string, number>,
): (spec: PodSpec) => string | undefined {
  const schedulable = nodes.filter(({ unschedulable }) => !unschedulable);
  const everywhere = emptiestOf(schedulable, load);
  const known = new Map<PodSpec['nodeSelector'], () => string | undefined>();
  return (spec) => {
    if (spec.nodeSelector.size === 0) return everywhere();
    const next =
      known.get(spec.nodeSelector) ??
      emptiestOf(
        schedulable.filter((facts) => fitsNode(spec, facts)),
        load,
      );
    known.set(spec.nodeSelector, next);
    return next();
  };
}

/**
 * The candidate with the fewest pods, the first of these. Loads only grow, so the search goes on where
 * the last one ended until every candidate has more pods than the fewest there were.
 */
function emptiestOf(
  candidates: readonly NodeFacts[],
  load: ReadonlyMap<string, number>,
): () => string | undefined {
  const names = candidates.map(({ node }) => node.name);
  const podsOn = (name: string) => load.get(name) ?? 0;
  let fewest = -1;
  let at = names.length;
  const skip = () => {
    for (; at < names.length; at++) if (podsOn(names[at] ?? '') <= fewest) return;
  };
  return () => {
    skip();
    if (at === names.length && names.length > 0) {
      fewest = names.reduce((least, name) => Math.min(least, podsOn(name)), Number.POSITIVE_INFINITY);
      at = 0;
      skip();
    }
    return names[at];
  };
}

function nodeOfAddress({ knownIps, spec }: PodDraft, nodes: readonly NodeFacts[]): string | undefined {
  const [ip] = knownIps;
  if (ip === undefined) return undefined;
  const owner = nodes.find(({ node }) =>
    spec.hostNetwork ? node.addresses.includes(ip) : node.podCidrs.some((cidr) => cidrContains(cidr, ip)),
  );
  return owner?.node.name;
}

function reportUnplaced(
  { key, spec, workload, namespace, origin, templatePath }: PodDraft,
  report: Report,
): void {
  const who = workload === undefined ? `pod ${key}` : `${workload.kind} ${namespace}/${workload.name}`;
  const wanted = [...spec.nodeSelector].map(([label, value]) => `${label}=${value}`).join(', ');
  const why = wanted === '' ? 'every node is unschedulable' : `no schedulable one has ${wanted}`;
  report({
    code: 'no-node-fits',
    severity: 'warning',
    text: `no node fits ${who}: ${why}; it stays Pending`,
    sources:
      origin === undefined
        ? []
        : [{ at: refTo(origin, ...templatePath, 'spec', 'nodeSelector'), role: 'primary' }],
  });
}

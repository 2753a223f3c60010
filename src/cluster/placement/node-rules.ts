/**
 * Which nodes a pod may run on, whatever else runs there: cordons, taints, node selector and node affinity.
 * Source: kubernetes/kubernetes:pkg/scheduler/framework/plugins/{nodeunschedulable,tainttoleration,nodeaffinity},
 * kubernetes/component-helpers:scheduling/corev1/nodeaffinity/nodeaffinity.go.
 */

import type { PodScheduling } from '../../k8s/kinds/pod-spec.ts';
import type { NodeRequirement, NodeSelectorTerm } from '../../k8s/scheduling/node-affinity.ts';
import type { Taint } from '../../k8s/scheduling/taint.ts';
import { type Toleration, tolerates } from '../../k8s/scheduling/toleration.ts';
import type { NodeFacts } from '../nodes.ts';

/** Why a node is out: in the scheduler's words, and with what is to blame for it. */
export interface Refusal {
  readonly reason: string;
  readonly by: 'cordon' | 'taint' | 'nodeSelector' | 'nodeAffinity';
  readonly taint?: Taint;
}

/** Old names of labels that the kubelet still sets beside the new ones. */
const OLD_LABELS: ReadonlyMap<string, string> = new Map([
  ['beta.kubernetes.io/os', 'kubernetes.io/os'],
  ['beta.kubernetes.io/arch', 'kubernetes.io/arch'],
]);
const CORDON: Taint = { key: 'node.kubernetes.io/unschedulable', value: '', effect: 'NoSchedule', path: [] };
const NO_MATCH = "node(s) didn't match Pod's node affinity/selector";

/** Why the pod may not run on the node; undefined: it may. The rules are asked in the scheduler's order. */
export function refusalOf(pod: PodScheduling, facts: NodeFacts): Refusal | undefined {
  const { tolerations = [] } = pod;
  if (facts.unschedulable && !isTolerated(CORDON, tolerations)) {
    return { reason: 'node(s) were unschedulable', by: 'cordon' };
  }
  const taint = facts.taints.find(
    (each) => each.effect !== 'PreferNoSchedule' && !isTolerated(each, tolerations),
  );
  if (taint !== undefined) {
    return { reason: `node(s) had untolerated taint {${taint.key}: ${taint.value}}`, by: 'taint', taint };
  }
  const { nodeSelector, affinity } = pod;
  if (!matchesNodeSelector(nodeSelector, facts)) return { reason: NO_MATCH, by: 'nodeSelector' };
  const terms = affinity?.node?.required;
  if (terms === undefined || matchesAnyTerm(terms, facts)) return undefined;
  return { reason: NO_MATCH, by: 'nodeAffinity' };
}

/** Do node selector and required node affinity select the node? (Taints are another question.) */
export function matchesNodeAffinity({ nodeSelector, affinity }: PodScheduling, facts: NodeFacts): boolean {
  const terms = affinity?.node?.required;
  return matchesNodeSelector(nodeSelector, facts) && (terms === undefined || matchesAnyTerm(terms, facts));
}

/** Is there no taint that keeps the pod off? */
export function toleratesTaints({ tolerations = [] }: PodScheduling, { taints }: NodeFacts): boolean {
  return taints.every((taint) => taint.effect === 'PreferNoSchedule' || isTolerated(taint, tolerations));
}

/** The sum of the weights of the preferred terms that select the node. */
export function preferenceOf({ affinity }: PodScheduling, facts: NodeFacts): number {
  const preferred = affinity?.node?.preferred ?? [];
  return preferred.reduce((sum, { weight, term }) => sum + (matchesTerm(term, facts) ? weight : 0), 0);
}

/** How many taints the pod would rather avoid. */
export function avoidedTaints({ tolerations = [] }: PodScheduling, { taints }: NodeFacts): number {
  return taints.filter((taint) => taint.effect === 'PreferNoSchedule' && !isTolerated(taint, tolerations))
    .length;
}

/**
 * What the DaemonSet controller adds to its pods.
 * Source: kubernetes/kubernetes:pkg/controller/daemon/util/daemonset_util.go AddOrUpdateDaemonPodTolerations.
 */
const DAEMON_TOLERATIONS: readonly Toleration[] = [
  exists('node.kubernetes.io/not-ready', 'NoExecute'),
  exists('node.kubernetes.io/unreachable', 'NoExecute'),
  exists('node.kubernetes.io/disk-pressure', 'NoSchedule'),
  exists('node.kubernetes.io/memory-pressure', 'NoSchedule'),
  exists('node.kubernetes.io/pid-pressure', 'NoSchedule'),
  exists('node.kubernetes.io/unschedulable', 'NoSchedule'),
];
const HOST_NETWORK_TOLERATION = exists('node.kubernetes.io/network-unavailable', 'NoSchedule');

function exists(key: string, effect: Taint['effect']): Toleration {
  return { key, operator: 'Exists', value: '', effect };
}

/**
 * Names of the nodes that a DaemonSet's pods run on. Source:
 * kubernetes/kubernetes:pkg/controller/daemon/daemon_controller.go NodeShouldRunDaemonPod.
 */
export function daemonNodes(
  spec: PodScheduling & { readonly hostNetwork: boolean; readonly nodeName?: string },
  nodes: readonly NodeFacts[],
): readonly string[] {
  const tolerations = [
    ...(spec.tolerations ?? []),
    ...DAEMON_TOLERATIONS,
    ...(spec.hostNetwork ? [HOST_NETWORK_TOLERATION] : []),
  ];
  const pod = { ...spec, tolerations };
  return nodes
    .filter((facts) => refusalOf(pod, facts) === undefined)
    .map(({ node }) => node.name)
    .filter((name) => spec.nodeName === undefined || spec.nodeName === name);
}

function isTolerated(taint: Taint, tolerations: readonly Toleration[]): boolean {
  return tolerations.some((toleration) => tolerates(toleration, taint));
}

/** A label that nobody wrote may be there: where labels are not known, an unknown key is taken as given. */
function matchesNodeSelector(selector: PodScheduling['nodeSelector'], facts: NodeFacts): boolean {
  for (const [key, wanted] of selector) {
    const value = labelOf(facts, key);
    if (value === undefined ? facts.labelsKnown : value !== wanted) return false;
  }
  return true;
}

function labelOf({ node }: NodeFacts, key: string): string | undefined {
  return node.labels.get(key) ?? node.labels.get(OLD_LABELS.get(key) ?? key);
}

function matchesAnyTerm(terms: readonly NodeSelectorTerm[], facts: NodeFacts): boolean {
  return terms.some((term) => matchesTerm(term, facts));
}

function matchesTerm({ expressions, fields }: NodeSelectorTerm, facts: NodeFacts): boolean {
  if (expressions.length + fields.length === 0) return false;
  return (
    expressions.every((requirement) => {
      const value = labelOf(facts, requirement.key);
      return (value === undefined && !facts.labelsKnown) || holds(requirement, value);
    }) && fields.every((requirement) => holds(requirement, facts.node.name))
  );
}

/** Source: kubernetes/apimachinery:pkg/labels/selector.go Requirement.Matches. */
function holds({ operator, values }: NodeRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
    case 'Lt':
      return compares(operator, value, values[0]);
  }
}

function compares(operator: 'Gt' | 'Lt', value: string | undefined, bound: string | undefined): boolean {
  if (!isInteger(value) || !isInteger(bound)) return false;
  return operator === 'Gt' ? BigInt(value) > BigInt(bound) : BigInt(value) < BigInt(bound);
}

/** What Go's strconv.ParseInt takes; a leading plus is dropped, which BigInt does not know. */
function isInteger(text: string | undefined): text is string {
  return text !== undefined && /^-?\d+$/.test(text);
}

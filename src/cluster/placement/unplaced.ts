/**
 * Pods that no node fits: how many nodes are out for which reason, as the scheduler's event says it
 * (kubernetes/kubernetes:pkg/scheduler/framework/types.go FitError), at the line of what keeps them out.
 */

import { compareText } from '../../collections/order.ts';
import type { DiagnosticSource, Help, Report } from '../../diagnostics/diagnostic.ts';
import type { FieldPath } from '../../source/document.ts';
import { refTo } from '../../source/ref.ts';
import type { NodeFacts } from '../nodes.ts';
import type { PodDraft } from '../pod-draft.ts';
import { describeConflict, type PortRefusal } from './host-ports.ts';
import { type Refusal, refusalOf } from './node-rules.ts';
import type { PodRefusal } from './pod-rules.ts';

type AnyRefusal = Refusal | PodRefusal | PortRefusal;

interface RefusedNode {
  readonly facts: NodeFacts;
  readonly refusal: AnyRefusal;
}

export interface UnplacedPod {
  readonly draft: PodDraft;
  /** The only node that it is for (a DaemonSet's pod, or nodeName); undefined: any. */
  readonly pinnedTo?: string;
  /** Every node that was asked, and why it is out. */
  readonly refused: readonly RefusedNode[];
  /** Would the pod fit if fewer others were there? */
  readonly isCrowdedOut: boolean;
}

/** Asks every node again. */
export function explainUnplaced(
  draft: PodDraft,
  {
    nodes,
    refusalOfOthers,
  }: {
    readonly nodes: readonly NodeFacts[];
    /** Why a node (by index) is out because of the pods that are there. */
    readonly refusalOfOthers: (node: number) => PodRefusal | PortRefusal | undefined;
  },
): UnplacedPod {
  const refused = nodes.flatMap((facts, at): readonly RefusedNode[] => {
    const refusal = refusalOf(draft.spec, facts) ?? refusalOfOthers(at);
    return refusal === undefined ? [] : [{ facts, refusal }];
  });
  const isCrowdedOut = refused.some(({ refusal: { by } }) => POD_RULES.has(by));
  return { draft, refused, isCrowdedOut };
}

const POD_RULES: ReadonlySet<AnyRefusal['by']> = new Set([
  'spread',
  'antiAffinity',
  'otherPods',
  'hostPorts',
]);

/** Reports the first of each object's pods: its replicas wait for the same. */
export function reportUnplaced(unplaced: readonly UnplacedPod[], report: Report): void {
  const reported = new Set<PodDraft['origin']>();
  for (const pod of unplaced) {
    const { origin } = pod.draft;
    if (reported.has(origin)) continue;
    reported.add(origin);
    const help = helpFor(pod);
    report({
      code: 'no-node-fits',
      severity: 'warning',
      text: textOf(pod),
      sources: sourcesOf(pod),
      ...(help === undefined ? {} : { help: [help] }),
    });
  }
}

function textOf(pod: UnplacedPod): string {
  const { draft, pinnedTo } = pod;
  const taken = pod.refused.map(({ refusal }) => refusal).find((refusal) => refusal.by === 'hostPorts');
  const why = taken?.by === 'hostPorts' ? ` (${describeConflict(taken)})` : '';
  if (pinnedTo === undefined) return `no node fits ${nameOf(draft)}: ${eventOf(pod)}${why}; it stays Pending`;
  // The kubelet refuses what was bound to its node by hand, and the pod has failed (predicate.go).
  const end = draft.spec.nodeName === pinnedTo ? 'it fails with reason NodePorts' : 'it stays Pending';
  return `${pinnedTo} does not take ${nameOf(draft)}: ${taken?.reason ?? ''}${why}; ${end}`;
}

function nameOf({ key, workload, namespace }: PodDraft): string {
  return workload === undefined ? `pod ${key}` : `${workload.kind} ${namespace}/${workload.name}`;
}

/** `0/3 nodes are available: 1 node(s) had untolerated taint {k: v}, 2 node(s) …` */
function eventOf({ refused }: UnplacedPod): string {
  if (refused.length === 0) return 'no nodes available to schedule pods';
  const reasons = [...countedReasons(refused)].map(([reason, count]) => `${count} ${reason}`);
  return `0/${refused.length} nodes are available: ${reasons.sort(compareText).join(', ')}`;
}

function countedReasons(refused: readonly RefusedNode[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { refusal } of refused) counts.set(refusal.reason, (counts.get(refusal.reason) ?? 0) + 1);
  return counts;
}

/** The pod's own rule that keeps most nodes out, then the other rules and the nodes' taints. */
function sourcesOf({ draft, refused }: UnplacedPod): readonly DiagnosticSource[] {
  const { origin, templatePath } = draft;
  const counts = countedReasons(refused);
  const byReason = new Map(refused.map(({ refusal }) => [refusal.reason, refusal]));
  const [main, ...others] = [...byReason.values()].sort(
    (a, b) => (counts.get(b.reason) ?? 0) - (counts.get(a.reason) ?? 0),
  );
  if (origin === undefined) return nodeSources(refused);
  const specAt: FieldPath = [...templatePath, 'spec'];
  const primary = main === undefined ? specAt : pathOf(main, draft, specAt);
  const context = others.map((refusal) => pathOf(refusal, draft, specAt)).filter((path) => path !== specAt);
  return [
    { at: refTo(origin, ...primary), role: 'primary' },
    ...holderSources(refused),
    ...context.map((path): DiagnosticSource => ({ at: refTo(origin, ...path), role: 'context' })),
    ...nodeSources(refused),
  ];
}

/** Who has the host port: the first of them. */
function holderSources(refused: readonly RefusedNode[]): readonly DiagnosticSource[] {
  for (const { refusal } of refused) {
    if (refusal.by !== 'hostPorts') continue;
    const { pod, port } = refusal.holder;
    if (pod.origin === undefined) return [];
    const at = refTo(pod.origin, ...port.path, 'hostPort');
    return [{ at, role: 'context', label: `pod ${pod.key} has it` }];
  }
  return [];
}

/** Where the pod says what keeps it off; `specAt` itself where it says nothing. */
function pathOf(refusal: AnyRefusal, { spec }: PodDraft, specAt: FieldPath): FieldPath {
  const { affinity, tolerations } = spec;
  switch (refusal.by) {
    case 'nodeSelector':
      return [...specAt, 'nodeSelector'];
    case 'nodeAffinity':
      return [...(affinity?.node?.path ?? specAt), 'requiredDuringSchedulingIgnoredDuringExecution'];
    case 'affinity':
      return [...(affinity?.pod?.path ?? specAt), 'requiredDuringSchedulingIgnoredDuringExecution'];
    case 'antiAffinity':
      return [...(affinity?.podAnti?.path ?? specAt), 'requiredDuringSchedulingIgnoredDuringExecution'];
    case 'hostPorts':
      return 'wanted' in refusal ? [...refusal.wanted.path, 'hostPort'] : specAt;
    case 'spread':
      return 'rule' in refusal ? (refusal.rule?.constraint.path ?? specAt) : specAt;
    case 'taint':
      return tolerations === undefined ? specAt : [...specAt, 'tolerations'];
    case 'cordon':
    case 'otherPods':
      return specAt;
  }
}

/** The first node of each taint, and the first that is cordoned. */
function nodeSources(refused: readonly RefusedNode[]): readonly DiagnosticSource[] {
  const seen = new Set<string>();
  return refused.flatMap(({ facts: { node }, refusal }): readonly DiagnosticSource[] => {
    const isNodes = refusal.by === 'taint' || refusal.by === 'cordon';
    if (!isNodes || node.origin === undefined || seen.has(refusal.reason)) return [];
    seen.add(refusal.reason);
    const path = refusal.by === 'taint' && 'taint' in refusal ? refusal.taint?.path : undefined;
    return [
      {
        at: refTo(node.origin, ...(path ?? ['spec', 'unschedulable'])),
        role: 'context',
        object: `node/${node.name}`,
        label: refusal.by === 'taint' ? 'not tolerated' : 'cordoned',
      },
    ];
  });
}

function helpFor({ refused }: UnplacedPod): Help | undefined {
  if (refused.some(({ refusal }) => refusal.by === 'hostPorts')) {
    return { text: 'give one of them another hostPort, or none: a Service reaches pods without it' };
  }
  for (const { refusal } of refused) {
    if (!('taint' in refusal) || refusal.taint === undefined) continue;
    const { key, value, effect } = refusal.taint;
    const match = value === '' ? 'operator: Exists' : `value: ${value}`;
    return { text: `to run there, tolerate it: tolerations: [{key: ${key}, ${match}, effect: ${effect}}]` };
  }
  return undefined;
}

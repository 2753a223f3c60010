/** The pods of `explain cluster`: where each of their facts comes from. */

import type { Cluster, Pod } from '../cluster/cluster.ts';
import { refTo, type SourceRef } from '../source/ref.ts';
import type { Fact, PodAnswer } from './cluster-answer.ts';
import type { Facts } from './facts.ts';

/** Every pod, in the order of the cluster. */
export function explainPods(cluster: Cluster, facts: Facts): readonly PodAnswer[] {
  const written = new Set(cluster.objects.ofKind('Pod').map(({ origin }) => origin));
  return cluster.pods.map((pod) => {
    const { origin } = pod;
    return explainPod(pod, { facts, isObject: origin !== undefined && written.has(origin) });
  });
}

interface Known {
  readonly facts: Facts;
  /** Is the pod written as a Pod, not made from a workload? */
  readonly isObject: boolean;
}

function explainPod(pod: Pod, known: Known): PodAnswer {
  const { origin, assumed, workload } = pod;
  const { facts, isObject } = known;
  return {
    namespace: pod.namespace,
    name: pod.name,
    ...(origin === undefined ? {} : { at: facts.place(origin) }),
    ...(workload === undefined ? {} : { workload }),
    nameSource: assumed.name ? 'assumed' : isObject ? 'manifest' : 'detected',
    ...nodeOf(pod, known),
    hostNetwork: pod.hostNetwork,
    addresses: addressesOf(pod, known),
    readiness: assumed.readiness
      ? facts.assumed(pod.readiness, 'A_READY')
      : shown(known, pod.readiness, origin, 'status', 'conditions'),
    ports: pod.ports.map(({ name, containerPort, protocol }) => ({
      ...(name === undefined ? {} : { name }),
      port: containerPort,
      protocol,
    })),
  };
}

function nodeOf({ node, assumed, origin }: Pod, known: Known): Pick<PodAnswer, 'node'> {
  if (node === undefined) return {};
  if (assumed.node) return { node: known.facts.assumed(node, 'A_NODES') };
  return { node: shown(known, node, origin, 'spec', 'nodeName') };
}

function addressesOf({ ips, assumed, origin }: Pod, known: Known): Fact<readonly string[]> {
  const value = ips.map(({ text }) => text);
  return assumed.ips
    ? known.facts.assumed(value, 'A_POD_IP')
    : shown(known, value, origin, 'status', 'podIP');
}

/** A field of the Pod object, or what its workload makes of it. */
function shown<Value>(
  { facts, isObject }: Known,
  value: Value,
  origin: SourceRef | undefined,
  ...path: readonly string[]
): Fact<Value> {
  return isObject && origin !== undefined
    ? facts.written(value, refTo(origin, ...path))
    : facts.detected(value, origin);
}

/** The last step of a pod: what it is once its node and its addresses are known. */

import type { PodAddresses } from './assign-addresses.ts';
import type { Pod } from './cluster.ts';
import { declaredPorts } from './declared-ports.ts';
import type { PodDraft } from './pod-draft.ts';

export interface Placement {
  readonly node: string | undefined;
  readonly addresses: PodAddresses;
  readonly authored: boolean;
}

/** A pod out of its draft. */
export function finishPod(draft: PodDraft, { node, addresses, authored }: Placement): Pod {
  const { key, namespace, name, labels, annotations, workload, spec, origin, terminating } = draft;
  // A pod without an address cannot be ready; a stored one without the condition is not (A_READY).
  const isReady = addresses.ips.length > 0 && (draft.ready ?? (authored && draft.phase === 'Running'));
  return {
    key,
    namespace,
    name,
    labels,
    annotations,
    ...(workload === undefined ? {} : { workload }),
    ...(node === undefined ? {} : { node }),
    ips: addresses.ips,
    hostNetwork: spec.hostNetwork,
    readiness: terminating ? 'terminating' : isReady ? 'ready' : 'not-ready',
    serving: isReady,
    finished: draft.phase === 'Finished',
    spec,
    ports: declaredPorts(spec),
    assumed: {
      name: draft.nameAssumed,
      node: node !== undefined && draft.node === undefined,
      ips: addresses.assumed,
      readiness: isReady && draft.ready === undefined,
    },
    ...(origin === undefined ? {} : { origin }),
  };
}

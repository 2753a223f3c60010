/** A pod before it has a node and addresses: as written, or as its workload's template makes it. */

import type { PodSpec } from '../k8s/kinds/pod-spec.ts';
import type { WorkloadKind } from '../k8s/kinds/workload.ts';
import type { Labels } from '../k8s/object.ts';
import type { Ip } from '../net/ip.ts';
import type { FieldPath } from '../source/document.ts';
import type { SourceRef } from '../source/ref.ts';
import type { PodKey } from './cluster.ts';

export interface Workload {
  readonly kind: WorkloadKind;
  readonly name: string;
}

export interface PodDraft {
  readonly key: PodKey;
  readonly namespace: string;
  readonly name: string;
  /** The name is invented: nobody can know the suffix that a controller chooses. */
  readonly nameAssumed: boolean;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly workload: Workload | undefined;
  readonly spec: PodSpec;
  /** Where the pod is known to be: spec.nodeName, or the node that a DaemonSet made it for. */
  readonly node: string | undefined;
  /** status.hostIP: its node's address. */
  readonly hostIp: Ip | undefined;
  /** status.podIPs. */
  readonly knownIps: readonly Ip[];
  /** Pending: it waits, and nothing about it is invented. Finished: it has given its addresses back. */
  readonly phase: 'Pending' | 'Running' | 'Finished';
  /** The Ready condition; undefined when the input has none. */
  readonly ready: boolean | undefined;
  readonly terminating: boolean;
  readonly origin: SourceRef | undefined;
  /** Where the pod's template stands in its object; `[]` for a Pod itself. */
  readonly templatePath: FieldPath;
}

/** `ns/name`. */
export function podKey(namespace: string, name: string): PodKey {
  return `${namespace}/${name}`;
}

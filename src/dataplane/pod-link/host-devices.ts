/**
 * Names of the host end of a pod's veth pair. Some plugins hash namespace and pod name: such a name is real if
 * the pod's name is. Others draw it at random: the name is then made of a prefix, `~` and the pod's name, which no
 * real device has.
 */

import type { Pod } from '../../cluster/cluster.ts';
import { sha1Hex } from '../../net/sha1.ts';

/** Gives the host device of each pod of a node. */
export type HostDeviceNames = (pods: readonly Pod[]) => ReadonlyMap<Pod, string>;

const HASH_DIGITS = 11;

/** `veth~web-0`; pods of one name in several namespaces on a node are told apart: `veth~web-0.shop`. */
export function randomNames(prefix: string): HostDeviceNames {
  return (pods) => {
    const seen = new Map<string, number>();
    for (const { name } of pods) seen.set(name, (seen.get(name) ?? 0) + 1);
    return new Map(pods.map((pod) => [pod, inventedName(prefix, pod, seen.get(pod.name) === 1)]));
  };
}

/** `cali4fc3c48bd8a` where the pod's name is known, else `cali~api#1`. */
export function hashedNames(prefix: string): HostDeviceNames {
  const invented = randomNames(prefix);
  return (pods) => {
    const unnamed = invented(pods.filter((pod) => pod.assumed.name));
    return new Map(
      pods.map((pod) => [pod, unnamed.get(pod) ?? hashedDeviceName(prefix, pod.namespace, pod.name)]),
    );
  };
}

function inventedName(prefix: string, { name, namespace }: Pod, isUnique: boolean): string {
  return isUnique ? `${prefix}~${name}` : `${prefix}~${name}.${namespace}`;
}

/**
 * The prefix and 11 hexadecimal digits of the SHA-1 of `namespace.pod`.
 * Sources: projectcalico/calico:libcalico-go/lib/backend/k8s/conversion/workload_endpoint_default.go VethNameForWorkload,
 * aws/amazon-vpc-cni-k8s:pkg/networkutils/names.go GenerateHostVethName.
 */
export function hashedDeviceName(prefix: string, namespace: string, pod: string): string {
  return prefix + sha1Hex(`${namespace}.${pod}`).slice(0, HASH_DIGITS);
}

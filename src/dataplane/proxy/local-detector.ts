/**
 * How kube-proxy tells the node's pods from everything else, by a match on the packet.
 * Source: kubernetes/kubernetes:pkg/proxy/util/localdetector.go, cmd/kube-proxy/app/server_linux.go
 * getLocalDetectors.
 */

import type { Cidr } from '../../net/cidr.ts';
import type { Match } from '../../netfilter/ruleset.ts';
import type { ProxyInput } from '../service-proxy.ts';

export interface LocalDetector {
  readonly isPod: Match;
  readonly isNotPod: Match;
}

/** undefined: pods cannot be told, and rules that ask for them are not written. */
export function localDetectorOf(input: ProxyInput): LocalDetector | undefined {
  const { profile } = input;
  switch (profile.detectLocal) {
    case 'ClusterCIDR':
      return bySource(input.clusterCidrs, input);
    case 'NodeCIDR':
      return bySource(input.node.podCidrs, input);
    case 'BridgeInterface':
      return byDevice(profile.bridgeInterface, '');
    case 'InterfaceNamePrefix':
      return byDevice(profile.interfaceNamePrefix, '+');
    case 'none':
      return undefined;
  }
}

/** kube-proxy takes one range of a family. */
function bySource(ranges: readonly Cidr[], { family }: ProxyInput): LocalDetector | undefined {
  const cidr = ranges.find((range) => range.family === family);
  if (cidr === undefined) return undefined;
  return { isPod: { kind: 'source', cidr }, isNotPod: { kind: 'source', cidr, not: true } };
}

function byDevice(device: string, wildcard: '' | '+'): LocalDetector | undefined {
  if (device === '') return undefined;
  const name = device + wildcard;
  return { isPod: { kind: 'in-interface', name }, isNotPod: { kind: 'in-interface', name, not: true } };
}

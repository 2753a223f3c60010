/** What a service proxy is: it compiles Services to packet filter rules of one node. */

import type { Node } from '../cluster/cluster.ts';
import type { ProxyMode, ProxyProfile } from '../cluster/profile.ts';
import type { ServicePort } from '../control/service-port.ts';
import type { Cidr } from '../net/cidr.ts';
import type { Ip, IpFamily } from '../net/ip.ts';
import type { RulesetPart } from '../netfilter/ruleset.ts';
import type { Device } from './network.ts';

export interface ProxyInput {
  readonly node: Node;
  readonly family: IpFamily;
  readonly profile: ProxyProfile;
  /** `1.35`: rules differ by version. */
  readonly kubernetes: string;
  /** Ranges of cluster addresses, as far as kube-proxy knows them. */
  readonly serviceCidrs: readonly Cidr[];
  /** Ranges that the ClusterCIDR detector takes for pods; empty: none known. */
  readonly clusterCidrs: readonly Cidr[];
  readonly servicePorts: readonly ServicePort[];
  /** Addresses of the node's devices, those of pods' links and tunnels among them; undefined: those of the node. */
  readonly localAddresses?: readonly Ip[];
  /** Does the kernel have nfacct, so that the proxy counts what it is told to? */
  readonly countsPackets?: boolean;
}

export interface ServiceProxy {
  readonly mode: ProxyMode;
  /** What this proxy adds to the node's packet filter for one family. */
  compile(input: ProxyInput): RulesetPart;
  /** Devices that it makes on the node. @param inputs one for each family. */
  devices?(inputs: readonly ProxyInput[]): readonly Device[];
}

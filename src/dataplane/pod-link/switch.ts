/**
 * Pods on ports of a switch that is no Linux bridge (Open vSwitch): the host end of each veth pair has no address and no
 * route, and flows send every packet. In the pod all is as on a bridge: neighbours on the link, the rest by the gateway.
 */

import { type NodeInput, namespaceIdOf, type PodLink, type Wiring } from '../cni.ts';
import type { Device } from '../network.ts';
import { bridgeLink } from './bridge.ts';
import type { HostDeviceNames } from './host-devices.ts';

const ON_BRIDGE = bridgeLink({ bridge: '', hairpin: false, routesCluster: false });

export interface SwitchOptions {
  /** Name of the bridge. */
  readonly bridge: string;
  readonly hostDevices: HostDeviceNames;
}

/** The link of pods on a switch. */
export function switchLink(options: SwitchOptions): PodLink {
  return { onNode: (input) => ports(input, options), inPod: ON_BRIDGE.inPod };
}

function ports({ pods, mtu }: NodeInput, { bridge, hostDevices }: SwitchOptions): Wiring {
  const names = hostDevices(pods);
  const devices = pods.map(
    (pod): Device => ({
      name: names.get(pod) ?? '',
      addresses: [],
      mtu,
      switch: bridge,
      link: {
        kind: 'veth',
        peer: { namespace: namespaceIdOf(pod), device: 'eth0' },
        hairpin: false,
        neighbors: pod.ips,
      },
    }),
  );
  return { devices, routes: [] };
}

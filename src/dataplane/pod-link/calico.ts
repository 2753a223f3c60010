/** Calico's link: a device cali… on the node, which answers for a gateway that nobody has. */

import { type IpFamily, parseIp } from '../../net/ip.ts';
import type { PodLink } from '../cni.ts';
import { hashedNames } from './host-devices.ts';
import { routedLink } from './routed.ts';

/** Every host end has this address (felix/dataplane/linux/endpoint_mgr.go); the pod's gateway answers with it. */
const HOST_MAC = 'ee:ee:ee:ee:ee:ee';
const GATEWAYS: Readonly<Record<IpFamily, string>> = { 4: '169.254.1.1', 6: 'fe80::ecee:eeff:feee:eeee' };

/** Source: projectcalico/calico:cni-plugin/pkg/dataplane/linux/dataplane_linux.go. */
export function calicoLink(): PodLink {
  return routedLink({
    hostDevices: hashedNames('cali'),
    gateway: (_, family) => parseIp(GATEWAYS[family]),
    gatewayOnHost: false,
    podPrefix: 'address',
    routeSource: false,
    hostMac: HOST_MAC,
  });
}

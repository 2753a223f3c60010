/** The service proxies we can compile. A new mode is one file in proxy/ and one line here. */

import type { ProxyMode } from '../cluster/profile.ts';
import { iptablesProxy } from './proxy/iptables.ts';
import { ipvsProxy } from './proxy/ipvs.ts';
import { nftablesProxy } from './proxy/nftables.ts';
import type { ServiceProxy } from './service-proxy.ts';

const SERVICE_PROXIES: readonly ServiceProxy[] = [iptablesProxy, nftablesProxy, ipvsProxy];

/** The modes whose rules are known. */
export const MODELLED_MODES: readonly ProxyMode[] = SERVICE_PROXIES.map(({ mode }) => mode);

/** The proxy of a mode; undefined when the mode is not modelled. */
export function serviceProxyOf(mode: ProxyMode): ServiceProxy | undefined {
  return SERVICE_PROXIES.find((proxy) => proxy.mode === mode);
}

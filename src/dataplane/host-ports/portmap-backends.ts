/** The backends of the CNI plugin portmap, and the option that chooses between them. */

import { type CniOption, type CniSettings, wordOption } from '../cni.ts';
import type { HostPorts } from '../host-ports.ts';
import type { PortmapBackend } from './portmap.ts';
import { portmapIptables } from './portmap-iptables.ts';
import { portmapNftables } from './portmap-nftables.ts';
import type { PortmapOptions } from './portmap-pods.ts';

const BACKENDS: Readonly<Record<PortmapBackend, (options: PortmapOptions) => HostPorts>> = {
  iptables: portmapIptables,
  nftables: portmapNftables,
};

/** Of every CNI that chains portmap behind its own plugin. */
export const PORTMAP_OPTION: CniOption = {
  name: 'portmapBackend',
  type: 'word',
  words: ['iptables', 'nftables'],
  text: 'backend of the portmap plugin, which opens host ports',
  default: 'iptables',
};

/** The facet, with the backend that the settings ask for; iptables where they ask for none. */
export function portmapHostPorts(settings: CniSettings, options: PortmapOptions): HostPorts {
  const backend = wordOption(settings, PORTMAP_OPTION.name) === 'nftables' ? 'nftables' : 'iptables';
  return BACKENDS[backend](options);
}

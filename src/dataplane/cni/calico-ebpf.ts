/**
 * Calico with its eBPF dataplane (projectcalico/calico: felix/bpf-gpl, felix/design/bpf-*.md): the pods and routes of
 * Calico; programs translate Service addresses in the place of kube-proxy, and judge by policies.
 */

import type { CalicoBpfInput, CalicoBpfSettings } from '../bpf/calico-context.ts';
import { calicoNodePrograms, calicoPodPrograms, LOOP_MARK, SERVICE_PAIR } from '../bpf/calico-programs.ts';
import {
  type Cni,
  type CniSettings,
  cidrsOption,
  type Facets,
  numberOption,
  underlayAddress,
  wordOption,
} from '../cni.ts';
import { detectCalicoEbpf } from '../detect/calico.ts';
import { calicoNat } from '../egress-nat/calico-nat.ts';
import { withServicePair } from '../fabric/service-pair.ts';
import { portmapHostPorts } from '../host-ports/portmap-backends.ts';
import { calicoLink } from '../pod-link/calico.ts';
import { hashedNames } from '../pod-link/host-devices.ts';
import { calicoBpfPolicies } from '../policy-engines.ts';
import { onOneLink } from '../underlay.ts';
import {
  CALICO_BACKENDS,
  CALICO_OPTIONS,
  CALICO_VXLAN_PORT,
  calicoFabric,
  calicoPools,
  calicoTunnelAddress,
} from './calico.ts';

const HOST_DEVICES = hashedNames('cali');
const SOCKETS = ['tcp', 'enabled', 'disabled'] as const;

export const calicoEbpf: Cni = {
  name: 'calico-ebpf',
  aliases: ['calico-bpf'],
  text: 'Calico’s eBPF dataplane: programs in the place of kube-proxy and of the packet filter',
  backends: CALICO_BACKENDS,
  options: [
    ...CALICO_OPTIONS,
    {
      name: 'externalServices',
      type: 'word',
      words: ['tunnel', 'dsr'],
      text: 'bpfExternalServiceMode: how answers of node ports come back',
      default: 'tunnel',
    },
    {
      name: 'connectTimeLoadBalancing',
      type: 'word',
      words: SOCKETS,
      text: 'bpfConnectTimeLoadBalancing: whose sockets turn to a backend at connect()',
      default: 'tcp',
    },
    {
      name: 'excludedFromNAT',
      type: 'cidrs',
      text: 'bpfExcludeCIDRsFromNAT: Service addresses that programs leave alone',
      default: 'none',
    },
  ],
  detect: detectCalicoEbpf,
  facets: ebpfFacets,
};

function ebpfFacets(settings: CniSettings): Facets {
  const fabric = calicoFabric(settings, settings.backend.startsWith('vxlan') ? { isExternal: true } : {});
  const own = programSettings(settings, fabric.tunnels ?? []);
  const inputOf = (input: Omit<CalicoBpfInput, 'settings' | 'hostDevices'>) => ({ ...input, settings: own });
  return {
    label: `calico-ebpf-${settings.backend}`,
    podLink: calicoLink(),
    fabric: withServicePair(fabric, {
      names: SERVICE_PAIR,
      // hostNetworkedNATMode: UDPOnly, Enabled where no socket turns, else Disabled.
      serves: ({ body }) =>
        !own.turnsSockets('tcp') ||
        (!own.turnsSockets('udp') && body.ports.some(({ protocol }) => protocol === 'udp')),
      excluded: own.excluded,
    }),
    egressNat: calicoNat({ ...calicoPools(settings), tunnels: own.tunnels, marked: LOOP_MARK }),
    hostPorts: portmapHostPorts(settings, { network: 'k8s-pod-network', podPrefix: 'host' }),
    policy: calicoBpfPolicies,
    programs: {
      onNode: (input) => calicoNodePrograms({ ...inputOf(input), hostDevices: HOST_DEVICES(input.pods) }),
      inPod: (input) => calicoPodPrograms({ ...inputOf(input), hostDevices: new Map() }),
    },
    services: 'calico',
    unverified: [
      'TTLs and devices of Calico’s programs are read in source; a later packet of a connection may take a shorter way',
      'a node’s own UDP to node ports and load balancers: translated where it leaves, not turned around by bpfin.cali',
      'a node’s own UDP to a Service whose pod has the node’s network: the program at lo undoes the translation in the answer',
    ],
  };
}

function programSettings(settings: CniSettings, tunnels: readonly string[]): CalicoBpfSettings {
  const { backend } = settings;
  const sockets = wordOption(settings, 'connectTimeLoadBalancing') ?? 'tcp';
  return {
    turnsSockets: (protocol) =>
      (protocol === 'tcp' && sockets !== 'disabled') || (protocol === 'udp' && sockets === 'enabled'),
    externalServices: wordOption(settings, 'externalServices') === 'dsr' ? 'dsr' : 'tunnel',
    excluded: cidrsOption(settings, 'excludedFromNAT') ?? [],
    ...calicoPools(settings),
    vxlanPort: numberOption(settings, 'port') ?? CALICO_VXLAN_PORT,
    tunnels,
    tunnelSource: (node, other, family) => {
      if (!backend.startsWith('ipip') && !backend.startsWith('vxlan')) return undefined;
      const [from, to] = [underlayAddress(node, family), underlayAddress(other, family)];
      const isDirect =
        backend.endsWith('-crosssubnet') && from !== undefined && to !== undefined && onOneLink(from, to);
      return isDirect ? undefined : calicoTunnelAddress(settings, node, family);
    },
  };
}

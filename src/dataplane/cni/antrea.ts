/**
 * Antrea (antrea-io/antrea): pods on an Open vSwitch bridge whose flows switch, route, balance cluster addresses and
 * enforce policies; the node and what is outside lie behind the gateway antrea-gw0, where kube-proxy does the rest.
 */

import type { Cluster, Node, Pod } from '../../cluster/cluster.ts';
import type { ServicePort } from '../../control/service-port.ts';
import {
  booleanOption,
  type Cni,
  type CniSettings,
  type Facets,
  NO_OVERHEAD,
  numberOption,
  type Overhead,
  type PolicyEngine,
  wordOption,
} from '../cni.ts';
import { detectAntrea } from '../detect/antrea.ts';
import { antreaNat, LOCAL_MARK } from '../egress-nat/antrea-nat.ts';
import { type AntreaTunnel, antreaFabric, antreaGateway, isTunnelled } from '../fabric/antrea.ts';
import { PORTMAP_OPTION, portmapHostPorts } from '../host-ports/portmap-backends.ts';
import { antreaPrograms, BRIDGE } from '../ovs/antrea-pipeline.ts';
import { randomNames } from '../pod-link/host-devices.ts';
import { switchLink } from '../pod-link/switch.ts';
import type { Programs } from '../program.ts';

/** The kernel's devices behind Open vSwitch's tunnel ports, and IANA's ports. */
const TUNNELS = {
  geneve: { device: 'genev_sys', port: 6081 },
  vxlan: { device: 'vxlan_sys', port: 4789 },
} as const;
/** pkg/agent/config/node_config.go: 50 bytes, 20 more where nodes have IPv6. */
const TUNNEL_OVERHEAD: Overhead = { 4: 50, 6: 70 };
const HOST_DEVICES = randomNames('veth');

export const antrea: Cni = {
  name: 'antrea',
  text: 'Open vSwitch: flows for pods, cluster addresses and policies',
  backends: [
    { name: 'geneve', text: 'Geneve between nodes, UDP 6081', aliases: ['encap'] },
    { name: 'vxlan', text: 'VXLAN between nodes, UDP 4789' },
    { name: 'hybrid', text: 'encapsulated only between nodes of different subnets' },
    { name: 'noencap', text: 'not encapsulated: routes by nodes of the subnet, else the network knows pods' },
  ],
  options: [
    {
      name: 'tunnelType',
      type: 'word',
      words: ['geneve', 'vxlan'],
      text: 'hybrid: how packets are encapsulated',
      default: 'geneve',
    },
    { name: 'tunnelPort', type: 'number', text: 'UDP port of the tunnel', default: "the encapsulation's" },
    { name: 'noSNAT', type: 'boolean', text: 'noencap: pods keep their address outside', default: 'false' },
    PORTMAP_OPTION,
  ],
  detect: detectAntrea,
  refuse: (settings) =>
    booleanOption(settings, 'noSNAT') === true && settings.backend !== 'noencap'
      ? ['cni.options.noSNAT goes with noencap only']
      : [],
  facets: antreaFacets,
};

function antreaFacets(settings: CniSettings): Facets {
  const tunnel = tunnelOf(settings);
  return {
    label: `antrea-${settings.backend}`,
    podLink: switchLink({ bridge: BRIDGE, hostDevices: HOST_DEVICES }),
    fabric: antreaFabric({
      overhead: tunnel === undefined ? NO_OVERHEAD : TUNNEL_OVERHEAD,
      ...(tunnel === undefined ? {} : { tunnel }),
    }),
    egressNat: antreaNat({ masquerades: booleanOption(settings, 'noSNAT') !== true }),
    hostPorts: portmapHostPorts(settings, { network: 'antrea', podPrefix: 'node-range' }),
    policy: antreaPolicies,
    programs: { onNode: (input) => programsOn(input, tunnel), inPod: () => undefined },
    services: 'kube-proxy',
    unverified: ['Antrea’s flows are read in its documents and source, not run: TTLs, and what a port sees'],
  };
}

function tunnelOf(settings: CniSettings): AntreaTunnel | undefined {
  const { backend } = settings;
  if (backend === 'noencap') return undefined;
  const word = backend === 'hybrid' ? wordOption(settings, 'tunnelType') : backend;
  const encapsulation = word === 'vxlan' ? 'vxlan' : 'geneve';
  const { device, port: usual } = TUNNELS[encapsulation];
  const port = numberOption(settings, 'tunnelPort') ?? usual;
  return {
    device: `${device}_${port}`,
    encapsulation,
    port,
    serves: backend === 'hybrid' ? 'off-link' : 'every-node',
  };
}

interface NodePrograms {
  readonly cluster: Cluster;
  readonly node: Node;
  readonly pods: readonly Pod[];
  readonly servicePorts: readonly ServicePort[];
}

function programsOn({ pods, ...input }: NodePrograms, tunnel: AntreaTunnel | undefined): Programs {
  const { node } = input;
  return antreaPrograms({
    ...input,
    hostDevices: HOST_DEVICES(pods),
    ...(tunnel === undefined ? {} : { tunnel: tunnel.device }),
    isTunnelled: (other, { family }) => isTunnelled(tunnel, { from: node, to: other, family }),
    gatewayOf: ({ family }) => antreaGateway(node, family),
  });
}

/** By addresses, in flows of the bridge: behind the node's source NAT, so node ports show the gateway to policies. */
const antreaPolicies: PolicyEngine = {
  enforces: true,
  engine: 'antrea',
  egress: { at: 'from-pod', name: () => 'EgressRule' },
  ingress: { at: 'to-port', name: () => 'IngressRule' },
  view: 'addresses',
  exempt: ['node-to-local-pod'],
  exemptMark: LOCAL_MARK,
  quirks: ['behind a node port that masquerades, policies see the gateway of the node, not the client'],
};

/**
 * Cilium (cilium/cilium): programs on the host ends of pods' links send packets to pods, tunnels and the node; Services
 * are translated at sockets or on the wire; policies go by identities, which the overlay carries.
 */

import type { Cluster, Node, Pod } from '../../cluster/cluster.ts';
import { onceFor } from '../../collections/once.ts';
import { type Cidr, cidrContains, nthAddress } from '../../net/cidr.ts';
import { fnv1a } from '../../net/hash.ts';
import { type Ip, type IpFamily, parseIp } from '../../net/ip.ts';
import { type CiliumSettings, ciliumNodePrograms, ciliumPodPrograms } from '../bpf/cilium-programs.ts';
import {
  booleanOption,
  type Cni,
  type CniSettings,
  cidrsOption,
  type Facets,
  type Overhead,
  type PolicyEngine,
  podCidrOf,
  wordOption,
} from '../cni.ts';
import { detectCilium } from '../detect/cilium.ts';
import { ciliumMasquerade } from '../egress-nat/cilium-masquerade.ts';
import { noEgressNat } from '../egress-nat/kubenet-masquerade.ts';
import { ciliumFabric } from '../fabric/cilium.ts';
import { PORTMAP_OPTION, portmapHostPorts } from '../host-ports/portmap-backends.ts';
import { randomNames } from '../pod-link/host-devices.ts';
import { routedLink } from '../pod-link/routed.ts';

const PORTS = { vxlan: 8472, geneve: 6081 } as const;
/** pkg/mtu/mtu.go: tunnel, WireGuard. */
const TUNNEL_BYTES = 50;
const WIREGUARD_BYTES = 80;
/** Identities that a cluster hands out to label sets (pkg/identity/numericidentity.go). */
const IDENTITIES = { first: 256, last: 65535, world: 2, host: 1 } as const;
const HOST_DEVICES = randomNames('lxc');

export const cilium: Cni = {
  name: 'cilium',
  text: 'eBPF programs instead of routes and rules; NetworkPolicy by identities',
  backends: [
    { name: 'vxlan', text: 'VXLAN over cilium_vxlan, UDP 8472', aliases: ['tunnel'] },
    { name: 'geneve', text: 'Geneve over cilium_geneve, UDP 6081' },
    {
      name: 'native',
      text: 'no encapsulation: routes by the other nodes, or a network that knows pods',
      aliases: ['direct'],
    },
  ],
  options: [
    {
      name: 'kubeProxyReplacement',
      type: 'boolean',
      text: 'Services without kube-proxy',
      default: 'false; true with proxy.mode cilium',
    },
    {
      name: 'socketLBHostNamespaceOnly',
      type: 'boolean',
      text: 'sockets of pods are left alone',
      default: 'false',
    },
    { name: 'masquerade', type: 'boolean', text: 'enable-ipv4-masquerade', default: 'true' },
    { name: 'bpfMasquerade', type: 'boolean', text: 'a program masquerades, not iptables', default: 'false' },
    {
      name: 'bpfHostRouting',
      type: 'boolean',
      text: 'programs route past the node’s packet filter',
      default: 'with kubeProxyReplacement and bpfMasquerade',
    },
    {
      name: 'loadBalancerMode',
      type: 'word',
      words: ['snat', 'dsr', 'hybrid'],
      text: 'how answers of node ports come back',
      default: 'snat',
    },
    {
      name: 'nativeRoutingCIDR',
      type: 'cidrs',
      text: 'destinations that keep the pod’s address',
      default: 'the node’s pod range; with native routing the pod ranges of the cluster',
    },
    {
      name: 'autoDirectNodeRoutes',
      type: 'boolean',
      text: 'native: routes by the other nodes',
      default: 'true',
    },
    {
      name: 'endpointRoutes',
      type: 'boolean',
      text: 'a route to each pod instead of cilium_host',
      default: 'false',
    },
    {
      name: 'routerAddresses',
      type: 'addresses',
      text: 'address of cilium_host of each node',
      default: 'first of the node’s range',
    },
    {
      name: 'encryption',
      type: 'word',
      words: ['none', 'wireguard'],
      text: 'encryption between nodes',
      default: 'none',
    },
    PORTMAP_OPTION,
  ],
  detect: detectCilium,
  refuse: refusals,
  facets: ciliumFacets,
};

function refusals(settings: CniSettings): readonly string[] {
  const mode = wordOption(settings, 'loadBalancerMode') ?? 'snat';
  const isReplacing = booleanOption(settings, 'kubeProxyReplacement') ?? false;
  return [
    ...(wordOption(settings, 'encryption') === 'wireguard'
      ? ['cilium with WireGuard encryption is not modelled yet']
      : []),
    ...(mode !== 'snat' && !isReplacing
      ? [`cni.options.loadBalancerMode ${mode} needs kubeProxyReplacement`]
      : []),
    ...(mode !== 'snat' && settings.backend === 'vxlan'
      ? [`cni.options.loadBalancerMode ${mode} does not go with vxlan: use native or geneve`]
      : []),
    ...(booleanOption(settings, 'bpfMasquerade') && !isReplacing
      ? ['cni.options.bpfMasquerade needs kubeProxyReplacement']
      : []),
  ];
}

function ciliumFacets(settings: CniSettings): Facets {
  const tunnel = settings.backend === 'native' ? undefined : (settings.backend as 'vxlan' | 'geneve');
  const own = programSettings(settings, tunnel);
  const kept = nativeRoutingCidrs(settings, tunnel);
  const masquerades = booleanOption(settings, 'masquerade') ?? true;
  const endpointRoutes = booleanOption(settings, 'endpointRoutes') ?? false;
  return {
    label: `cilium-${settings.backend}${own.kubeProxyReplacement ? '-kpr' : ''}`,
    podLink: routedLink({
      hostDevices: HOST_DEVICES,
      gateway: (node, family) => routerAddress(settings, node, family),
      gatewayOnHost: false,
      podPrefix: 'address',
      routeSource: false,
      ...(endpointRoutes ? {} : { nodeRoutes: 'none' }),
    }),
    fabric: ciliumFabric({
      overhead: overheadOf(settings, tunnel),
      ...(tunnel === undefined
        ? {}
        : { tunnel: { device: `cilium_${tunnel}`, encapsulation: tunnel, port: PORTS[tunnel] } }),
      directNodeRoutes: booleanOption(settings, 'autoDirectNodeRoutes') ?? true,
      endpointRoutes,
      routerAddress: (node, family) => routerAddress(settings, node, family),
      assumesRouter: (node) =>
        node.podCidrs.some(({ family }) => writtenRouter(settings, node, family) === undefined),
    }),
    egressNat:
      masquerades && !own.bpfMasquerade ? ciliumMasquerade({ nativeRoutingCidrs: kept }) : noEgressNat,
    hostPorts: portmapHostPorts(settings, { network: 'cilium', podPrefix: 'host' }),
    policy: ciliumPolicies,
    programs: {
      onNode: (input) =>
        ciliumNodePrograms({
          ...input,
          settings: own,
          hostDevices: HOST_DEVICES(input.pods),
          identityOf: identities(input.cluster),
        }),
      inPod: (input) =>
        ciliumPodPrograms({
          ...input,
          settings: own,
          hostDevices: new Map(),
          identityOf: identities(input.cluster),
        }),
    },
    services: own.kubeProxyReplacement ? 'cilium' : 'kube-proxy',
    unverified: [
      'TTLs and the devices that Cilium’s programs pass by',
      'identities: their numbers are invented',
    ],
  };
}

/** Identities, not addresses; what comes from the node itself is let through (Documentation/security/policy). */
const ciliumPolicies: PolicyEngine = {
  enforces: true,
  engine: 'cilium',
  apis: ['cilium'],
  egress: { at: 'from-pod', name: () => 'cil_from_container' },
  ingress: { at: 'to-pod', name: () => 'cil_to_container' },
  view: 'identities',
  exempt: ['node-to-local-pod'],
  quirks: [
    'ipBlock never matches pods, and nodes only with policy-cidr-match-mode=nodes',
    'a pod of another node’s host network is remote-node, whatever its labels',
  ],
};

/**
 * Destinations that keep the pod's address. With native routing and masquerade the agent does not start without them
 * (cilium/cilium:pkg/option/config.go checkIPv4NativeRoutingCIDR): where nobody shows them they are the pods' ranges.
 */
function nativeRoutingCidrs(settings: CniSettings, tunnel: 'vxlan' | 'geneve' | undefined): readonly Cidr[] {
  const written = cidrsOption(settings, 'nativeRoutingCIDR');
  return written ?? (tunnel === undefined ? settings.clusterCidrs : []);
}

function programSettings(settings: CniSettings, tunnel: 'vxlan' | 'geneve' | undefined): CiliumSettings {
  const kubeProxyReplacement =
    booleanOption(settings, 'kubeProxyReplacement') ?? settings.replacesKubeProxy ?? false;
  const bpfMasquerade =
    (booleanOption(settings, 'masquerade') ?? true) && (booleanOption(settings, 'bpfMasquerade') ?? false);
  const mode = wordOption(settings, 'loadBalancerMode') ?? 'snat';
  const kept = nativeRoutingCidrs(settings, tunnel);
  return {
    ...(tunnel === undefined ? {} : { tunnel: `cilium_${tunnel}` }),
    kubeProxyReplacement,
    socketLbInPods: !(booleanOption(settings, 'socketLBHostNamespaceOnly') ?? false),
    bpfHostRouting: booleanOption(settings, 'bpfHostRouting') ?? (kubeProxyReplacement && bpfMasquerade),
    bpfMasquerade,
    // hybrid: direct answers for TCP, through the first node for UDP.
    loadBalancerMode: (protocol) =>
      mode === 'dsr' || (mode === 'hybrid' && protocol === 'tcp') ? 'dsr' : 'snat',
    keepsSource: (ip) => isWithin(kept, ip),
    routerAddress: (node, family) => routerAddress(settings, node, family),
  };
}

function isWithin(ranges: readonly Cidr[], ip: Ip): boolean {
  return ranges.some((range) => cidrContains(range, ip));
}

function overheadOf(settings: CniSettings, tunnel: string | undefined): Overhead {
  const bytes =
    (tunnel === undefined ? 0 : TUNNEL_BYTES) +
    (wordOption(settings, 'encryption') === 'wireguard' ? WIREGUARD_BYTES : 0);
  return { 4: bytes, 6: bytes };
}

/** The given one, the node's annotation, else the first address of its range (A_TUNNEL_ADDR). */
function routerAddress(settings: CniSettings, node: Node, family: IpFamily): Ip | undefined {
  const written = writtenRouter(settings, node, family);
  const range = podCidrOf(node, family);
  return written ?? (range === undefined ? undefined : nthAddress(range, 1));
}

function writtenRouter({ options }: CniSettings, node: Node, family: IpFamily): Ip | undefined {
  const listed = options['routerAddresses'];
  const own = typeof listed === 'object' && listed !== null ? Object.entries(listed) : [];
  const name = `network.cilium.io/ipv${family}-cilium-host`;
  const texts = [
    ...own.flatMap(([key, text]) => (key === node.name && typeof text === 'string' ? [text] : [])),
    node.annotations.get(name),
    node.annotations.get(`io.cilium.network.ipv${family}-cilium-host`),
  ];
  for (const text of texts) {
    const ip = text === undefined ? undefined : parseIp(text);
    if (ip?.family === family) return ip;
  }
  return undefined;
}

const identitiesOfPods = onceFor(
  ({ pods }: Cluster): ReadonlyMap<Ip, number> =>
    new Map(pods.flatMap((pod) => pod.ips.map((ip) => [ip, identityOf(pod)] as const))),
);

/** The identity behind an address: one a set of labels, by a stable hash; nodes are `host`, all else `world`. */
function identities(cluster: Cluster): (ip: Ip) => number {
  const byIp = identitiesOfPods(cluster);
  return (ip) => (cluster.nodeByIp.has(ip) ? IDENTITIES.host : (byIp.get(ip) ?? IDENTITIES.world));
}

function identityOf({ namespace, labels }: Pod): number {
  const sorted = [...labels].map(([key, value]) => `${key}=${value}`).sort();
  return IDENTITIES.first + (fnv1a([namespace, ...sorted].join(';')) % (IDENTITIES.last - IDENTITIES.first));
}

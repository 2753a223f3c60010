/**
 * The Amazon VPC CNI (aws/amazon-vpc-cni-k8s: pkg/networkutils, cmd/routed-eni-cni-plugin/driver): pods have
 * addresses of the VPC, routed by policy rules; nothing is encapsulated, and only what leaves the VPC is translated.
 */

import { cidrOf, everyAddress } from '../../net/cidr.ts';
import { type IpFamily, parseIp, WIDTH } from '../../net/ip.ts';
import {
  booleanOption,
  type Cni,
  type CniSettings,
  cidrsOption,
  type Fabric,
  type Facets,
  NO_OVERHEAD,
  type NodeInput,
  type PolicyEngine,
  type Wiring,
  wordOption,
} from '../cni.ts';
import { detectAwsVpc } from '../detect/aws-vpc.ts';
import { awsSnat, MAIN_ENI_MARK } from '../egress-nat/aws-snat.ts';
import { PORTMAP_OPTION, portmapHostPorts } from '../host-ports/portmap-backends.ts';
import type { Device, Route, RoutingRule } from '../network.ts';
import { hashedNames } from '../pod-link/host-devices.ts';
import { routedLink } from '../pod-link/routed.ts';
import { readSecondaryEnis, type SecondaryEni } from './secondary-enis.ts';

/** Jumbo frames of EC2 (`AWS_VPC_ENI_MTU`). */
const VPC_MTU = 9001;
const GATEWAYS: Readonly<Record<IpFamily, string>> = { 4: '169.254.1.1', 6: 'fe80::1' };
/** pkg/networkutils/network.go: priorities of the rules. */
const PRIORITY = { toPod: 512, mainEni: 1024, fromPod: 1536 } as const;

export const awsVpc: Cni = {
  name: 'aws-vpc',
  aliases: ['aws', 'vpc-cni', 'aws-vpc-cni', 'eks'],
  text: 'addresses of the VPC, no overlay; NetworkPolicy by its own eBPF agent where that is on',
  backends: [{ name: 'vpc', text: 'the VPC routes pods’ addresses' }],
  options: [
    { name: 'vpcCIDRs', type: 'cidrs', text: 'ranges of the VPC', default: 'nodes’ subnets and podCIDRs' },
    {
      name: 'excludeSNATCIDRs',
      type: 'cidrs',
      text: 'other destinations that keep the pod’s address',
      default: 'none',
    },
    { name: 'externalSNAT', type: 'boolean', text: 'AWS_VPC_K8S_CNI_EXTERNALSNAT', default: 'false' },
    {
      name: 'randomizeSNAT',
      type: 'word',
      words: ['prng', 'hashrandom', 'none'],
      text: 'AWS_VPC_K8S_CNI_RANDOMIZESNAT',
      default: 'prng',
    },
    { name: 'vethPrefix', type: 'word', text: 'AWS_VPC_K8S_CNI_VETHPREFIX', default: 'eni' },
    {
      name: 'secondaryENIs',
      type: 'addresses',
      text: 'by node, then device: {address, pods: […]}',
      default: 'none: pods’ addresses belong to the first interface',
    },
    { name: 'networkPolicy', type: 'boolean', text: 'the network policy agent runs', default: 'false' },
    PORTMAP_OPTION,
  ],
  detect: detectAwsVpc,
  // aws/amazon-vpc-cni-k8s:README.md ENABLE_IPv4, ENABLE_IPv6: one of the two.
  lacksFamilies: (_, families) =>
    families.length > 1 ? 'aws-vpc gives pods IPv4 or IPv6 addresses, never both' : undefined,
  facets: awsFacets,
};

function awsFacets(settings: CniSettings): Facets {
  const vethPrefix = wordOption(settings, 'vethPrefix') ?? 'eni';
  return {
    label: 'aws-vpc',
    // README.md, ENABLE_V4_EGRESS: true unless somebody says otherwise; ENABLE_V6_EGRESS is false.
    ipv4Egress: 'the IPv4 egress interface that aws-vpc gives IPv6 pods (169.254.172.0/22)',
    podLink: routedLink({
      hostDevices: hashedNames(vethPrefix),
      gateway: (_, family) => parseIp(GATEWAYS[family]),
      gatewayOnHost: false,
      podPrefix: 'address',
      routeSource: false,
    }),
    fabric: vpcFabric(settings),
    egressNat: (input) =>
      awsSnat({
        unchanged: [
          ...(cidrsOption(settings, 'vpcCIDRs') ?? [
            ...input.node.primaryAddresses.map((ip) => cidrOf(ip, ip.family === 4 ? 16 : 56)),
            ...settings.clusterCidrs,
          ]),
          ...(cidrsOption(settings, 'excludeSNATCIDRs') ?? []),
        ],
        externalSnat: booleanOption(settings, 'externalSNAT') ?? false,
        randomPort: wordOption(settings, 'randomizeSNAT') !== 'none',
        vethPrefix,
      })(input),
    hostPorts: portmapHostPorts(settings, { network: 'aws-cni', podPrefix: 'host' }),
    policy: booleanOption(settings, 'networkPolicy') ? awsPolicies : { enforces: false },
    uplinkMtu: VPC_MTU,
    services: 'kube-proxy',
  };
}

/** aws/aws-network-policy-agent: programs on the host ends of the pods' links. */
const awsPolicies: PolicyEngine = {
  enforces: true,
  engine: 'aws-network-policy-agent',
  egress: { at: 'from-pod', name: (device) => `tc ingress of ${device}` },
  ingress: { at: 'to-pod', name: (device) => `tc egress of ${device}` },
  view: 'addresses',
  exempt: ['node-to-local-pod'],
  quirks: ['where exactly its programs look is not verified'],
};

function vpcFabric(settings: CniSettings): Fabric {
  const enis = readSecondaryEnis(settings.options['secondaryENIs']);
  return {
    overhead: NO_OVERHEAD,
    underlayKnowsPods: 'each',
    uplinkOf: (node, ip) =>
      enis.find((eni) => eni.node === node.name && (eni.address === ip || eni.pods.includes(ip)))?.device,
    onNode: (input) =>
      onNode(
        input,
        enis.filter(({ node }) => node === input.node.name),
      ),
  };
}

/** Rules 512 for what goes to a pod, 1024 for what is marked, 1536 for what comes from pods of other interfaces. */
function onNode({ node, pods, mtu }: NodeInput, enis: readonly SecondaryEni[]): Wiring {
  const toPods = pods.flatMap(({ ips }) =>
    ips.map(
      (ip): RoutingRule => ({ priority: PRIORITY.toPod, to: cidrOf(ip, WIDTH[ip.family]), table: 'main' }),
    ),
  );
  const marked: RoutingRule = {
    priority: PRIORITY.mainEni,
    mark: { value: MAIN_ENI_MARK, mask: MAIN_ENI_MARK },
    table: 'main',
  };
  const fromPods = enis.flatMap(({ pods: own, table }) =>
    own.map((ip): RoutingRule => ({ priority: PRIORITY.fromPod, from: cidrOf(ip, WIDTH[ip.family]), table })),
  );
  const devices = enis.map(
    ({ device, address }): Device => ({
      name: device,
      addresses: [{ ip: address, length: 24 }],
      mtu: node.mtu ?? mtu,
      link: { kind: 'uplink' },
    }),
  );
  return {
    devices,
    routes: [],
    routingRules: [...toPods, marked, ...fromPods],
    // pkg/networkutils/network.go: what is marked leaves by the first interface, and its answers come in there.
    sysctls: { 'net.ipv4.conf.eth0.rp_filter': '2' },
    routingTables: new Map(enis.map((eni) => [eni.table, tableOf(eni)])),
  };
}

function tableOf({ device, gateway }: SecondaryEni): readonly Route[] {
  return [
    { prefix: cidrOf(gateway, WIDTH[gateway.family]), device },
    { prefix: everyAddress(gateway.family), via: gateway, device },
  ];
}

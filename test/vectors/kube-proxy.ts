/**
 * Conformance cases about kube-proxy: what a node's service proxy does with a packet, which endpoints a
 * node may use, and names. A packet is put to the rules that the node would have.
 */

import {
  categorizeEndpoints,
  type EndpointAddress,
  hostPortRules,
  iptablesEndpointChain,
  iptablesServiceHash,
  nftablesEndpointName,
  nftablesServiceName,
  type Protocol,
  parseIp,
  portmapChainName,
  printSocketAddress,
  probabilityText,
  proxyVerdict,
  type ServicePort,
  type Snapshot,
  servicePortKey,
} from '../../src/index.ts';
import { runEnvVector } from './env.ts';
import type { VectorFamily } from './family.ts';
import { readCluster } from './kube-proxy-cluster.ts';
import type {
  CategorizeVector,
  HostPortVector,
  KubeProxyFile,
  KubeProxyVector,
  NameCase,
  OtherVector,
  PacketCase,
  PacketsVector,
} from './kube-proxy-file.ts';
import type { VectorResult } from './result.ts';

type Fields = Readonly<Record<string, unknown>>;

const FORMAT = 'k8snet-kube-proxy-vectors/1';

/** The family as the runner lists it. */
export const kubeProxy: VectorFamily = {
  name: 'kube-proxy',
  modelled: true,
  detects: (json) => typeof json === 'object' && json !== null && 'format' in json && json.format === FORMAT,
  run: (json) => runKubeProxyVectors(json as KubeProxyFile),
};

/** Runs every case of a file: one result for each packet and mode, endpoint list, name and row. */
function* runKubeProxyVectors(file: KubeProxyFile): Generator<VectorResult> {
  for (const vector of file.vectors) yield* runVector(vector);
}

function* runVector(vector: KubeProxyVector): Generator<VectorResult> {
  switch (vector.kind) {
    case 'packets':
      return yield* runPackets(vector);
    case 'categorize':
      return yield compare({ id: vector.id }, vector.expect, categorized(vector));
    case 'names':
      for (const each of vector.cases) yield compare(namePart(vector.id, each), each.expect, names(each));
      return;
    case 'probability':
      for (const { n, expect } of vector.cases) {
        yield compare({ id: vector.id, part: `1/${n}` }, { text: expect }, { text: probabilityText(n) });
      }
      return;
    case 'hostport':
      for (const each of vector.cases) {
        const at = { id: vector.id, part: each.podAddress };
        yield compare(
          at,
          { rules: asSet(each.expect) },
          { rules: asSet(hostPorts(vector, each.podAddress)) },
        );
      }
      return;
    case 'env':
      return yield* runEnvVector(vector);
    default:
      return yield* skipOther(vector);
  }
}

function* skipOther(vector: OtherVector): Generator<VectorResult> {
  const rows = vector.expect ?? vector.cases ?? [vector];
  const detail = `no case of the kind ${vector.kind} is modelled yet`;
  for (const _ of rows) yield { id: vector.id, status: 'skip', detail };
}

function* runPackets({ id, mode, cluster, packets }: PacketsVector): Generator<VectorResult> {
  const modes = mode === 'both' ? ['iptables', 'nftables'] : [mode];
  const nodes = modes.map((each) => ({ mode: each, snapshot: readCluster(cluster, each) }));
  for (const packet of packets) {
    for (const { mode: each, snapshot } of nodes) {
      const part = `${packet.name} (${each})`;
      const expected = packet.expectByMode?.[each] ?? packet.expect;
      if (expected === undefined) {
        yield { id, part, status: 'fail', detail: 'the case expects nothing of this mode' };
      } else {
        yield compare({ id, part }, { ...expected }, verdict(snapshot, cluster.localNode, packet));
      }
    }
  }
}

function verdict(snapshot: Snapshot, node: string, asked: PacketCase): Fields {
  const { rules: _, ...decision } = proxyVerdict(snapshot, {
    node,
    source: asked.source,
    destination: asked.dest,
    port: asked.port,
    protocol: protocolOf(asked.protocol),
  });
  return { ...decision };
}

function categorized({ cluster: facts }: CategorizeVector): Fields {
  const { cluster, control } = readCluster(facts, 'iptables');
  const node = cluster.nodeByName.get(facts.localNode);
  const [port] = control.servicePorts;
  if (node === undefined || port === undefined) throw new Error('the case has no node or no Service port');
  const categories = categorizeEndpoints(port, node, port.clusterIps[0]?.family ?? 4);
  return {
    clusterEndpoints: addresses(categories.cluster),
    localEndpoints: addresses(categories.local),
    allReachable: addresses(categories.allReachable),
    hasAnyEndpoints: categories.hasAnyEndpoints,
  };
}

function hostPorts({ mode, snat, portMappings }: HostPortVector, podAddress: string): readonly Fields[] {
  const [address = '', length = ''] = podAddress.split('/');
  const ip = parseIp(address);
  if (ip === undefined) throw new Error(`${address} is no address`);
  const mappings = portMappings.map(({ hostIP, protocol, ...ports }) => ({
    ...ports,
    protocol: protocolOf(protocol),
    ...(hostIP === undefined ? {} : { hostIp: hostIP }),
  }));
  return hostPortRules({ ip, length: Number(length) }, mappings, { backend: mode, snat }).map((rule) => ({
    protocol: rule.mapping.protocol,
    hostPort: rule.mapping.hostPort,
    hostIP: rule.hostIp?.text ?? null,
    dnat: rule.dnat,
    masqueradeSources: rule.masqueradeSources,
  }));
}

/** Sets, and the keys of their members, in one order. */
function asSet(items: readonly unknown[]): readonly string[] {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sorted).sort();
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, one]) => [key, sorted(one)]),
    );
  };
  return items.map((item) => JSON.stringify(sorted(item))).sort();
}

function addresses(endpoints: ServicePort['endpoints'] | null): readonly string[] | null {
  return endpoints?.map(({ ip, port }) => printSocketAddress(ip, port)) ?? null;
}

function names(asked: NameCase): Fields {
  if (asked.network !== undefined) {
    return { cniDnatChain: portmapChainName(asked.network, asked.containerID ?? '') };
  }
  const { namespace = '', service = '', port = '', endpoint } = asked;
  const protocol = protocolOf(asked.protocol ?? '');
  const name = { namespace, service, port, protocol };
  const key = servicePortKey(name);
  const ofService = {
    iptablesHash: iptablesServiceHash(key, protocol),
    nftablesServiceBase: nftablesServiceName(name),
  };
  if (endpoint === undefined) return ofService;
  return {
    ...ofService,
    iptablesEndpointChain: iptablesEndpointChain(key, protocol, endpoint),
    nftablesEndpointBase: nftablesEndpointName(name, endpointAddress(endpoint)),
  };
}

function namePart(id: string, { namespace, service, port, protocol, endpoint, network }: NameCase) {
  const servicePort = `${namespace}/${service}:${port}/${protocol}`;
  return { id, part: network ?? (endpoint === undefined ? servicePort : `${servicePort} ${endpoint}`) };
}

/** `10.0.0.1:80`, `[fd00::1]:80`. */
function endpointAddress(text: string): EndpointAddress {
  const colon = text.lastIndexOf(':');
  return { ip: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}

function protocolOf(text: string): Protocol {
  return text.toLowerCase() as Protocol;
}

/** Every expected field must be as it is in the answer. */
function compare(at: Pick<VectorResult, 'id' | 'part'>, expected: Fields, got: Fields): VectorResult {
  const isDifferent = (field: string) => JSON.stringify(expected[field]) !== JSON.stringify(got[field]);
  const different = Object.keys(expected).filter(isDifferent);
  if (different.length === 0) return { ...at, status: 'pass' };
  const print = (from: Fields) =>
    different.map((field) => `${field} ${JSON.stringify(from[field])}`).join(' ');
  return { ...at, status: 'fail', detail: `expected ${print(expected)}, got ${print(got)}` };
}

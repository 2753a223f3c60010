/**
 * The running kernel and generated clusters: whatever Services there are and however kube-proxy is set up,
 * real connections through our printed rules end where the engine says, masqueraded where it says.
 */

import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ServiceVerdict, serviceVerdict } from '../../src/dataplane/service-verdict.ts';
import { parseIp } from '../../src/net/ip.ts';
import { printIptablesSave } from '../../src/netfilter/print-iptables.ts';
import { printNft } from '../../src/netfilter/print-nft.ts';
import type { Ruleset } from '../../src/netfilter/ruleset.ts';
import {
  type ProxySettings,
  type ServiceCluster,
  type StoredObject,
  serviceCluster,
} from '../oracles/service-clusters.ts';
import { storedSnapshot } from '../oracles/stored-snapshot.ts';
import {
  CLIENT_DEVICE,
  LAB_NODE,
  type Lab,
  type LabHost,
  type LabOutcome,
  type LabProbe,
  MASQUERADE,
  raiseLab,
} from './generated-lab.ts';
import { whyNoNamespaces } from './namespaces.ts';

/** Clusters of each mode; `K8SNET_KERNEL_RUNS` and `K8SNET_KERNEL_SEED` ask others. */
const RUNS = Number(process.env['K8SNET_KERNEL_RUNS'] ?? 6);
const SEED = Number(process.env['K8SNET_KERNEL_SEED'] ?? 20260101);

const reason = whyNoNamespaces();

const settings: fc.Arbitrary<ProxySettings> = fc.record({
  clusterCIDR: fc.constantFrom<readonly string[]>(['10.1.0.0/16', 'fd01:9::/64'], ['10.1.0.0/16']),
  detectLocal: fc.constantFrom('ClusterCIDR', 'ClusterCIDR', 'NodeCIDR', 'InterfaceNamePrefix', 'none'),
  bridgeInterface: fc.constant('cni0'),
  interfaceNamePrefix: fc.constant('kc'),
  masqueradeAll: fc.constantFrom(false, false, true),
  masqueradeBit: fc.constantFrom(14, 3),
  localhostNodePorts: fc.constantFrom(true, true, false),
  nodePortAddresses: fc.constantFrom<readonly string[] | null>(
    ...[null, null, ['203.0.113.0/24', 'fd01::/64'], ['192.168.0.0/24', '127.0.0.0/8']],
  ),
});

const clusters = fc
  .sample(serviceCluster(settings), { numRuns: RUNS, seed: SEED })
  .map((cluster) => ({ ...cluster, node: LAB_NODE }));

const SOURCES: Readonly<Record<LabHost, readonly string[]>> = {
  client: ['10.1.9.9', '203.0.113.9', '203.0.113.99', 'fd01:9::9', '2001:db8::9'],
  node: ['192.168.0.2', '127.0.0.1', 'fd01:9::1'],
  backend: ['10.1.0.1', 'fd01::1'],
};

interface StoredService {
  readonly spec: {
    readonly clusterIPs?: readonly string[];
    readonly externalIPs?: readonly string[];
    readonly ports: readonly {
      readonly port: number;
      readonly protocol: string;
      readonly nodePort?: number;
    }[];
    readonly healthCheckNodePort?: number;
  };
  readonly status?: { readonly loadBalancer: { readonly ingress: readonly { readonly ip?: string }[] } };
}

/** Every door of every Service, and a port beside each, by TCP and UDP; the kernel here may lack SCTP. */
function doorsOf(service: StoredObject): readonly Omit<LabProbe, 'from'>[] {
  const { spec, status } = service as unknown as StoredService;
  const ips = [
    ...(spec.clusterIPs ?? []),
    ...(spec.externalIPs ?? []),
    ...(status?.loadBalancer.ingress ?? []).flatMap(({ ip }) => ip ?? []),
  ].filter((ip) => ip !== 'None');
  const nodeAddresses = [...LAB_NODE.addresses, '127.0.0.1'];
  const ofPorts = spec.ports.flatMap(({ port, protocol, nodePort }) => {
    if (protocol === 'SCTP') return [];
    const own = protocol === 'TCP' ? ('tcp' as const) : ('udp' as const);
    const doors = ips.map((to) => ({ protocol: own, to, port }));
    const nodePorts = nodeAddresses.map((to) => ({ protocol: own, to, port: nodePort ?? 0 }));
    return [...doors, ...(nodePort === undefined ? [] : nodePorts)];
  });
  const beside = ips.slice(0, 1).map((to) => ({ protocol: 'tcp' as const, to, port: 4444 }));
  return [...ofPorts, ...beside];
}

/** Of one family; only the node sends to its loopback address, and from it to nothing else. */
function probesOf({ services }: ServiceCluster, host: LabHost): readonly LabProbe[] {
  const isIpv6 = (address: string) => address.includes(':');
  const doors = services.flatMap(doorsOf);
  return SOURCES[host].flatMap((from) =>
    doors
      .filter(({ to }) => isIpv6(to) === isIpv6(from) && (to !== '127.0.0.1' || from === '127.0.0.1'))
      .filter(({ to }) => from !== '127.0.0.1' || to === '127.0.0.1')
      .map((door) => ({ ...door, from })),
  );
}

interface Foretold {
  readonly probe: LabProbe;
  readonly outcomes: readonly LabOutcome[];
}

function foretold(asked: ServiceCluster, mode: string, host: LabHost): readonly Foretold[] {
  const { cluster, dataplane } = storedSnapshot(asked, mode);
  const node = cluster.nodeByName.get(LAB_NODE.name);
  if (node === undefined) throw new Error('the cluster has no node');
  const inDevice = host === 'client' ? CLIENT_DEVICE : 'kb';
  return probesOf(asked, host).flatMap((probe) => {
    const [src, dst] = [parseIp(probe.from), parseIp(probe.to)];
    if (src === undefined || dst === undefined) return [];
    const said = serviceVerdict({
      ruleset: dataplane.proxyRulesetOf(node, dst.family),
      addresses: node.addresses,
      packet: { protocol: probe.protocol, src, srcPort: 40000, dst, dstPort: probe.port, ttl: 64, mark: 0 },
      ...(host === 'node' ? {} : { inDevice }),
    });
    // All backends are one host here: unless it calls itself, the answer would not pass the node again.
    if (host === 'backend' && !isHairpin(said, probe)) return [];
    return [{ probe, outcomes: outcomesOf(said, probe, dst.family) }];
  });
}

/** Does an endpoint get back what it sends to its Service? */
function isHairpin({ backends }: ServiceVerdict, { from }: LabProbe): boolean {
  return (
    backends.length === 1 && (backends[0] ?? '').startsWith(`${from.includes(':') ? `[${from}]` : from}:`)
  );
}

function outcomesOf(said: ServiceVerdict, probe: LabProbe, family: 4 | 6): readonly LabOutcome[] {
  const isSentHere = SOURCES.node.includes(probe.from);
  // A datagram that is stopped on its way out of the node is the sender's error, whatever stopped it.
  if (isSentHere && probe.protocol === 'udp' && (said.verdict === 'drop' || said.verdict === 'reject')) {
    return [{ result: 'not permitted' }, { result: said.verdict === 'drop' ? 'timeout' : 'refused' }];
  }
  if (said.verdict === 'reject') return [{ result: 'refused' }];
  if (said.verdict === 'drop') return [{ result: 'timeout' }];
  if (said.backends.length === 0) {
    const isNode = LAB_NODE.addresses.includes(probe.to) || probe.to === '127.0.0.1';
    return [{ result: isNode ? 'refused' : 'timeout' }];
  }
  return said.backends.map((backend) => {
    const at = backend.lastIndexOf(':');
    const address = backend.slice(0, at).replace(/^\[|\]$/g, '');
    return {
      result: 'connected',
      peer: said.masquerade ? MASQUERADE[family] : probe.from,
      backend: `${address} ${backend.slice(at + 1)}`,
    };
  });
}

/** How a mode's rules get into the kernel. */
const MODES: readonly {
  readonly mode: string;
  /** Why it cannot be asked here. */
  readonly missing?: string | undefined;
  readonly load: (ruleset: Ruleset) => Parameters<Lab['load']>[0][number];
}[] = [
  {
    mode: 'iptables',
    load: (ruleset) => ({
      command: [ruleset.family === 4 ? 'iptables-restore' : 'ip6tables-restore'],
      text: printIptablesSave(ruleset),
    }),
  },
  {
    mode: 'nftables',
    missing: spawnSync('nft', ['--version']).error && 'not installed: nft',
    load: (ruleset) => ({ command: ['nft', '-f', '-'], text: printNft(ruleset) }),
  },
];

let lab: Lab | undefined;
beforeEach((context) => context.skip(reason !== undefined, reason));
beforeAll(async () => {
  if (reason === undefined) lab = await raiseLab();
});
afterAll(() => lab?.down());

describe.each(MODES)(`$mode mode, seed ${SEED}`, ({ mode, missing, load }) => {
  beforeEach((context) => context.skip(missing !== undefined, missing));
  const counts = new Map<string, number>();

  test.each(clusters.map((cluster, index) => ({ index, cluster })))('cluster $index', async ({ cluster }) => {
    const { cluster: model, dataplane } = storedSnapshot(cluster, mode);
    const node = model.nodeByName.get(LAB_NODE.name);
    if (node === undefined || lab === undefined) throw new Error('there is no node');
    const families = [4, 6] as const;
    lab.load(families.map((family) => load(dataplane.proxyRulesetOf(node, family))));
    const hosts: readonly LabHost[] = ['client', 'node', 'backend'];
    const asked = hosts.map((host) => foretold(cluster, mode, host));
    const got = await Promise.all(
      hosts.map(
        (host, at) =>
          lab?.probe(
            host,
            (asked[at] ?? []).map(({ probe }) => probe),
          ) ?? [],
      ),
    );
    for (const [at, probes] of asked.entries()) {
      for (const [index, { probe, outcomes }] of probes.entries()) {
        const about = `${probe.protocol} ${probe.from} to ${probe.to}:${probe.port} from the ${hosts[at]}`;
        expect(outcomes, about).toContainEqual(got[at]?.[index]);
        const end = outcomes[0]?.result ?? '';
        counts.set(end, (counts.get(end) ?? 0) + 1);
      }
    }
  });

  test('there were hundreds of probes, of every end', () => {
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    expect(total).toBeGreaterThan(RUNS * 30);
    expect([...counts.keys()]).toEqual(expect.arrayContaining(['connected', 'refused', 'timeout']));
  });
});

/**
 * The running kernel and generated policies: NetworkPolicies and ClusterNetworkPolicies as rules of nft between network
 * namespaces. Real connections, by TCP and UDP, over both families, between pods, the node and hosts beyond it, are
 * made where the policy decision allows them and time out where it denies them; a trace says the same.
 */

import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { loadSnapshot, type Snapshot, traceQuestion } from '../../src/index.ts';
import { parseIp } from '../../src/net/ip.ts';
import { decide } from '../../src/policy/decide.ts';
import { partyAt } from '../../src/policy/party.ts';
import { type Manifest, objects, policies } from '../properties/policy-worlds.ts';
import type { LabProbe } from './generated-lab.ts';
import { whyNoNamespaces } from './namespaces.ts';
import { addressesOf, type PolicyHost, type PolicyLab, raisePolicyLab } from './policy-lab.ts';
import { policyTable, type RuleEnd, type RuleWorld } from './policy-rules.ts';

/** Clusters; `K8SNET_KERNEL_RUNS` and `K8SNET_KERNEL_SEED` ask others. */
const RUNS = Number(process.env['K8SNET_KERNEL_RUNS'] ?? 8);
const SEED = Number(process.env['K8SNET_KERNEL_SEED'] ?? 20260101);
const PORTS = [80, 90, 8080];

const reason =
  whyNoNamespaces() ?? (spawnSync('nft', ['--version']).error ? 'not installed: nft' : undefined);

interface World {
  readonly objects: readonly Manifest[];
  readonly policies: readonly Manifest[];
}

/**
 * Every world has policies; pods are on the node of the lab, have an address of each family, and objects are as an API server
 * stores them.
 */
const worlds = fc.sample(
  fc
    .record({ objects, policies })
    .filter((world) => world.policies.length > 1)
    .map((world): World => ({ ...world, objects: world.objects.map(placed) })),
  { numRuns: RUNS, seed: SEED },
);

interface Written {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly containers: readonly { readonly name: string; readonly ports: RuleEnd['ports'] }[];
  };
}

function placed(manifest: Manifest): Manifest {
  const { metadata, spec } = manifest as unknown as Written;
  switch (manifest['kind']) {
    case 'Pod': {
      const podIPs = addressesOf(metadata.name as PolicyHost).map((ip) => ({ ip }));
      return {
        ...manifest,
        spec: { nodeName: 'node-a', containers: spec?.containers },
        status: { phase: 'Running', podIP: podIPs[0]?.ip, podIPs },
      };
    }
    case 'Node': {
      const of = metadata.name === 'node-a' ? addressesOf('node') : addressesOf('beyond').slice(0, 2);
      return { ...manifest, status: { addresses: of.map((address) => ({ type: 'InternalIP', address })) } };
    }
    case 'Namespace': {
      const labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
      return { ...manifest, metadata: { ...metadata, labels } };
    }
    default:
      return manifest;
  }
}

function load({ objects: own, policies: rules }: World): Snapshot {
  const profile = {
    apiVersion: 'k8snet.dev/v1',
    kind: 'Profile',
    input: 'stored',
    ipFamilies: ['IPv4', 'IPv6'],
    podCIDRs: ['10.244.0.0/16', 'fd00:10:244::/56'],
    nodes: [
      { name: 'node-a', podCIDRs: ['10.244.0.0/24', 'fd00:10:244::/64'] },
      { name: 'node-b', podCIDRs: ['10.244.1.0/24', 'fd00:10:244:1::/64'] },
    ],
  };
  const items = [...own, ...rules];
  return loadSnapshot({
    files: [{ name: 'all.json', text: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) }],
    profile: { file: { name: 'k8snet.yaml', text: JSON.stringify(profile) }, flags: { set: [] } },
  });
}

function ruleWorld({ objects: own, policies: rules }: World): RuleWorld {
  const ofKind = (kind: string) =>
    own.filter((each) => each['kind'] === kind).map((each) => each as unknown as Written);
  const end = ({ metadata, spec }: Written, addresses: readonly string[]): RuleEnd => ({
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    labels: metadata.labels ?? {},
    addresses,
    ports: spec?.containers.flatMap(({ ports }) => ports) ?? [],
  });
  return {
    pods: ofKind('Pod').map((pod) => end(pod, addressesOf(pod.metadata.name as PolicyHost))),
    nodes: ofKind('Node').map((node) =>
      end(node, node.metadata.name === 'node-a' ? addressesOf('node') : addressesOf('beyond').slice(0, 2)),
    ),
    namespaceLabels: new Map(
      ofKind('Namespace').map(({ metadata: { name, labels = {} } }) => [name, labels]),
    ),
    policies: rules,
  };
}

/** From each end to each other one, where one of them is a pod. */
function probesOf({ pods }: RuleWorld): ReadonlyMap<PolicyHost, readonly LabProbe[]> {
  const isPod = (host: PolicyHost) => host.startsWith('pod-');
  const hosts: readonly PolicyHost[] = [...pods.map(({ name }) => name as PolicyHost), 'node', 'beyond'];
  return new Map(
    hosts.map((from) => {
      const ends = addressesOf(from).flatMap((source) =>
        hosts
          .filter((to) => isPod(from) || isPod(to))
          .flatMap(addressesOf)
          .filter((to) => to.includes(':') === source.includes(':'))
          .map((to) => ({ from: source, to })),
      );
      const probes = ends.flatMap((pair) =>
        (['tcp', 'udp'] as const).flatMap((protocol) => PORTS.map((port) => ({ ...pair, protocol, port }))),
      );
      return [from, probes] as const;
    }),
  );
}

function decided(snapshot: Snapshot, { from, to, protocol, port }: LabProbe): 'connected' | 'timeout' {
  const party = (text: string) => {
    const ip = parseIp(text);
    if (ip === undefined) throw new Error(text);
    return partyAt(snapshot.cluster, ip);
  };
  const { action } = decide(snapshot.policies, { from: party(from), to: party(to), protocol, port });
  return action === 'allow' ? 'connected' : 'timeout';
}

/** What a trace from a pod or the node says of the same connection; from beyond it no road leads to a pod's address. */
function traced(snapshot: Snapshot, host: PolicyHost, probe: LabProbe): string | undefined {
  if (host === 'beyond') return undefined;
  const pod = snapshot.cluster.pods.find(({ name }) => name === host);
  const to = probe.to.includes(':') ? `[${probe.to}]:${probe.port}` : `${probe.to}:${probe.port}`;
  const from = pod === undefined ? 'node/node-a' : `${pod.namespace}/pod/${pod.name}`;
  const answer = traceQuestion(snapshot, { from, to, protocol: probe.protocol, dns: false });
  const [path] = answer.paths;
  return path?.disposition.startsWith('denied') ? 'timeout' : 'connected';
}

let lab: PolicyLab | undefined;
beforeEach((context) => context.skip(reason !== undefined, reason));
beforeAll(async () => {
  if (reason === undefined) lab = await raisePolicyLab(PORTS);
});
afterAll(() => lab?.down());

const counts = new Map<string, number>();

test.each(worlds.map((world, index) => ({ index, world })))(
  `cluster $index of seed ${SEED}`,
  async ({ world }) => {
    const snapshot = load(world);
    const rules = ruleWorld(world);
    const probes = [...probesOf(rules)];
    lab?.load(policyTable(rules));
    const got = await Promise.all(probes.map(async ([host, asked]) => (await lab?.probe(host, asked)) ?? []));
    for (const [at, [host, asked]] of probes.entries()) {
      for (const [index, probe] of asked.entries()) {
        const about = `${probe.protocol} ${probe.from} to ${probe.to}:${probe.port} from ${host}\n${JSON.stringify(world.policies)}\n${JSON.stringify(world.objects)}`;
        const result = got[at]?.[index]?.result ?? '';
        expect(decided(snapshot, probe), about).toBe(result);
        expect(traced(snapshot, host, probe) ?? result, about).toBe(result);
        counts.set(`${probe.protocol} ${result}`, (counts.get(`${probe.protocol} ${result}`) ?? 0) + 1);
      }
    }
  },
);

test('new rules judge a datagram that leaves from the port of an earlier one', async () => {
  const ends = { from: '10.0.0.11', fromPort: 45_000, to: '10.244.0.2', port: 80 };
  const probe: LabProbe = { protocol: 'udp', ...ends };
  const results = [];
  for (const verdict of ['accept', 'drop']) {
    const hook = `type filter hook forward priority 0; policy ${verdict};`;
    lab?.load(`table inet policies {\nchain forward {\n${hook}\nct state established accept\n}\n}`);
    results.push((await lab?.probe('beyond', [probe]))?.[0]?.result);
  }
  expect(results).toEqual(['connected', 'timeout']);
});

test('there were hundreds of connections of every sort', () => {
  const sorts = ['tcp connected', 'tcp timeout', 'udp connected', 'udp timeout'];
  expect([...counts.keys()].sort()).toEqual(sorts);
  for (const sort of sorts) expect(counts.get(sort), sort).toBeGreaterThan(RUNS * 20);
});

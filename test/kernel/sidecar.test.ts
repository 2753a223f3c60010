/**
 * The rules of a sidecar in the running kernel: they are loaded into the network namespace of a pod, and connections of
 * the application, of the proxy (uid 1337) and from outside end where the walk says, with the peer that it says.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { groupBy } from '../../src/collections/grouping.ts';
import { loadSnapshot, type Snapshot } from '../../src/index.ts';
import { parseIp } from '../../src/net/ip.ts';
import { printIptablesSave } from '../../src/netfilter/print-iptables.ts';
import { traceFlow } from '../../src/trace/tracer.ts';
import { CLIENT, run, whyNoNamespaces } from './namespaces.ts';
import { RESPONDER } from './probes.ts';

const reason = whyNoNamespaces();
const POD = '10.244.1.5';
/** The address of the bridge, so of the node. */
const NODE = '10.244.1.1';
const PORTS = [80, 443, 3306, 8080, 9090, 15001, 15006, 15020];
const NAMES = { pod: `k8snet-${process.pid}-mesh`, node: `k8snet-${process.pid}-meshn` } as const;

const APP = { uid: 65534, gid: 65534 };
const PROXY = { uid: 1337, gid: 1337 };

interface Asked {
  readonly title: string;
  readonly in: 'pod' | 'node';
  readonly owner: typeof APP;
  readonly from?: string;
  readonly to: string;
  readonly port: number;
}

const ASKED: readonly Asked[] = [
  { title: 'the application asks a Service', in: 'pod', owner: APP, to: '10.96.0.10', port: 80 },
  { title: 'the application asks its node', in: 'pod', owner: APP, to: NODE, port: 443 },
  { title: 'the application asks a database', in: 'pod', owner: APP, to: NODE, port: 3306 },
  { title: 'the application asks itself', in: 'pod', owner: APP, to: '127.0.0.1', port: 8080 },
  { title: 'the application asks its pod', in: 'pod', owner: APP, to: POD, port: 8080 },
  { title: 'the proxy asks another host', in: 'pod', owner: PROXY, to: NODE, port: 80 },
  { title: 'the proxy asks its own pod', in: 'pod', owner: PROXY, to: POD, port: 8080 },
  { title: 'the proxy delivers', in: 'pod', owner: PROXY, from: '127.0.0.6', to: POD, port: 8080 },
  { title: 'the node asks the application', in: 'node', owner: APP, to: POD, port: 8080 },
  { title: 'the node asks another port', in: 'node', owner: APP, to: POD, port: 9090 },
  { title: 'the node asks the agent', in: 'node', owner: APP, to: POD, port: 15020 },
];

const SETTINGS = [
  {},
  { excludeOutboundPorts: '3306', excludeInboundPorts: '9090' },
  { includeInboundPorts: '9090', excludeOutboundIPRanges: '10.244.0.0/16' },
  { includeOutboundIPRanges: '10.96.0.0/12', includeInboundPorts: '' },
];

function snapshotWith(annotations: Readonly<Record<string, string>>): Snapshot {
  const all = Object.entries(annotations).map(([key, value]) => [`traffic.sidecar.istio.io/${key}`, value]);
  const objects = [
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'node-a' },
      spec: { podCIDR: '10.244.1.0/24', podCIDRs: ['10.244.1.0/24'] },
      status: { addresses: [{ type: 'InternalIP', address: '10.0.0.11' }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'web',
        labels: { 'sidecar.istio.io/inject': 'true' },
        annotations: Object.fromEntries(all),
      },
      spec: { nodeName: 'node-a', containers: [{ name: 'web', image: 'web' }] },
      status: { podIP: POD, podIPs: [{ ip: POD }], phase: 'Running' },
    },
  ];
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  return loadSnapshot({
    files: [{ name: 'all.json', text }],
    profile: { flags: { set: [], cni: 'flannel' } },
  });
}

/** Port and peer of whoever takes the connection, as the walk has it. */
function told({ dataplane, profile }: Snapshot, asked: Asked): string {
  const dst = parseIp(asked.to);
  const src = asked.from === undefined ? undefined : parseIp(asked.from);
  if (dst === undefined) throw new Error(asked.to);
  const world = { dataplane, serviceCidrs: profile.serviceCidrs, podCidrs: profile.podCidrs };
  const [walk] = traceFlow(world, {
    from: asked.in === 'pod' ? 'pod/default/web' : 'node/node-a',
    protocol: 'tcp',
    srcPort: 40000,
    dst,
    dstPort: asked.port,
    owner: asked.owner,
    ...(src === undefined ? {} : { src }),
  });
  const packet = walk?.taker?.packet;
  return packet === undefined ? `${walk?.disposition}` : `${packet.dstPort} sees ${packet.src.text}`;
}

interface Answer {
  readonly result: string;
  readonly peer?: string;
  readonly backend?: string;
}

/** The same of the kernel; who shares a namespace and an owner asks at once. */
function seen(all: readonly Asked[]): ReadonlyMap<Asked, string> {
  const groups = groupBy(all, ({ in: host, owner }) => `${host} ${owner.uid}`);
  return new Map([...groups.values()].flatMap(askedTogether));
}

function askedTogether(group: readonly Asked[]): readonly (readonly [Asked, string])[] {
  const [first] = group;
  if (first === undefined) return [];
  const { uid, gid } = first.owner;
  const probes = group.map(({ from, to, port }) => ({ from, to, port }));
  const own = ['setpriv', '--reuid', `${uid}`, '--regid', `${gid}`, '--clear-groups'];
  const command = [...own, process.execPath, '-e', CLIENT, JSON.stringify([probes, false])];
  const answers = JSON.parse(run(['ip', 'netns', 'exec', NAMES[first.in], ...command])) as readonly Answer[];
  return answers.map(({ result, peer, backend }, index) => [
    group[index] as Asked,
    result === 'connected' ? `${backend?.split(' ')[1]} sees ${peer}` : result,
  ]);
}

describe.skipIf(reason !== undefined)(`sidecar rules in the kernel${reason ? ` (${reason})` : ''}`, () => {
  const servers: ChildProcess[] = [];

  beforeAll(async () => {
    const { pod, node } = NAMES;
    for (const name of [pod, node]) run(['ip', 'netns', 'add', name]);
    run(['ip', '-n', node, 'link', 'add', 'veth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pod]);
    for (const [name, device, address] of [
      [node, 'veth0', `${NODE}/24`],
      [pod, 'eth0', `${POD}/24`],
    ] as const) {
      run(['ip', '-n', name, 'link', 'set', 'lo', 'up']);
      run(['ip', '-n', name, 'address', 'add', address, 'dev', device]);
      run(['ip', '-n', name, 'link', 'set', device, 'up']);
    }
    run(['ip', '-n', pod, 'route', 'add', 'default', 'via', NODE]);
    for (const name of [pod, node]) {
      const given = JSON.stringify({ addresses: ['0.0.0.0'], ports: PORTS });
      const server = spawn('ip', ['netns', 'exec', name, process.execPath, '-e', RESPONDER, given]);
      servers.push(server);
      await new Promise((resolve) => server.stdout?.once('data', resolve));
    }
  });

  afterAll(() => {
    for (const server of servers) server.kill();
    for (const name of Object.values(NAMES)) spawnSync('ip', ['netns', 'del', name]);
  });

  test.each(SETTINGS)('%j', (annotations) => {
    const snapshot = snapshotWith(annotations);
    const ruleset = snapshot.dataplane.namespace('pod/default/web')?.ruleset?.(4);
    if (ruleset === undefined) throw new Error('the pod has no rules');
    run(['ip', 'netns', 'exec', NAMES.pod, 'iptables-restore'], printIptablesSave(ruleset));
    const engine = ASKED.map((asked) => [asked.title, told(snapshot, asked)]);
    const kernel = seen(ASKED);
    expect(ASKED.map((asked) => [asked.title, kernel.get(asked)])).toEqual(engine);
    expect(engine).toContainEqual(['the proxy delivers', '8080 sees 127.0.0.6']);
  });
});

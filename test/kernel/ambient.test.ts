/**
 * The rules and routes of istio-cni in the running kernel: they are loaded into the network namespace of a pod, and
 * connections of the application, of ztunnel (whose packets have the mark 0x539) and from outside end where the walk says,
 * with the peer that it says; answers to an address that is another host's come back to ztunnel.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadSnapshot, type Snapshot } from '../../src/index.ts';
import { parseIp } from '../../src/net/ip.ts';
import { printIptablesSave } from '../../src/netfilter/print-iptables.ts';
import { traceFlow } from '../../src/trace/tracer.ts';
import { CLIENT, run, whyNoNamespaces } from './namespaces.ts';
import { RESPONDER } from './probes.ts';

const reason =
  whyNoNamespaces() ??
  (spawnSync('python3', ['--version']).error === undefined
    ? undefined
    : 'python3, which sets marks, is not installed');
const POD = '10.244.1.5';
/** The address of the bridge, so of the node. */
const NODE = '10.244.1.1';
/** What istio-cni has probes of the kubelet come from. */
const PROBES = '169.254.7.127';
const PORTS = [80, 8080, 9090, 15001, 15006, 15008];
/** Of a client outside, whose packets the node forwards. */
const FAR = '192.0.2.9';
const NAMES = {
  pod: `k8snet-${process.pid}-amb`,
  node: `k8snet-${process.pid}-ambn`,
  far: `k8snet-${process.pid}-ambf`,
} as const;

const MARK = 0x539;

/** As ztunnel does: SO_MARK, and IP_TRANSPARENT to bind to the address of another host. */
const ZTUNNEL = `
import json, socket, sys
asked = json.loads(sys.argv[1])
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, 36, ${MARK})
s.setsockopt(socket.SOL_IP, 19, 1)
s.settimeout(1.7)
try:
    if 'from' in asked: s.bind((asked['from'], 0))
    s.connect((asked['to'], asked['port']))
    text = b''
    while True:
        part = s.recv(4096)
        if not part: break
        text += part
    print(json.dumps([{'result': 'connected', **json.loads(text)}]))
except Exception as error:
    print(json.dumps([{'result': str(error)}]))
`;

interface Asked {
  readonly title: string;
  readonly in: 'pod' | 'node' | 'far';
  readonly by?: 'ztunnel';
  readonly from?: string;
  readonly to: string;
  readonly port: number;
}

const ASKED: readonly Asked[] = [
  { title: 'the application asks a Service', in: 'pod', to: '10.96.0.10', port: 80 },
  { title: 'the application asks its node', in: 'pod', to: NODE, port: 8080 },
  { title: 'the application asks HBONE of another host', in: 'pod', to: NODE, port: 15008 },
  { title: 'the application asks itself', in: 'pod', to: '127.0.0.1', port: 8080 },
  { title: 'the application asks its pod', in: 'pod', to: POD, port: 8080 },
  { title: 'ztunnel asks another host', in: 'pod', by: 'ztunnel', to: NODE, port: 15008 },
  { title: 'ztunnel passes on', in: 'pod', by: 'ztunnel', to: NODE, port: 80 },
  { title: 'ztunnel delivers', in: 'pod', by: 'ztunnel', from: NODE, to: POD, port: 8080 },
  {
    title: 'ztunnel delivers for a far client',
    in: 'pod',
    by: 'ztunnel',
    from: '10.9.8.7',
    to: POD,
    port: 9090,
  },
  { title: 'ztunnel asks its own pod', in: 'pod', by: 'ztunnel', to: POD, port: 15008 },
  { title: 'a client asks the application', in: 'far', to: POD, port: 8080 },
  { title: 'a client opens HBONE', in: 'far', to: POD, port: 15008 },
  { title: 'the kubelet probes', in: 'node', to: POD, port: 8080 },
];

const ANNOTATIONS = [{}, { 'ambient.istio.io/bypass-inbound-capture': 'true' }];

function snapshotWith(annotations: Readonly<Record<string, string>>): Snapshot {
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
      metadata: { name: 'web', labels: { 'istio.io/dataplane-mode': 'ambient' }, annotations },
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
  const { serviceCidrs, podCidrs } = profile;
  const hosts = { pod: 'pod/default/web', node: 'node/node-a', far: `external/${FAR}` } as const;
  const world = { dataplane, serviceCidrs, podCidrs, entry: 'node-a' };
  const [walk] = traceFlow(world, {
    from: hosts[asked.in],
    protocol: 'tcp',
    srcPort: 40000,
    dst,
    dstPort: asked.port,
    ...(asked.by === 'ztunnel' ? { mark: MARK } : {}),
    ...(src === undefined ? {} : { src }),
  });
  const packet = walk?.taker?.packet;
  if (packet === undefined || walk?.reply?.disposition !== 'accepted') return 'nothing comes back';
  return `${packet.dstPort} sees ${packet.src.text}`;
}

interface Answer {
  readonly result: string;
  readonly peer?: string;
  readonly backend?: string;
}

/** The same of the kernel. */
function seen({ in: host, by, from, to, port }: Asked): string {
  const program =
    by === 'ztunnel'
      ? ['python3', '-c', ZTUNNEL, JSON.stringify({ from, to, port })]
      : [process.execPath, '-e', CLIENT, JSON.stringify([[{ from, to, port }], false])];
  const answers = run(['ip', 'netns', 'exec', NAMES[host], ...program]);
  const [answer] = JSON.parse(answers) as readonly Answer[];
  return answer?.result === 'connected'
    ? `${answer.backend?.split(' ')[1]} sees ${answer.peer}`
    : 'nothing comes back';
}

describe.skipIf(reason !== undefined)(`ambient rules in the kernel${reason ? ` (${reason})` : ''}`, () => {
  const servers: ChildProcess[] = [];

  beforeAll(async () => {
    const { pod, node, far } = NAMES;
    for (const name of [pod, node, far]) run(['ip', 'netns', 'add', name]);
    run(['ip', '-n', node, 'link', 'add', 'veth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pod]);
    run(['ip', '-n', node, 'link', 'add', 'veth1', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', far]);
    for (const [name, device, address] of [
      [node, 'veth0', `${NODE}/24`],
      [node, 'veth1', '192.0.2.1/24'],
      [pod, 'eth0', `${POD}/24`],
      [far, 'eth0', `${FAR}/24`],
    ] as const) {
      run(['ip', '-n', name, 'link', 'set', 'lo', 'up']);
      run(['ip', '-n', name, 'address', 'add', address, 'dev', device]);
      run(['ip', '-n', name, 'link', 'set', device, 'up']);
    }
    run(['ip', '-n', pod, 'route', 'add', 'default', 'via', NODE]);
    run(['ip', '-n', far, 'route', 'add', 'default', 'via', '192.0.2.1']);
    run(['ip', 'netns', 'exec', node, 'sysctl', '-qw', 'net.ipv4.ip_forward=1']);
    // istio/istio:cni/pkg/iptables/iptables_linux.go AddInpodMarkIPRule, AddLoopbackRoutes.
    run(['ip', '-n', pod, 'rule', 'add', 'fwmark', '0x111/0xfff', 'pref', '32764', 'lookup', '100']);
    run(['ip', '-n', pod, 'route', 'add', 'local', '0.0.0.0/0', 'dev', 'lo', 'table', '100']);
    // AppendHostRules, with the one pod in the place of the set.
    const probes = [
      '-m',
      'owner',
      '--socket-exists',
      '-p',
      'tcp',
      '-d',
      POD,
      '-j',
      'SNAT',
      '--to-source',
      PROBES,
    ];
    run(['ip', 'netns', 'exec', node, 'iptables', '-t', 'nat', '-A', 'POSTROUTING', ...probes]);
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

  test.each(ANNOTATIONS)('%j', (annotations) => {
    const snapshot = snapshotWith(annotations);
    const ruleset = snapshot.dataplane.namespace('pod/default/web')?.ruleset?.(4);
    if (ruleset === undefined) throw new Error('the pod has no rules');
    run(['ip', 'netns', 'exec', NAMES.pod, 'iptables-restore'], printIptablesSave(ruleset));
    const engine = ASKED.map((asked) => [asked.title, told(snapshot, asked)]);
    expect(ASKED.map((asked) => [asked.title, seen(asked)])).toEqual(engine);
    expect(engine).toContainEqual(['the kubelet probes', `8080 sees ${PROBES}`]);
  });
});

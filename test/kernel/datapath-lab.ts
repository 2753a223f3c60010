/**
 * Two nodes, their pods and an outside client in network namespaces, made of nothing but the lines that the datapath
 * prints; every device is listened on.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import type { NetworkNamespace } from '../../src/dataplane/network.ts';
import { type DatapathLines, datapathLines } from '../../src/dataplane/print-datapath.ts';
import type { Snapshot } from '../../src/index.ts';
import { printIptablesSave } from '../../src/netfilter/print-iptables.ts';
import { type Capture, captureIn, type Seen } from './capture.ts';
import { run } from './namespaces.ts';

export const CLIENT_ADDRESS = '203.0.113.9';
/** Where every namespace has a server. */
const PORT = 8080;
const SERVER = `require('net').createServer((s) => { s.on('error', () => {}); s.end('x'); }).listen(${PORT}, '0.0.0.0', () => process.stdout.write('ready'));`;
const CLIENT = `
  const [host, port, localPort] = JSON.parse(process.argv[1]);
  const socket = require('net').connect({ host, port, localPort, timeout: 1500 });
  const end = (word) => { socket.destroy(); process.stdout.write(word); };
  socket.on('connect', () => end('connected'));
  socket.on('timeout', () => end('timeout'));
  socket.on('error', (error) => end(error.code));
`;

export interface DatapathLab {
  /** Opens a connection. @returns what came of it and what each place saw. */
  /** Loads the packet filter of a snapshot with the same nodes and pods. */
  load(snapshot: Snapshot): void;
  connect(
    from: string,
    to: readonly [host: string, port: number, localPort: number],
  ): Promise<{ readonly result: string; readonly seen: ReadonlyMap<string, readonly Seen[]> }>;
  down(): void;
}

interface Place {
  readonly name: string;
  readonly netns: string;
}

/** Builds the lab. @throws when the kernel refuses a line. */
export async function raiseDatapath(snapshot: Snapshot): Promise<DatapathLab> {
  const { cluster, dataplane } = snapshot;
  const netns = (id: string) =>
    `k8snet-${process.pid}-${id.replace(/^(node|pod|external)\//, '').replaceAll('/', '-')}`;
  const nodes = cluster.nodes.map(({ name }) => known(dataplane.namespace(`node/${name}`)));
  const pods = cluster.pods.map(({ key }) => known(dataplane.namespace(`pod/${key}`)));
  const places: readonly Place[] = [
    ...[...nodes, ...pods].map(({ id, place }) => ({ name: place.name, netns: netns(id) })),
    { name: CLIENT_ADDRESS, netns: netns(`external/${CLIENT_ADDRESS}`) },
  ];
  const link = `k8snet-${process.pid}-link`;
  const processes: ChildProcess[] = [];
  const captures = new Map<string, Capture>();
  const down = (): void => {
    for (const each of captures.values()) each.stop();
    for (const each of processes) each.kill();
    for (const name of [...places.map((each) => each.netns), link]) tryRun(['ip', 'netns', 'del', name]);
  };
  try {
    for (const name of [...places.map((each) => each.netns), link]) run(['ip', 'netns', 'add', name]);
    for (const name of places.map((each) => each.netns)) quiet(name);
    joinUplinks(link, [...nodes.map(({ id }) => netns(id)), netns(`external/${CLIENT_ADDRESS}`)]);
    outside(netns(`external/${CLIENT_ADDRESS}`), link);
    for (const node of nodes) apply(netns(node.id), datapathLines(node, { netns }));
    for (const pod of pods) apply(netns(pod.id), datapathLines(pod, { netns }));
    if (dataplane.cni.facets.fabric.underlayKnowsPods) joinPods(cluster.nodes, netns);
    for (const each of places) {
      processes.push(await serve(each.netns));
      captures.set(each.name, await captureIn(each.netns));
    }
  } catch (error) {
    down();
    throw error;
  }
  return {
    load: (other) => {
      for (const node of other.cluster.nodes) {
        inside(netns(node.name), ['iptables-restore'], printIptablesSave(other.dataplane.rulesetOf(node, 4)));
      }
    },
    async connect(from, to) {
      const place = known(places.find(({ name }) => name === from));
      warmNeighbor(
        places,
        pods.find((pod) => pod.place.name === from),
      );
      await new Promise((resolve) => setTimeout(resolve, 60));
      for (const capture of captures.values()) capture.take();
      const result = inside(place.netns, [process.execPath, '-e', CLIENT, JSON.stringify(to)]);
      await new Promise((resolve) => setTimeout(resolve, 150));
      return { result, seen: new Map([...captures].map(([name, capture]) => [name, capture.take()])) };
    },
    down,
  };
}

/**
 * On a bridge a frame whose neighbour is not resolved is seen once more (docs/semantics/datapath.md): the node knows the
 * sender, whom it has just heard, and nobody else.
 */
function warmNeighbor(places: readonly Place[], pod: NetworkNamespace | undefined): void {
  const node = places.find(({ name }) => name === pod?.place.node);
  if (node === undefined || pod?.place.address === undefined) return;
  tryRun(['ip', '-n', node.netns, 'neigh', 'flush', 'dev', 'cni0']);
  const probe = `require('net').connect({ host: '${pod.place.address.text}', port: ${PORT} }).on('connect', () => process.exit()).on('error', () => process.exit())`;
  inside(node.netns, [process.execPath, '-e', probe]);
}

/** A switch between the uplinks, with the router that nodes have their default route by. */
function joinUplinks(link: string, ends: readonly string[]): void {
  inside(link, ['ip', 'link', 'add', 'switch', 'type', 'bridge']);
  inside(link, ['ip', 'link', 'set', 'switch', 'up']);
  for (const [index, end] of ends.entries()) {
    run(['ip', '-n', end, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', `p${index}`, 'netns', link]);
    inside(link, ['ip', 'link', 'set', `p${index}`, 'master', 'switch', 'up']);
  }
  inside(link, ['ip', 'address', 'add', '10.0.0.1/24', 'dev', 'switch']);
  inside(link, ['ip', 'route', 'add', `${CLIENT_ADDRESS}/32`, 'dev', 'switch']);
  inside(link, [
    'sysctl',
    '-qw',
    'net.ipv4.ip_forward=1',
    'net.ipv4.conf.switch.send_redirects=0',
    'net.ipv4.conf.all.send_redirects=0',
  ]);
}

/** A cloud's network delivers pods' addresses: here each node answers for its own on the link. */
function joinPods(nodes: Snapshot['cluster']['nodes'], netns: (id: string) => string): void {
  for (const node of nodes) {
    inside(netns(node.name), [
      'sysctl',
      '-qw',
      'net.ipv4.conf.eth0.proxy_arp=1',
      'net.ipv4.neigh.eth0.proxy_delay=0',
    ]);
    const others = nodes.filter((other) => other !== node).flatMap(({ podCidrs }) => podCidrs);
    batch(
      netns(node.name),
      others.map(({ text }) => `route replace ${text} dev eth0`),
    );
  }
}

/** The client sits on the nodes' link; nodes reach it there, so that no router takes a TTL. */
function outside(netns: string, link: string): void {
  batch(netns, [
    'link set lo up',
    `address add ${CLIENT_ADDRESS}/32 dev eth0`,
    'link set eth0 up',
    'route add default dev eth0',
  ]);
  inside(link, ['sysctl', '-qw', 'net.ipv4.conf.switch.proxy_arp=0']);
}

function quiet(netns: string): void {
  inside(netns, [
    'sysctl',
    '-qw',
    'net.ipv6.conf.all.disable_ipv6=1',
    'net.ipv4.conf.all.rp_filter=0',
    'net.ipv4.conf.default.rp_filter=0',
    'net.ipv4.conf.all.send_redirects=0',
    'net.ipv4.conf.default.send_redirects=0',
  ]);
}

function apply(netns: string, lines: DatapathLines): void {
  batch(netns, lines.ip);
  if (lines.bridge.length > 0) run(['bridge', '-n', netns, '-batch', '-'], `${lines.bridge.join('\n')}\n`);
  if (lines.sysctl.length > 0) inside(netns, ['sysctl', '-qw', ...lines.sysctl]);
  // The measured client is on the link, where a real one is behind a router.
  if (lines.sysctl.includes('net.ipv4.ip_forward=1')) {
    batch(netns, [`route replace ${CLIENT_ADDRESS}/32 dev eth0`]);
  }
}

async function serve(netns: string): Promise<ChildProcess> {
  const server = spawn('ip', ['netns', 'exec', netns, process.execPath, '-e', SERVER], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    server.stdout?.once('data', () => resolve());
    server.once('exit', () => reject(new Error(`no server in ${netns}`)));
  });
  return server;
}

function inside(netns: string, command: readonly string[], stdin = ''): string {
  return run(
    [
      'ip',
      'netns',
      'exec',
      netns.startsWith('k8snet-') ? netns : `k8snet-${process.pid}-${netns}`,
      ...command,
    ],
    stdin,
  );
}

function batch(netns: string, lines: readonly string[]): void {
  run(['ip', '-n', netns, '-batch', '-'], `${lines.join('\n')}\n`);
}

function tryRun(command: readonly string[]): void {
  try {
    run(command);
  } catch {
    // It is not there.
  }
}

function known<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the lab lacks something');
  return value;
}

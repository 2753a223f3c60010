/**
 * A node between clients and backends, whose rules are loaded anew for each generated cluster:
 *
 *   clients 10.1.9.9, 203.0.113.9 … ── kc 192.168.0.2 node kb 10.1.0.254 ── 10.1.0.1 … backends
 */

import { type ChildProcess, spawn } from 'node:child_process';
import type { ProxyNode } from '../oracles/service-clusters.ts';
import { PODS } from '../oracles/service-clusters.ts';
import { freshZone, run } from './namespaces.ts';
import { PROBER, RESPONDER } from './probes.ts';

export type LabHost = 'client' | 'node' | 'backend';

/** One connection, or one datagram and its answer. */
export interface LabProbe {
  readonly protocol: 'tcp' | 'udp';
  readonly from: string;
  /** Any free one without it; datagrams only. */
  readonly fromPort?: number;
  readonly to: string;
  readonly port: number;
}

/** `connected` with both ends' view, or how it failed. */
export interface LabOutcome {
  readonly result: 'connected' | 'refused' | 'timeout' | 'not permitted' | string;
  /** The address that the backend sees as its peer. */
  readonly peer?: string;
  /** The backend's own address and port. */
  readonly backend?: string;
}

export const LAB_NODE: ProxyNode = {
  name: 'node-a',
  addresses: ['192.168.0.2', '10.1.9.1', '203.0.113.1', '10.1.0.254', 'fd01:9::1', 'fd01::fe'],
  devices: {},
  podCIDRs: ['10.1.9.0/24', 'fd01:9::/64'],
  labels: { 'topology.kubernetes.io/zone': 'z1' },
};
/** What a backend sees of a masqueraded connection: the node's address on the way to it. */
export const MASQUERADE: Readonly<Record<4 | 6, string>> = { 4: '10.1.0.254', 6: 'fd01::fe' };
/** The device by which clients reach the node. */
export const CLIENT_DEVICE = 'kc';

const HOSTS: readonly LabHost[] = ['client', 'node', 'backend'];
const PORTS = [8080, 5353];

export interface Lab {
  /** Replaces the node's rules, and forgets its connections: texts by the command that loads them. */
  load(texts: readonly { readonly command: readonly string[]; readonly text: string }[]): void;
  /** All probes at once; what came of each, in their order. */
  probe(host: LabHost, probes: readonly LabProbe[]): Promise<readonly LabOutcome[]>;
  down(): void;
}

/** @throws when the kernel refuses a device or an address. */
export async function raiseLab(): Promise<Lab> {
  let server: ChildProcess | undefined;
  const down = () => {
    server?.kill();
    for (const host of HOSTS) quietly(['ip', 'netns', 'del', nameOf(host)]);
  };
  try {
    wire();
    server = await respond();
  } catch (error) {
    down();
    throw error;
  }
  return {
    load(texts) {
      run([...inside('node'), 'nft', '-f', '-'], `flush ruleset\n${freshZone()}\n`);
      for (const { command, text } of texts) run([...inside('node'), ...command], text);
    },
    probe,
    down,
  };
}

function wire(): void {
  for (const host of HOSTS) {
    run(['ip', 'netns', 'add', nameOf(host)]);
    // Addresses are usable at once, the link-local ones too, which IPv6 routers ask their neighbours from.
    sysctl(host, 'net.ipv6.conf.all.accept_dad=0', 'net.ipv6.conf.default.accept_dad=0');
  }
  batch('node', [
    `link add ${CLIENT_DEVICE} type veth peer name eth0 netns ${nameOf('client')}`,
    `link add kb type veth peer name eth0 netns ${nameOf('backend')}`,
    ...up(CLIENT_DEVICE, '192.168.0.2/24', '10.1.9.1/24', '203.0.113.1/24', 'fd01:9::1/64'),
    ...up('kb', '10.1.0.254/24', 'fd01::fe/64'),
    // What is not rewritten leaves here; nobody is there. Without ARP nobody is asked for either, so that no ICMP error
    // of a neighbour that does not answer comes back, sooner or later by chance.
    'link add uplink type veth peer name nowhere',
    'link set uplink arp off',
    'link set nowhere up',
    'link set uplink up',
    'route add default dev uplink src 192.168.0.2',
    'route add ::/0 dev uplink',
  ]);
  batch('client', [
    ...up('eth0', '10.1.9.9/24', '203.0.113.9/24', '203.0.113.99/24', 'fd01:9::9/64', '2001:db8::9/64'),
    'route add default via 10.1.9.1',
    'route add default via fd01:9::1',
  ]);
  batch('backend', [
    ...up('eth0', ...PODS[4].map((ip) => `${ip}/24`), ...PODS[6].map((ip) => `${ip}/64`)),
    'route add default via 10.1.0.254',
    'route add default via fd01::fe',
  ]);
  run(['ip', '-n', nameOf('node'), 'route', 'add', '2001:db8::/64', 'dev', CLIENT_DEVICE]);
  sysctl(
    'node',
    'net.ipv4.ip_forward=1',
    'net.ipv6.conf.all.forwarding=1',
    'net.ipv4.conf.all.route_localnet=1',
    // Limits on ICMP errors would hide that a probe was refused.
    'net.ipv4.icmp_ratelimit=0',
    'net.ipv6.icmp.ratelimit=0',
  );
}

async function respond(): Promise<ChildProcess> {
  const given = JSON.stringify({ addresses: [...PODS[4], ...PODS[6]], ports: PORTS });
  const [command = '', ...args] = [...inside('backend'), process.execPath, '-e', RESPONDER, given];
  const server = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    server.stdout?.once('data', () => resolve());
    server.once('exit', () => reject(new Error('the backends did not start')));
  });
  return server;
}

async function probe(host: LabHost, probes: readonly LabProbe[]): Promise<readonly LabOutcome[]> {
  const [command = '', ...args] = [...inside(host), process.execPath, '-e', PROBER];
  const prober = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  prober.stdin.end(JSON.stringify(probes));
  let text = '';
  for await (const chunk of prober.stdout) text += String(chunk);
  return JSON.parse(text) as LabOutcome[];
}

function inside(host: LabHost): readonly string[] {
  return ['ip', 'netns', 'exec', nameOf(host)];
}

function nameOf(host: LabHost): string {
  return `k8snet-${process.pid}-lab-${host}`;
}

function up(device: string, ...addresses: readonly string[]): readonly string[] {
  const added = addresses.map((address) => `address add ${address} dev ${device}`);
  return ['link set lo up', ...added, `link set ${device} up`];
}

function batch(host: LabHost, lines: readonly string[]): void {
  run(['ip', '-n', nameOf(host), '-batch', '-'], `${lines.join('\n')}\n`);
}

function sysctl(host: LabHost, ...settings: readonly string[]): void {
  run([...inside(host), 'sysctl', '-qw', ...settings]);
}

/** A command that may find nothing to do, or not be installed. */
function quietly(command: readonly string[]): void {
  try {
    run(command);
  } catch {
    // There was nothing.
  }
}

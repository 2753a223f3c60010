/**
 * A node that forwards between pods in namespaces of their own, and hosts beyond it:
 *
 *   pod-0 10.244.0.2 … pod-3 10.244.0.5 ── node-a 10.0.0.10 ── 10.0.0.11 node-b, 203.0.113.5, 203.0.113.77
 *
 * All of them have an address of each family.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import type { LabOutcome, LabProbe } from './generated-lab.ts';
import { freshZone, run } from './namespaces.ts';
import { PROBER, RESPONDER } from './probes.ts';

/** Where a program runs: pods, the node, and everything beyond it. */
export type PolicyHost = 'pod-0' | 'pod-1' | 'pod-2' | 'pod-3' | 'node' | 'beyond';

const PODS: readonly PolicyHost[] = ['pod-0', 'pod-1', 'pod-2', 'pod-3'];
const HOSTS: readonly PolicyHost[] = [...PODS, 'node', 'beyond'];
const BEYOND = ['10.0.0.11', 'fd00:10::11', '203.0.113.5', '203.0.113.77', '2001:db8::5'];

/** The addresses of a host. */
export function addressesOf(host: PolicyHost): readonly string[] {
  if (host === 'node') return ['10.0.0.10', 'fd00:10::10'];
  if (host === 'beyond') return BEYOND;
  const number = PODS.indexOf(host) + 2;
  return [`10.244.0.${number}`, `fd00:10:244::${number}`];
}

export interface PolicyLab {
  /** Replaces the node's rules, and forgets its connections. */
  load(table: string): void;
  /** All probes at once; what came of each, in their order. */
  probe(host: PolicyHost, probes: readonly LabProbe[]): Promise<readonly LabOutcome[]>;
  down(): void;
}

/**
 * Wires the lab and starts a server on every address, by TCP and UDP.
 * @throws when the kernel refuses a device or an address.
 */
export async function raisePolicyLab(ports: readonly number[]): Promise<PolicyLab> {
  const servers: ChildProcess[] = [];
  const down = () => {
    for (const server of servers) server.kill();
    for (const host of HOSTS) quietly(['ip', 'netns', 'del', nameOf(host)]);
  };
  try {
    wire();
    servers.push(...(await Promise.all(HOSTS.map((host) => respond(host, ports)))));
  } catch (error) {
    down();
    throw error;
  }
  return {
    load: (table) => run([...inside('node'), 'nft', '-f', '-'], `flush ruleset\n${freshZone()}\n${table}\n`),
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
  const forwarding = [
    'net.ipv4.ip_forward=1',
    'net.ipv6.conf.all.forwarding=1',
    'net.ipv6.conf.default.forwarding=1',
  ];
  sysctl('node', ...forwarding);
  batch('node', [
    'link set lo up',
    ...[...PODS, 'beyond' as const].flatMap((host) => [
      `link add ${host} address ${macOf(host, 'node')} type veth peer name eth0 address ${macOf(host, 'end')} netns ${nameOf(host)}`,
      `link set ${host} up`,
      `address add fe80::1/64 dev ${host}`,
    ]),
    ...PODS.map((host) => `address add 169.254.1.1/32 dev ${host}`),
    'address add 10.0.0.10/24 dev beyond',
    'address add fd00:10::10/64 dev beyond',
    'route add default via 10.0.0.11',
    'route add default via fd00:10::11',
    ...PODS.flatMap((host) => addressesOf(host).map((ip) => `route add ${ip} dev ${host}`)),
    // Hundreds of first packets at once are more than wait for a neighbour to be found.
    ...PODS.flatMap((host) => neighbors(host, addressesOf(host), macOf(host, 'end'))),
    ...neighbors('beyond', BEYOND.slice(0, 2), macOf('beyond', 'end')),
  ]);
  for (const host of PODS) {
    batch(host, [
      ...endLines(host),
      'route add 169.254.1.1 dev eth0 scope link',
      `route add default via 169.254.1.1 src ${addressesOf(host)[0]}`,
      'route add default via fe80::1 dev eth0',
      ...neighbors('eth0', ['169.254.1.1', 'fe80::1'], macOf(host, 'node')),
    ]);
  }
  batch('beyond', [
    ...endLines('beyond'),
    'route add 10.0.0.0/24 dev eth0',
    'route add fd00:10::/64 dev eth0',
    'route add default via 10.0.0.10',
    'route add default via fd00:10::10',
    ...neighbors('eth0', addressesOf('node'), macOf('beyond', 'node')),
  ]);
}

/** The hardware address of one end of a host's wire. */
function macOf(host: PolicyHost, end: 'node' | 'end'): string {
  return `02:00:00:00:${end === 'node' ? '01' : '02'}:0${HOSTS.indexOf(host)}`;
}

function neighbors(device: string, addresses: readonly string[], mac: string): readonly string[] {
  return addresses.map((ip) => `neigh replace ${ip} lladdr ${mac} dev ${device} nud permanent`);
}

function endLines(host: PolicyHost): readonly string[] {
  return [
    'link set lo up',
    'link set eth0 up',
    ...addressesOf(host).map((ip) => `address add ${ip}/${ip.includes(':') ? 128 : 32} dev eth0`),
  ];
}

async function respond(host: PolicyHost, ports: readonly number[]): Promise<ChildProcess> {
  const given = JSON.stringify({ addresses: addressesOf(host), ports });
  const [command = '', ...args] = [...inside(host), process.execPath, '-e', RESPONDER, given];
  const server = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    server.stdout?.once('data', () => resolve());
    server.once('exit', () => reject(new Error(`no server in ${host}`)));
  });
  return server;
}

async function probe(host: PolicyHost, probes: readonly LabProbe[]): Promise<readonly LabOutcome[]> {
  const [command = '', ...args] = [...inside(host), process.execPath, '-e', PROBER];
  const prober = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  prober.stdin.end(JSON.stringify(probes));
  let text = '';
  for await (const chunk of prober.stdout) text += String(chunk);
  return JSON.parse(text) as LabOutcome[];
}

function inside(host: PolicyHost): readonly string[] {
  return ['ip', 'netns', 'exec', nameOf(host)];
}

function nameOf(host: PolicyHost): string {
  return `k8snet-${process.pid}-policy-${host}`;
}

function batch(host: PolicyHost, lines: readonly string[]): void {
  run(['ip', '-n', nameOf(host), '-batch', '-'], `${lines.join('\n')}\n`);
}

function sysctl(host: PolicyHost, ...settings: readonly string[]): void {
  run([...inside(host), 'sysctl', '-qw', ...settings]);
}

/** A command that may find nothing to do. */
function quietly(command: readonly string[]): void {
  try {
    run(command);
  } catch {
    // There was nothing.
  }
}

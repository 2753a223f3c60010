/**
 * A whole cluster in network namespaces, wired from the dataplane that the tracer walks: the same devices,
 * addresses, routes, tunnel ends and rules, but run by the kernel.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import type { Device, NetworkNamespace } from '../../src/dataplane/network.ts';
import type { Snapshot } from '../../src/index.ts';
import { printIptablesSave } from '../../src/netfilter/print-iptables.ts';
import { CLIENT, type Connection, run, SERVER } from './namespaces.ts';

export interface ClusterLab {
  /** Connects from a namespace: `default/a1` or `node-a`. */
  connect(from: string, to: string, port: number): Connection;
  /** Runs a command in a namespace. */
  inside(name: string, command: readonly string[]): string;
  down(): void;
}

/**
 * Wires two nodes and their pods; every pod but the first listens on port 8080.
 * @throws when the kernel refuses a device, a route or a rule.
 */
export async function raiseCluster(snapshot: Snapshot): Promise<ClusterLab> {
  const { cluster, dataplane } = snapshot;
  const nodes = cluster.nodes.map(({ name }) => known(dataplane.namespace(`node/${name}`), name));
  const own = cluster.pods.filter(({ namespace }) => namespace === 'default');
  const pods = own.map(({ key }) => known(dataplane.namespace(`pod/${key}`), key));
  const servers: ChildProcess[] = [];
  const down = () => {
    for (const server of servers) server.kill();
    for (const namespace of [...nodes, ...pods]) {
      try {
        run(['ip', 'netns', 'del', nameOf(namespace)]);
      } catch {
        // It was not made.
      }
    }
  };
  try {
    for (const namespace of [...nodes, ...pods]) run(['ip', 'netns', 'add', nameOf(namespace)]);
    joinNodes(nodes);
    for (const node of nodes) wireNode(node, pods);
    for (const pod of pods) configure(pod);
    for (const [index, node] of nodes.entries()) {
      const facts = cluster.nodes[index];
      if (facts === undefined) continue;
      inNamespace(node, ['iptables-restore'], printIptablesSave(dataplane.rulesetOf(facts, 4)));
    }
    for (const pod of pods.slice(1)) servers.push(await serve(pod));
  } catch (error) {
    down();
    throw error;
  }
  const byName = new Map([...nodes, ...pods].map((each) => [each.id.slice(each.id.indexOf('/') + 1), each]));
  return {
    connect(from, to, port) {
      const probe = JSON.stringify([[{ to, port }], true]);
      const text = inNamespace(known(byName.get(from), from), [process.execPath, '-e', CLIENT, probe]);
      return known((JSON.parse(text) as Connection[])[0], to);
    },
    inside: (name, command) => inNamespace(known(byName.get(name), name), command),
    down,
  };
}

/** The underlay: one wire between the nodes' uplinks. */
function joinNodes([first, second]: readonly NetworkNamespace[]): void {
  if (first === undefined || second === undefined) throw new Error('the lab has two nodes');
  run([
    'ip',
    '-n',
    nameOf(first),
    'link',
    'add',
    'eth0',
    'type',
    'veth',
    'peer',
    'name',
    'eth0',
    'netns',
    nameOf(second),
  ]);
}

function wireNode(node: NetworkNamespace, pods: readonly NetworkNamespace[]): void {
  const lines: string[] = [];
  for (const device of node.devices.values()) lines.push(...deviceLines(device, pods));
  batch(node, lines);
  inNamespace(node, ['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.bridge.bridge-nf-call-iptables=1']);
  configure(node);
  for (const { name, link } of node.devices.values()) {
    if (link.kind !== 'tunnel' || link.remotes.by !== 'next-hop') continue;
    for (const [address, remote] of link.remotes.ends) {
      const mac = tunnelMac(address.text);
      batch(node, [`neigh replace ${address.text} lladdr ${mac} dev ${name} nud permanent`]);
      inNamespace(node, [
        'bridge',
        'fdb',
        'replace',
        mac,
        'dev',
        name,
        'dst',
        remote.address.text,
        'self',
        'permanent',
      ]);
    }
  }
}

function deviceLines(
  { name, addresses, link }: Device,
  pods: readonly NetworkNamespace[],
): readonly string[] {
  switch (link.kind) {
    case 'bridge':
      return [`link add ${name} type bridge`];
    case 'veth': {
      const pod = pods.find(({ id }) => id === link.peer.namespace);
      if (pod === undefined) return [];
      return [
        `link add ${name} type veth peer name ${link.peer.device} netns ${nameOf(pod)}`,
        `link set ${name} master ${link.bridge}`,
        `link set ${name} type bridge_slave hairpin ${link.hairpin ? 'on' : 'off'}`,
      ];
    }
    case 'tunnel':
      return [
        `link add ${name} address ${tunnelMac(addresses[0]?.ip.text ?? '')} type vxlan id ${link.vni} local ${link.local.text} dstport ${link.port} nolearning`,
      ];
    case 'loopback':
    case 'dummy':
    case 'uplink':
      return [];
  }
}

/** Addresses, MTU and routes; those that the kernel has made itself are replaced by the same. */
function configure(namespace: NetworkNamespace): void {
  const lines: string[] = [];
  const there = JSON.parse(run(['ip', '-n', nameOf(namespace), '-j', 'link', 'show'])) as {
    ifname: string;
  }[];
  const names = new Set(there.map(({ ifname }) => ifname));
  for (const { name, addresses, mtu } of namespace.devices.values()) {
    if (!names.has(name)) continue;
    lines.push(...addresses.map(({ ip, length }) => `address add ${ip.text}/${length} dev ${name}`));
    lines.push(name === 'lo' ? 'link set lo up' : `link set ${name} mtu ${mtu} up`);
  }
  for (const [prefix, { device, via, onlink }] of namespace.routes.entries) {
    const gateway = via === undefined ? '' : ` via ${via.text}`;
    lines.push(`route replace ${prefix.text}${gateway} dev ${device}${onlink ? ' onlink' : ''}`);
  }
  batch(namespace, lines);
}

async function serve(pod: NetworkNamespace): Promise<ChildProcess> {
  const command = ['netns', 'exec', nameOf(pod), process.execPath, '-e', SERVER];
  const server = spawn('ip', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    server.stdout?.once('data', () => resolve());
    server.once('exit', () => reject(new Error(`no server in ${pod.id}`)));
  });
  return server;
}

/** A hardware address for a tunnel end, from its IPv4 address. */
function tunnelMac(address: string): string {
  return ['0a', '58', ...address.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'))].join(
    ':',
  );
}

function nameOf({ id }: NetworkNamespace): string {
  return `k8snet-${process.pid}-${id.replaceAll('/', '-')}`;
}

function inNamespace(namespace: NetworkNamespace, command: readonly string[], stdin = ''): string {
  return run(['ip', 'netns', 'exec', nameOf(namespace), ...command], stdin);
}

function batch(namespace: NetworkNamespace, lines: readonly string[]): void {
  run(['ip', '-n', nameOf(namespace), '-batch', '-'], `${lines.join('\n')}\n`);
}

function known<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new Error(`no ${name} in the lab`);
  return value;
}

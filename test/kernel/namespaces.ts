/**
 * Network namespaces of the running kernel: a node that forwards, a client and a backend host on either
 * side of it, and connections between them.
 *
 *   client 10.1.9.9, 203.0.113.9 … ── kc 192.168.0.2 node kb 10.1.0.254 ── 10.1.0.1, 10.1.0.2 backend
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';

export type Host = 'client' | 'node' | 'backend';

/** One connection attempt. */
export interface Probe {
  readonly from: string;
  readonly to: string;
  readonly port: number;
}

/** What came of it: both ends' view of a connection, or the error. */
export interface Connection {
  readonly result: 'connected' | 'ECONNREFUSED' | 'timeout' | string;
  /** The address that the backend sees as its peer. */
  readonly peer?: string;
  /** The backend's own address and port. */
  readonly backend?: string;
  /** Whom the client thinks it is connected to. */
  readonly server?: string;
}

const HOSTS: readonly Host[] = ['client', 'node', 'backend'];
/** A node forwards, and serves node ports on loopback; limits on ICMP errors would hide that one was refused. */
const SYSCTLS = [
  'net.ipv4.ip_forward=1',
  'net.ipv6.conf.all.forwarding=1',
  'net.ipv4.conf.all.route_localnet=1',
  'net.ipv4.icmp_ratelimit=0',
  'net.ipv6.icmp.ratelimit=0',
];
/**
 * More than the second until a TCP client sends again: over a virtual wire the answer to its first packet
 * can be there before connect() has let go of the socket, and then the kernel passes over it.
 */
const TIMEOUT_MS = 1600;
const TOOLS = ['ip', 'iptables-restore', 'iptables-save', 'ip6tables-restore', 'ip6tables-save'];

/** Tells every client who it is and whom it has reached. */
export const SERVER = `
  require('net').createServer((socket) => {
    const plain = (address) => address.replace('::ffff:', '');
    const backend = plain(socket.localAddress) + ' ' + socket.localPort;
    socket.on('error', () => {});
    socket.end(JSON.stringify({ peer: plain(socket.remoteAddress), backend }));
  }).listen(8080, '::', () => process.stdout.write('ready'));
`;

export const CLIENT = `
  const connect = ({ from, to, port }) => new Promise((resolve) => {
    const socket = require('net').connect({ host: to, port, localAddress: from, timeout: ${TIMEOUT_MS} });
    let text = '', server;
    const end = (result) => { socket.destroy(); resolve(result); };
    socket.on('connect', () => { server = socket.remoteAddress + ' ' + socket.remotePort; });
    socket.on('data', (chunk) => { text += chunk; });
    socket.on('end', () => end({ result: 'connected', server, ...JSON.parse(text) }));
    socket.on('timeout', () => end({ result: 'timeout' }));
    socket.on('error', (error) => end({ result: error.code }));
  });
  const [probes, inTurn] = JSON.parse(process.argv[1]);
  (async () => {
    const results = [];
    if (inTurn) for (const probe of probes) results.push(await connect(probe));
    else results.push(...await Promise.all(probes.map(connect)));
    process.stdout.write(JSON.stringify(results));
  })();
`;

/** Why the kernel cannot be asked here; undefined: it can. */
export function whyNoNamespaces(): string | undefined {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const missing = TOOLS.filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  const name = nameOf('client');
  const made = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
  if (made.status !== 0) return `no network namespaces here: ${made.stderr.trim()}`;
  const tried = spawnSync('ip', ['netns', 'exec', name, 'iptables-save', '-t', 'nat'], { encoding: 'utf8' });
  spawnSync('ip', ['netns', 'del', name]);
  return tried.status === 0 ? undefined : `no packet filter here: ${tried.stderr.trim()}`;
}

/** Makes the namespaces and starts the backend's server, port 8080 on all its addresses. */
export async function raiseNamespaces(): Promise<{ down(): void }> {
  const dropAll = () => HOSTS.map((host) => spawnSync('ip', ['netns', 'del', nameOf(host)]));
  try {
    wire();
    const server = await startServer();
    const down = () => {
      server.kill();
      dropAll();
    };
    return { down };
  } catch (error) {
    dropAll();
    throw error;
  }
}

function wire(): void {
  for (const host of HOSTS) {
    run(['ip', 'netns', 'add', nameOf(host)]);
    // Addresses are usable at once, the link-local ones too, which IPv6 routers ask their neighbours from.
    inHost(host, ['sysctl', '-qw', 'net.ipv6.conf.all.accept_dad=0', 'net.ipv6.conf.default.accept_dad=0']);
  }
  const [client, backend] = [nameOf('client'), nameOf('backend')];
  batch('node', [
    `link add kc type veth peer name eth0 netns ${client}`,
    `link add kb type veth peer name eth0 netns ${backend}`,
    ...up('kc', '192.168.0.2/24', '10.1.9.1/24', '203.0.113.1/24', 'fd01:9::1/64'),
    ...up('kb', '10.1.0.254/24', 'fd01::fe/64'),
    // What is not rewritten leaves here; nobody is there.
    'link add uplink type veth peer name nowhere',
    'link set nowhere up',
    'link set uplink up',
    'route add default dev uplink src 192.168.0.2',
    'route add ::/0 dev uplink',
  ]);
  batch('client', [
    ...up('eth0', '10.1.9.9/24', '203.0.113.9/24', '203.0.113.99/24', 'fd01:9::9/64'),
    'route add default via 10.1.9.1',
    'route add default via fd01:9::1',
  ]);
  batch('backend', [
    ...up('eth0', '10.1.0.1/24', '10.1.0.2/24', 'fd01::1/64'),
    'route add default via 10.1.0.254',
    'route add default via fd01::fe',
  ]);
  inHost('node', ['sysctl', '-qw', ...SYSCTLS]);
}

/**
 * Connects from a host, all at once or one after the other.
 * @returns what came of each probe, in their order.
 */
export function connect(
  host: Host,
  probes: readonly Probe[],
  order: 'at once' | 'in turn' = 'at once',
): readonly Connection[] {
  const given = JSON.stringify([probes, order === 'in turn']);
  return JSON.parse(inHost(host, [process.execPath, '-e', CLIENT, given])) as Connection[];
}

/** Runs a command in a host. @returns its output. */
export function inHost(host: Host, command: readonly string[], stdin = ''): string {
  return run(['ip', 'netns', 'exec', nameOf(host), ...command], stdin);
}

async function startServer(): Promise<ChildProcess> {
  const command = ['netns', 'exec', nameOf('backend'), process.execPath, '-e', SERVER];
  const server = spawn('ip', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    server.stdout?.once('data', () => resolve());
    server.once('exit', () => reject(new Error('the server did not start')));
  });
  return server;
}

/** Names of our own, so that runs side by side do not meet. */
function nameOf(host: Host): string {
  return `k8snet-${process.pid}-${host}`;
}

function up(device: string, ...addresses: readonly string[]): readonly string[] {
  const added = addresses.map((address) => `address add ${address} dev ${device}`);
  return ['link set lo up', ...added, `link set ${device} up`];
}

function batch(host: Host, lines: readonly string[]): void {
  run(['ip', '-n', nameOf(host), '-batch', '-'], `${lines.join('\n')}\n`);
}

export function run([command = '', ...args]: readonly string[], stdin = ''): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    input: stdin,
    encoding: 'utf8',
    timeout: 20_000,
  });
  if (status !== 0) throw new Error(`${command} ${args.slice(0, 5).join(' ')}: ${stderr}`);
  return stdout;
}

let zones = 0;

/**
 * A table that lets the kernel's connection tracking begin anew: packets are looked up in a zone that no earlier call
 * names. Without it a datagram that happens to leave from a port of an earlier one is taken for a part of its
 * connection, whatever the rules now say (udp stays for two minutes; flushing rules leaves connections).
 */
export function freshZone(): string {
  zones += 1;
  const chains = ['prerouting', 'output'].map(
    (hook) => `chain ${hook} {\n  type filter hook ${hook} priority -310;\n  ct zone set ${zones}\n}`,
  );
  return ['table inet zone {', ...chains, '}'].join('\n');
}

/** A real Envoy on loopback with the routes of generated worlds, backends behind it, and requests sent to it. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { arrivedLine, localLine } from '../oracles/envoy/answers.ts';
import { BACKENDS, envoyConfiguration } from '../oracles/envoy/configuration.ts';
import { type AskedRequest, isShared, type World } from '../oracles/envoy/manifests.ts';

const PROGRAM = process.env['K8SNET_ENVOY'] ?? 'envoy';
/** Of a share of a third, none comes in so many tries once in ten million. */
const TRIES = 40;

/** `1.40.0`; undefined: there is no Envoy to ask. */
export function envoyVersion(): string | undefined {
  const { status, stdout } = spawnSync(PROGRAM, ['--version'], { encoding: 'utf8' });
  return status === 0 ? /\/(\d+\.\d+\.\d+)/.exec(stdout)?.[1] : undefined;
}

export interface RunningEnvoy {
  /** What can become of a request to a world, each as a line, sorted. */
  ask(world: number, request: AskedRequest): Promise<readonly string[]>;
  stop(): void;
}

/** Starts Envoy with a listener for each world. @throws Error when it does not come up, with what it says. */
export async function startEnvoy(worlds: readonly World[]): Promise<RunningEnvoy> {
  const servers = await Promise.all(BACKENDS.map(([backend]) => backendServer(backend)));
  const ports = servers.map(portOf);
  const backends = new Map(BACKENDS.map(([backend], index) => [backend, ports[index] ?? 0]));
  const listeners = await freePorts(worlds.length);
  const folder = mkdtempSync(join(tmpdir(), 'k8snet-envoy-'));
  const file = join(folder, 'envoy.json');
  writeFileSync(file, JSON.stringify(envoyConfiguration(worlds, { listeners, backends })));
  const options = ['--concurrency', '1', '--disable-hot-restart', '--log-level', 'error'];
  const envoy = spawn(PROGRAM, ['-c', file, ...options], { stdio: ['ignore', 'ignore', 'pipe'] });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const stop = () => {
    envoy.kill('SIGKILL');
    agent.destroy();
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true, force: true });
  };
  await untilAnswering(envoy, listeners[0] ?? 0, agent).catch((error: unknown) => {
    stop();
    throw error;
  });
  const tries = worlds.map((world) => (isShared(world) ? TRIES : 1));
  return {
    ask: (world, request) =>
      askOften({ port: listeners[world] ?? 0, tries: tries[world] ?? 1, agent }, request),
    stop,
  };
}

/** Says who it is and what it got; the header `x-backend` tells its answers from Envoy's own. */
async function backendServer(backend: string): Promise<Server> {
  const server = createServer((request, response) => {
    const line = arrivedLine({
      backend,
      uri: request.url ?? '',
      host: request.headers.host ?? '',
      headers: joinedHeaders(request.rawHeaders),
    });
    response.setHeader('x-backend', backend);
    response.end(line);
  });
  // Envoy would meet a connection that is closed at that moment.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function joinedHeaders(raw: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const [name = '', value = ''] = [raw[index]?.toLowerCase(), raw[index + 1]];
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  return headers;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))),
  );
  const ports = servers.map(portOf);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function untilAnswering(envoy: ChildProcess, port: number, agent: Agent): Promise<void> {
  let complaint = '';
  envoy.stderr?.on('data', (text: Buffer) => {
    complaint += text.toString();
  });
  const probe: AskedRequest = { method: 'GET', host: 'probe', uri: '/', headers: [] };
  for (let attempt = 0; attempt < 300 && envoy.exitCode === null; attempt++) {
    if (await askOnce(port, probe, agent).then(Boolean, () => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Envoy does not start: ${complaint.slice(0, 4000)}`);
}

/** Weighted routes answer now this, now that. */
async function askOften(
  { port, tries, agent }: { readonly port: number; readonly tries: number; readonly agent: Agent },
  request: AskedRequest,
): Promise<readonly string[]> {
  const lines = new Set<string>();
  for (let attempt = 0; attempt < tries; attempt++) lines.add(await askOnce(port, request, agent));
  return [...lines].sort();
}

function askOnce(port: number, asked: AskedRequest, agent: Agent): Promise<string> {
  const { method, host, uri, headers } = asked;
  const raw = ['Host', host, ...headers.flat()];
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { host: '127.0.0.1', port, method, path: uri, agent, headers: raw, setHost: false },
      (response) => resolve(lineOf(response)),
    );
    sent.on('error', reject);
    sent.end();
  });
}

async function lineOf(response: IncomingMessage): Promise<string> {
  let body = '';
  for await (const part of response) body += String(part);
  if (response.headers['x-backend'] !== undefined) return body;
  return localLine(response.statusCode ?? 0, response.headers.location ?? body);
}

/** A real nginx on loopback with the locations of routing tables, and requests sent to it byte for byte. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RouteEntry, RouteHost, RouteTable } from '../../src/l7/route-table.ts';

/** Why there is no nginx to ask; undefined: there is one. */
export function whyNoNginx(): string | undefined {
  return spawnSync('nginx', ['-v']).status === 0 ? undefined : 'nginx is not installed';
}

/** What nginx made of a request. */
export interface Answer {
  readonly status: number;
  /** Number of the entry in its host, and the URI that the backend gets. */
  readonly entry?: number;
  readonly uri?: string;
  readonly location?: string;
}

export interface RunningNginx {
  ask(table: number, request: { readonly host: string; readonly uri: string }): Promise<Answer>;
  stop(): void;
}

/**
 * The servers and locations of tables, as kubernetes/ingress-nginx:rootfs/etc/nginx/template/nginx.tmpl and
 * internal/ingress/controller/template/template.go (buildLocation, buildProxyPass) write them. Each table has a port.
 */
function nginxConfiguration(tables: readonly RouteTable[], ports: readonly number[]): string {
  const [echo = 0, ...own] = ports;
  const servers = tables.map((table, index) => serversOf(table, { port: own[index] ?? 0, echo }));
  return `
daemon off; master_process off; pid nginx.pid; error_log stderr crit;
events { worker_connections 512; }
http {
  access_log off; port_in_redirect off; server_name_in_redirect off; server_names_hash_bucket_size 128;
  client_body_temp_path .; proxy_temp_path .; fastcgi_temp_path .; uwsgi_temp_path .; scgi_temp_path .;
  server { listen 127.0.0.1:${echo}; location / { return 200 "$http_x_entry $request_uri"; } }
${servers.join('\n')}
}`;
}

function serversOf({ hosts }: RouteTable, at: { readonly port: number; readonly echo: number }): string {
  const rest = hosts.some(({ names }) => names[0] === '*')
    ? ''
    : `  server { listen 127.0.0.1:${at.port} default_server; server_name _; return 404; }\n`;
  return rest + hosts.map((host) => serverOf(host, at)).join('\n');
}

function serverOf(
  { names, entries }: RouteHost,
  { port, echo }: { readonly port: number; readonly echo: number },
): string {
  const isRest = names[0] === '*';
  const locations = entries.map((entry, index) => locationOf(entry, { index, echo })).join('\n');
  return `  server { listen 127.0.0.1:${port}${isRest ? ' default_server' : ''};
    server_name ${names.map(serverName).join(' ')};
${locations}
  }`;
}

/** `*.rest` is one label in front. */
function serverName(name: string): string {
  if (name === '*') return '_';
  return name.startsWith('*.')
    ? `"~^(?<subdomain>[\\w-]+)\\.${name.slice(2).replaceAll('.', '\\.')}$"`
    : name;
}

function locationOf(
  { matcher, route, rewrite }: RouteEntry,
  { index, echo }: { readonly index: number; readonly echo: number },
): string {
  const [, modifier = '', path = ''] = /^(?:(=|~\*) )?(.*)$/.exec(matcher) ?? [];
  const body =
    route === undefined
      ? 'return 404;'
      : [
          ...(rewrite === undefined ? [] : [`rewrite "(?i)${route.path}" ${rewrite} break;`]),
          `proxy_set_header X-Entry "${index}"; proxy_pass http://127.0.0.1:${echo};`,
        ].join(' ');
  return `    location ${modifier} "${path}" { ${body} }`;
}

/** Starts nginx with tables. @throws Error when it does not come up. */
export async function startNginx(tables: readonly RouteTable[]): Promise<RunningNginx> {
  const ports = await freePorts(tables.length + 1);
  const folder = mkdtempSync(join(tmpdir(), 'k8snet-nginx-'));
  writeFileSync(join(folder, 'nginx.conf'), nginxConfiguration(tables, ports));
  const nginx = spawn('nginx', ['-p', folder, '-c', 'nginx.conf'], { stdio: ['ignore', 'ignore', 'pipe'] });
  await untilListening(nginx, ports[0] ?? 0);
  return {
    ask: (table, request) => ask(ports[table + 1] ?? 0, request),
    stop() {
      nginx.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer();
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { readonly port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function untilListening(nginx: ChildProcess, port: number): Promise<void> {
  let complaint = '';
  nginx.stderr?.on('data', (text: Buffer) => {
    complaint += text.toString();
  });
  for (let attempt = 0; attempt < 100; attempt++) {
    if (nginx.exitCode !== null) break;
    if (await isOpen(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nginx does not start: ${complaint}`);
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** The request line as it is: nothing of it is encoded or resolved on the way. */
function ask(port: number, { host, uri }: { readonly host: string; readonly uri: string }): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`GET ${uri} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
    );
    socket.on('data', (part) => {
      text += part.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('end', () => resolve(answerIn(text)));
  });
}

function answerIn(text: string): Answer {
  const [head = '', body = ''] = text.split('\r\n\r\n', 2);
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]);
  const location = /^location: (.*)$/im.exec(head)?.[1]?.trim();
  const echoed = /(\d+) (\/\S*)/.exec(status === 200 ? body : '');
  return {
    status,
    ...(location === undefined ? {} : { location }),
    ...(echoed === null ? {} : { entry: Number(echoed[1]), uri: echoed[2] ?? '' }),
  };
}

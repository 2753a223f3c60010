/**
 * References as people type them (the grammar is in docs/cli.md): `[NAMESPACE/]KIND/NAME[:PORT]` with
 * kubectl's kinds and short names, a bare name, an address, a DNS name, a URL, `localhost`, `internet`.
 * This file reads the words; what they mean in a cluster is target.ts's business.
 */

import { type Ip, parseIp } from '../net/ip.ts';
import { UsageError } from './usage-error.ts';

export type Reference =
  | { readonly kind: 'internet' }
  | { readonly kind: 'localhost'; readonly port?: string }
  | { readonly kind: 'address'; readonly ip: Ip; readonly port?: string }
  | { readonly kind: 'name'; readonly host: string; readonly port?: string }
  | {
      readonly kind: 'object';
      /** `Pod`, `Service`; undefined for a bare name, which is a pod or a workload. */
      readonly objectKind?: string;
      readonly namespace?: string;
      readonly name: string;
      readonly port?: string;
    };

/** kubectl's names for the kinds that a packet can start from or go to. */
const KIND_WORDS: Readonly<Record<string, readonly string[]>> = {
  Pod: ['pod', 'pods', 'po'],
  Service: ['service', 'services', 'svc'],
  Node: ['node', 'nodes', 'no'],
  Deployment: ['deployment', 'deployments', 'deploy'],
  ReplicaSet: ['replicaset', 'replicasets', 'rs'],
  StatefulSet: ['statefulset', 'statefulsets', 'sts'],
  DaemonSet: ['daemonset', 'daemonsets', 'ds'],
  Job: ['job', 'jobs'],
  CronJob: ['cronjob', 'cronjobs', 'cj'],
  ReplicationController: ['replicationcontroller', 'replicationcontrollers', 'rc'],
  Ingress: ['ingress', 'ingresses', 'ing'],
  Gateway: ['gateway', 'gateways', 'gtw'],
};

/** The groups of those that are not in the core group. */
const GROUP_OF_KIND: Readonly<Record<string, string>> = {
  Deployment: 'apps',
  ReplicaSet: 'apps',
  StatefulSet: 'apps',
  DaemonSet: 'apps',
  Job: 'batch',
  CronJob: 'batch',
  Ingress: 'networking.k8s.io',
  Gateway: 'gateway.networking.k8s.io',
};

const KIND_BY_WORD: ReadonlyMap<string, string> = new Map(
  Object.entries(KIND_WORDS).flatMap(([kind, words]) => words.map((word) => [word, kind] as const)),
);

/** A kind as it is written, or as `kubectl get -o name` prints it, with its group: `deployment.apps`. */
function kindOf(word: string): string | undefined {
  const [name = ''] = word.toLowerCase().split('.');
  const kind = KIND_BY_WORD.get(name);
  if (kind === undefined || name.length === word.length) return kind;
  return GROUP_OF_KIND[kind] === word.toLowerCase().slice(name.length + 1) ? kind : undefined;
}

const SCHEME_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443', grpc: '80', grpcs: '443' };

/** The short word of a kind, as candidates are listed: `svc`, `deploy`. */
export function kindWord(kind: string): string {
  const words = KIND_WORDS[kind];
  return words?.[2] ?? words?.[0] ?? kind.toLowerCase();
}

/**
 * Reads a reference.
 * @throws UsageError when the text is none.
 */
export function parseReference(text: string): Reference {
  if (text === 'internet') return { kind: 'internet' };
  const url = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)/i.exec(text);
  if (url !== null) return parseUrl(text, url[1] ?? '', url[2] ?? '');
  const { host, port } = splitPort(text);
  const parts = host.split('/');
  if (port === '') throw new UsageError(`"${text}" ends where a port should stand`, [host]);
  if (host === '' || parts.some((part) => part === '')) throw new UsageError(`"${text}" is no reference`);
  if (parts.length > 1) return parseObject(text, parts, port);
  return parseHost(host, port) ?? { kind: 'object', name: host, ...withPort(port) };
}

function parseUrl(text: string, scheme: string, authority: string): Reference {
  const { host, port } = splitPort(authority.slice(authority.lastIndexOf('@') + 1));
  const schemePort = port ?? SCHEME_PORTS[scheme.toLowerCase()];
  if (host === '') throw new UsageError(`"${text}" names no host`);
  if (schemePort === undefined) {
    throw new UsageError(`"${text}": ${scheme}:// has no port of its own; write one`, [
      `${scheme}://${host}:PORT`,
    ]);
  }
  return parseHost(host, schemePort) ?? { kind: 'name', host, port: schemePort };
}

/** localhost, an address, or a name with a dot in it. */
function parseHost(host: string, port: string | undefined): Reference | undefined {
  if (host === 'localhost') return { kind: 'localhost', ...withPort(port) };
  const ip = parseIp(host.startsWith('[') ? host.slice(1, -1) : host);
  if (ip !== undefined) return { kind: 'address', ip, ...withPort(port) };
  if (host.includes(':')) throw new UsageError(`"${host}" is neither an address nor a name`);
  if (host.includes('.')) return { kind: 'name', host, ...withPort(port) };
  return undefined;
}

function parseObject(text: string, parts: readonly string[], port: string | undefined): Reference {
  const [first = '', second = '', third] = parts;
  if (parts.length > 3) throw new UsageError(`"${text}" is no reference: NAMESPACE/KIND/NAME[:PORT] at most`);
  if (third !== undefined) {
    const objectKind = kindOf(second);
    if (objectKind === undefined) throw unknownKind(second);
    return { kind: 'object', objectKind, namespace: first, name: third, ...withPort(port) };
  }
  const objectKind = kindOf(first);
  if (objectKind !== undefined) return { kind: 'object', objectKind, name: second, ...withPort(port) };
  return { kind: 'object', namespace: first, name: second, ...withPort(port) };
}

function unknownKind(word: string): UsageError {
  const words = Object.keys(KIND_WORDS).map((kind) => kindWord(kind));
  return new UsageError(`"${word}" is no kind that a packet can start from or go to`, words);
}

function splitPort(text: string): { readonly host: string; readonly port?: string } {
  const colon = text.lastIndexOf(':');
  const insideBrackets = text.lastIndexOf(']') > colon;
  const bareIpv6 = !text.startsWith('[') && text.indexOf(':') !== colon;
  if (colon < 0 || insideBrackets || bareIpv6) return { host: text };
  return { host: text.slice(0, colon), port: text.slice(colon + 1) };
}

function withPort(port: string | undefined): { readonly port?: string } {
  return port === undefined ? {} : { port };
}

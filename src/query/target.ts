/**
 * What references mean in a cluster: where a flow starts, and what it goes to. A reference that fits
 * nothing, or several things, is a usage error that lists the candidates.
 */

import type { Cluster, ClusterService, Node, Pod } from '../cluster/cluster.ts';
import { WORKLOAD_KINDS } from '../cluster/owners.ts';
import { nearest } from '../diagnostics/did-you-mean.ts';
import type { ObjectMeta } from '../k8s/object.ts';
import type { ServicePortSpec } from '../k8s/service-body.ts';
import { type Ip, parseIp } from '../net/ip.ts';
import { locate, refTo } from '../source/ref.ts';
import { clusterIndex } from './cluster-index.ts';
import { kindWord, parseReference, type Reference } from './reference.ts';
import { UsageError } from './usage-error.ts';

/** The host that `internet` stands for (assumption A_CLIENT). */
const INTERNET = '203.0.113.9';
const MAX_CANDIDATES = 10;

export type Source =
  | { readonly kind: 'pod'; readonly pod: Pod }
  | { readonly kind: 'node'; readonly node: Node }
  /** A host outside; `name` is what the question calls it. */
  | { readonly kind: 'external'; readonly name: string; readonly address: string };

export type Target =
  | {
      readonly kind: 'service';
      readonly service: ClusterService;
      readonly port?: ServicePortSpec;
      /** A port that the Service does not list, where none is translated: the program may dial any. */
      readonly dialled?: number;
    }
  /** One pod, or every pod of a workload. */
  | { readonly kind: 'pods'; readonly pods: readonly Pod[]; readonly port?: string }
  | { readonly kind: 'node'; readonly node: Node; readonly port?: string }
  | { readonly kind: 'address'; readonly ip: Ip; readonly port?: string }
  | { readonly kind: 'localhost'; readonly port?: string }
  | { readonly kind: 'name'; readonly host: string; readonly port?: string };

type ObjectReference = Extract<Reference, { kind: 'object' }>;

/**
 * Where a flow starts. A workload stands for its first pod.
 * @throws UsageError
 */
export function resolveSource(cluster: Cluster, text: string): Source {
  const reference = parseReference(text);
  switch (reference.kind) {
    case 'internet':
      return { kind: 'external', name: text, address: INTERNET };
    case 'address':
      return sourceAt(cluster, reference.ip);
    case 'localhost':
    case 'name':
      throw new UsageError(
        `"${text}" cannot be a source: name a pod, a workload, node/NAME, an address or internet`,
      );
    case 'object':
      return objectSource(cluster, text, reference);
  }
}

function sourceAt(cluster: Cluster, ip: Ip): Source {
  const pod = cluster.podByIp.get(ip);
  if (pod !== undefined) return { kind: 'pod', pod };
  const node = cluster.nodeByIp.get(ip);
  return node === undefined ? { kind: 'external', name: ip.text, address: ip.text } : { kind: 'node', node };
}

/**
 * The pod that a reference means; a workload stands for its first pod. It may be Pending.
 * @throws UsageError
 */
export function resolvePod(cluster: Cluster, text: string): Pod {
  const reference = parseReference(text);
  const byIp = reference.kind === 'address' ? cluster.podByIp.get(reference.ip) : undefined;
  if (byIp !== undefined) return byIp;
  const isPod =
    reference.kind === 'object' && reference.objectKind !== 'Node' && reference.objectKind !== 'Service';
  if (!isPod) throw new UsageError(`"${text}" is no pod: name a pod or a workload`, workloadNames(cluster));
  const [pod] = findPods(cluster, text, { reference, namespaces: [cluster.profile.namespace] });
  if (pod === undefined) throw new UsageError(`${text} has no pods`);
  return pod;
}

function objectSource(cluster: Cluster, text: string, reference: ObjectReference): Source {
  if (reference.objectKind === 'Node') return { kind: 'node', node: findNode(cluster, text, reference) };
  if (reference.objectKind === 'Service') {
    throw new UsageError(`"${text}" cannot be a source: a Service only receives`, workloadNames(cluster));
  }
  const [pod] = findPods(cluster, text, { reference, namespaces: [cluster.profile.namespace] });
  if (pod === undefined) throw new UsageError(`${text} has no pods`);
  if (pod.node === undefined)
    throw new UsageError(`pod ${pod.key} is on no node: it is Pending and sends nothing`);
  return { kind: 'pod', pod };
}

/**
 * What a flow goes to. Without a namespace, an object is looked for in `-n` when given, else beside the
 * source, else in the default namespace.
 * @throws UsageError
 */
export function resolveTarget(cluster: Cluster, text: string, source: Source): Target {
  const reference = parseReference(text);
  switch (reference.kind) {
    case 'internet':
      throw new UsageError('"internet" cannot be a target without an address', ['8.8.8.8:443']);
    case 'localhost':
      return localhostOf(source, reference);
    case 'address':
    case 'name':
      return reference;
    case 'object':
      return objectTarget(cluster, text, { reference, namespaces: searchedNamespaces(cluster, source) });
  }
}

/** A pod's own, or the node's: what a process there reaches on its loopback device. */
function localhostOf(source: Source, reference: Extract<Reference, { kind: 'localhost' }>): Target {
  if (source.kind === 'pod') return reference;
  const ip = source.kind === 'node' ? parseIp('127.0.0.1') : undefined;
  if (ip === undefined) throw new UsageError('localhost is only known inside a pod or on a node');
  return { ...reference, kind: 'address', ip };
}

interface Search {
  readonly reference: ObjectReference;
  /** Where a reference without a namespace is looked for, in order. */
  readonly namespaces: readonly string[];
}

function searchedNamespaces({ profile }: Cluster, source: Source): readonly string[] {
  if (profile.given.has('namespace') || source.kind !== 'pod') return [profile.namespace];
  return [...new Set([source.pod.namespace, profile.namespace])];
}

function objectTarget(cluster: Cluster, text: string, search: Search): Target {
  const { reference } = search;
  const port = reference.port === undefined ? {} : { port: reference.port };
  switch (reference.objectKind) {
    case 'Node':
      return { kind: 'node', node: findNode(cluster, text, reference), ...port };
    case 'Service':
      return serviceTarget(cluster, text, search);
    case 'Ingress':
    case 'Gateway':
      throw new UsageError(`${text} is no address: it is asked with a request`);
    default: {
      const pods = findPods(cluster, text, search).filter((pod) => pod.ips.length > 0);
      if (pods.length === 0) throw new UsageError(`${text} has no pod with an address`);
      return { kind: 'pods', pods, ...port };
    }
  }
}

function serviceTarget(cluster: Cluster, text: string, search: Search): Target {
  const { reference } = search;
  const service = findService(cluster, search);
  if (service === undefined) {
    const namespace = reference.namespace ?? search.namespaces[0] ?? '';
    throw new UsageError(`no Service fits ${text}`, serviceCandidates(cluster, reference.name, namespace));
  }
  if (reference.port === undefined) return { kind: 'service', service };
  const wanted = reference.port;
  const port = service.body.ports.find(
    ({ name, port: number }) => name === wanted || String(number) === wanted,
  );
  if (port !== undefined) return { kind: 'service', service, port };
  if ((service.body.headless || service.body.type === 'ExternalName') && isPortNumber(wanted)) {
    return { kind: 'service', service, dialled: Number(wanted) };
  }
  const base = `${service.namespace}/svc/${service.name}`;
  const ports = service.body.ports.map(({ name, port: number }) =>
    name === '' ? `${base}:${number}` : `${base}:${number} (${name})`,
  );
  throw new UsageError(`Service ${service.key} has no port ${wanted}`, ports);
}

/**
 * A Service by `[NAMESPACE/][svc/]NAME`, in the default namespace where none is written.
 * @throws UsageError that lists the candidates.
 */
export function findServiceNamed(cluster: Cluster, text: string): ClusterService {
  const [name = '', namespace = cluster.profile.namespace] = text
    .split('/')
    .filter((part) => !/^(svc|services?)$/.test(part))
    .reverse();
  const reference: ObjectReference = { kind: 'object', objectKind: 'Service', namespace, name };
  const found = findService(cluster, { reference, namespaces: [namespace] });
  if (found !== undefined) return found;
  throw new UsageError(`no Service ${namespace}/${name}`, serviceCandidates(cluster, name, namespace));
}

function findService(cluster: Cluster, { reference, namespaces }: Search): ClusterService | undefined {
  for (const namespace of reference.namespace === undefined ? namespaces : [reference.namespace]) {
    const named = clusterIndex(cluster).servicesByName.get(reference.name) ?? [];
    const found = named.find((service) => service.namespace === namespace);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * The node by which a packet from outside enters (`--node`).
 * @throws UsageError for an unknown node, or a source that is inside.
 */
export function entryNode(cluster: Cluster, source: Source, name: string | undefined): Node | undefined {
  if (name === undefined) return undefined;
  if (source.kind !== 'external') {
    throw new UsageError('--node says where a packet from outside enters; this one starts in the cluster', [
      'internet',
    ]);
  }
  return findNode(cluster, `--node ${name}`, { kind: 'object', name });
}

/**
 * The node of that name.
 * @param text as it was typed.
 * @throws UsageError with those that have nearly that name.
 */
export function findNode(cluster: Cluster, text: string, { name }: ObjectReference): Node {
  const node = cluster.nodeByName.get(name);
  if (node !== undefined) return node;
  const known = [...cluster.nodeByName.keys()];
  const near = nearest(name, known, MAX_CANDIDATES);
  throw new UsageError(
    `no node fits ${text}`,
    (near.length > 0 ? near : known.slice(0, MAX_CANDIDATES)).map((each) => `node/${each}`),
  );
}

/** The pods that a reference means: a pod by its name, else the pods of a workload. */
function findPods(cluster: Cluster, text: string, { reference, namespaces }: Search): readonly Pod[] {
  for (const namespace of reference.namespace === undefined ? namespaces : [reference.namespace]) {
    const pods = podsIn(cluster, namespace, text, reference);
    if (pods.length > 0) return pods;
  }
  refuseScaledToZero(cluster, reference, namespaces);
  const { objectKind, name } = reference;
  const where = reference.namespace ?? namespaces.join(' or ');
  const what = objectKind === undefined ? 'no pod or workload' : `no ${objectKind}`;
  throw new UsageError(`${what} ${name} in namespace ${where}`, podCandidates(cluster, name, where));
}

/** A workload that is there and has no pods. @throws UsageError */
function refuseScaledToZero(
  { objects }: Cluster,
  { objectKind, name, namespace }: ObjectReference,
  namespaces: readonly string[],
): void {
  const fits = ({ metadata }: { readonly metadata: ObjectMeta }) =>
    metadata.name === name &&
    (namespace === undefined ? namespaces : [namespace]).includes(metadata.namespace);
  for (const kind of WORKLOAD_KINDS) {
    const found =
      objectKind === undefined || objectKind === kind ? objects.ofKind(kind).find(fits) : undefined;
    if (found === undefined) continue;
    const { file, line } = locate(refTo(found.origin, 'spec', 'replicas'));
    const why = found.body.replicas === 0 ? 'is scaled to 0: it has no pods' : 'has no pods';
    throw new UsageError(`${kind} ${found.metadata.namespace}/${name} ${why} (${file}:${line})`);
  }
}

function podsIn(
  cluster: Cluster,
  namespace: string,
  text: string,
  { objectKind, name }: ObjectReference,
): readonly Pod[] {
  const own = cluster.podByKey.get(`${namespace}/${name}`);
  if (objectKind === 'Pod') return own === undefined ? [] : [own];
  if (objectKind === undefined && own !== undefined) return [own];
  const named = clusterIndex(cluster).podsByWorkload.get(`${namespace}/${name}`) ?? [];
  const ofWorkload = named.filter(
    ({ workload }) => objectKind === undefined || objectKind === workload?.kind,
  );
  const kinds = new Set(ofWorkload.map(({ workload }) => workload?.kind ?? ''));
  if (kinds.size <= 1) return ofWorkload;
  const candidates = [...kinds].map((kind) => `${namespace}/${kindWord(kind)}/${name}`);
  throw new UsageError(`${text} fits several workloads`, candidates);
}

/** Pods, workloads and Services with that name elsewhere, else those with the nearest names. */
function podCandidates(cluster: Cluster, name: string, namespace: string): readonly string[] {
  const known = new Map<string, string>();
  for (const pod of cluster.pods) known.set(startReference(pod), pod.workload?.name ?? pod.name);
  for (const service of cluster.services) known.set(`${service.namespace}/svc/${service.name}`, service.name);
  return nearestByName(name, known, namespace);
}

/** How a packet's start is written: by the pod's workload, if it has one. */
function startReference({ key, namespace, workload }: Pod): string {
  return workload === undefined ? key : `${namespace}/${kindWord(workload.kind)}/${workload.name}`;
}

function serviceCandidates(cluster: Cluster, name: string, namespace: string): readonly string[] {
  return nearestByName(
    name,
    new Map(cluster.services.map((service) => [`${service.namespace}/svc/${service.name}`, service.name])),
    namespace,
  );
}

/** References whose object has that very name, else those with the nearest names, else those beside it. */
function nearestByName(
  name: string,
  known: ReadonlyMap<string, string>,
  namespace: string,
): readonly string[] {
  const same = [...known].filter(([, objectName]) => objectName === name).map(([reference]) => reference);
  if (same.length > 0) return same.slice(0, MAX_CANDIDATES);
  const names = new Set(nearest(name, [...new Set(known.values())], MAX_CANDIDATES));
  const close = [...known].filter(([, objectName]) => names.has(objectName)).map(([reference]) => reference);
  if (close.length > 0) return close.slice(0, MAX_CANDIDATES);
  const beside = [...known.keys()].filter((reference) => reference.startsWith(`${namespace}/`));
  return (beside.length > 0 ? beside : [...known.keys()]).slice(0, MAX_CANDIDATES);
}

function workloadNames(cluster: Cluster): readonly string[] {
  return [...new Set(cluster.pods.map(startReference))].slice(0, MAX_CANDIDATES);
}

/** Is the text a port number, 1 to 65535? */
export function isPortNumber(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535;
}

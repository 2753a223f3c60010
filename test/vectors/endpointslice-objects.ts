/** Fragments of API objects, read as a dump of a cluster; and what is made of them, in the words of the API. */

import {
  type ClusterService,
  type HintedEndpoint,
  loadSnapshot,
  type Node,
  type Pod,
  type Slice,
  type SliceEntry,
} from '../../src/index.ts';
import type { EndpointFragment, Fragment, Situation, SliceFragment } from './endpointslice-file.ts';

export interface Objects {
  readonly service?: Fragment;
  readonly pods?: readonly Fragment[];
  readonly nodes?: readonly Fragment[];
}

export interface ReadObjects {
  readonly services: readonly ClusterService[];
  readonly pods: readonly Pod[];
  /** Those with an object of their own. */
  readonly nodes: readonly Node[];
}

/** Reads fragments, each with a name if it has none. */
export function readFragments({ service, pods = [], nodes = [] }: Objects): ReadObjects {
  const { cluster } = load([
    ...(service === undefined ? [] : [complete('Service', service, 'service')]),
    ...pods.map((pod, index) => complete('Pod', pod, `pod${index}`)),
    ...nodes.map((node, index) => complete('Node', node, `node${index}`)),
  ]);
  return {
    services: cluster.services,
    pods: cluster.pods,
    nodes: cluster.nodes.filter(({ origin }) => origin !== undefined),
  };
}

/** Reads one Service. */
export function readService(service: Fragment): ClusterService {
  return first(readFragments({ service }).services);
}

/** Reads one Pod. */
export function readPod(pod: Fragment): Pod {
  return first(readFragments({ pods: [pod] }).pods);
}

/** Reads all of a situation; it has one Service. */
export function readSituation(situation: Situation): ReadObjects & { readonly service: ClusterService } {
  const objects = readFragments(situation);
  return { ...objects, service: first(objects.services) };
}

/** Endpoints as they stand in slices. */
export function readEndpoints(endpoints: readonly EndpointFragment[]): readonly HintedEndpoint[] {
  const slice = { apiVersion: 'discovery.k8s.io/v1', addressType: 'IPv4', endpoints };
  const { objects } = load([complete('EndpointSlice', slice, 'slice')]);
  return first(objects.ofKind('EndpointSlice')).body.endpoints.map(({ nodeName, ...rest }) => ({
    ...rest,
    node: nodeName,
  }));
}

function load(items: readonly Fragment[]): ReturnType<typeof loadSnapshot> {
  return loadSnapshot({
    files: [{ name: 'objects.json', text: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) }],
    profile: {
      file: { name: 'k8snet.yaml', text: 'input: stored\nipFamilies: [IPv4, IPv6]' },
      flags: { set: [] },
    },
  });
}

function complete(kind: string, fragment: Fragment, name: string): Fragment {
  return { apiVersion: 'v1', kind, ...fragment, metadata: { name, ...(fragment['metadata'] as Fragment) } };
}

function first<Item>(items: readonly Item[]): Item {
  const [item] = items;
  if (item === undefined) throw new Error('the object of the case was not read');
  return item;
}

/** A slice as the API has it, without what a case does not say. */
export function printSlice({ family, ports, endpoints, labels }: Slice): SliceFragment {
  return {
    addressType: family === 4 ? 'IPv4' : 'IPv6',
    ports: printPorts(ports),
    endpoints: endpoints.map(printEndpoint),
    labels: Object.fromEntries(labels),
  };
}

/** Ports as the API has them. */
export function printPorts(ports: Slice['ports']): readonly Fragment[] {
  return ports.map(({ name, port, protocol, appProtocol }) => ({
    name,
    port,
    protocol: protocol.toUpperCase(),
    ...(appProtocol === undefined ? {} : { appProtocol }),
  }));
}

/** An endpoint as the API has it, the pod's uid left out. */
export function printEndpoint(entry: SliceEntry): EndpointFragment {
  const { addresses, ready, serving, terminating, hostname, pod, node, zone } = entry;
  const [namespace, name] = pod?.split('/') ?? [];
  return {
    addresses: addresses.map(({ text }) => text),
    conditions: { ready, serving, terminating },
    ...(pod === undefined ? {} : { targetRef: { kind: 'Pod', namespace, name } }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(node === undefined ? {} : { nodeName: node }),
    ...(zone === undefined ? {} : { zone }),
    ...printHints(entry),
  };
}

/** The hints of an endpoint as the API has them; nothing where there are none. */
export function printHints({ zoneHints, nodeHints }: HintedEndpoint): Fragment {
  const named = (names: readonly string[]) => names.map((name) => ({ name }));
  if (zoneHints.length === 0 && nodeHints.length === 0) return {};
  return {
    hints: {
      ...(zoneHints.length === 0 ? {} : { forZones: named(zoneHints) }),
      ...(nodeHints.length === 0 ? {} : { forNodes: named(nodeHints) }),
    },
  };
}

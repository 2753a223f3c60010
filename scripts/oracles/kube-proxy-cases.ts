/** What the kube-proxies of a cluster would be told that people's manifests describe. */

import { collectFiles } from '../../src/cli/files.ts';
import { diskFiles } from '../../src/cli/io.ts';
import type { NodePortRanges } from '../../src/cluster/profile.ts';
import { nodeNamespaceId } from '../../src/dataplane/cni.ts';
import { loadSnapshot } from '../../src/index.ts';
import type { ServiceCluster, StoredObject } from '../../test/oracles/service-clusters.ts';

type Snapshot = ReturnType<typeof loadSnapshot>;
type Service = Snapshot['cluster']['services'][number];
type Slice = ReturnType<Snapshot['control']['slicesOf']>[number];

/** The first node of the cluster that the manifests of a path make; what nobody wrote is allocated. */
export function clustersOf(path: string): readonly ServiceCluster[] {
  const { files } = collectFiles({ paths: [path], cwd: process.cwd(), files: diskFiles });
  const snapshot = loadSnapshot({ files, profile: { flags: { set: [] } } });
  const { cluster, control } = snapshot;
  const [node] = cluster.nodes;
  if (node === undefined) return [];
  const { proxy, podCidrs } = cluster.profile;
  const clusterCIDR = (proxy.clusterCidr.length > 0 ? proxy.clusterCidr : podCidrs).map(({ text }) => text);
  return [
    {
      name: path,
      node: {
        name: node.name,
        addresses: node.addresses.map(({ text }) => text),
        devices: devicesOf(snapshot, node.name),
        podCIDRs: node.podCidrs.map(({ text }) => text),
        labels: Object.fromEntries(node.labels),
      },
      proxy: {
        clusterCIDR,
        detectLocal: proxy.detectLocal,
        bridgeInterface: proxy.bridgeInterface,
        interfaceNamePrefix: proxy.interfaceNamePrefix,
        masqueradeAll: proxy.masqueradeAll,
        masqueradeBit: proxy.masqueradeBit,
        localhostNodePorts: proxy.localhostNodePorts,
        nodePortAddresses: nodePortWords(proxy.nodePortAddresses),
      },
      services: cluster.services.map(storedService),
      endpointSlices: cluster.services.flatMap((service) =>
        control.slicesOf(service.key).map((slice, index) => storedSlice(service, slice, index)),
      ),
    },
  ];
}

/** The devices that the node's CNI makes; those of the service proxy itself are not there when it starts. */
function devicesOf({ dataplane }: Snapshot, node: string): Readonly<Record<string, readonly string[]>> {
  const devices = [...(dataplane.namespace(nodeNamespaceId(node))?.devices.values() ?? [])];
  const ofCni = devices.filter(
    ({ link, addresses }) => ['bridge', 'tunnel', 'veth'].includes(link.kind) && addresses.length > 0,
  );
  return Object.fromEntries(ofCni.map(({ name, addresses }) => [name, addresses.map(({ ip }) => ip.text)]));
}

/** As kube-proxy's configuration writes it. */
function nodePortWords(ranges: NodePortRanges | undefined): readonly string[] | null {
  return ranges === 'primary' ? [ranges] : (ranges?.map(({ text }) => text) ?? null);
}

/** As the API server would hold it: with addresses and node ports. */
function storedService(service: Service): StoredObject {
  const { body, clusterIps, nodePorts } = service;
  const clusterIPs = body.headless ? ['None'] : clusterIps.map(({ text }) => text);
  const { sessionAffinitySeconds: timeoutSeconds } = body;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      namespace: service.namespace,
      name: service.name,
      labels: { ...Object.fromEntries(service.labels), ...headlessLabel(service) },
    },
    spec: {
      type: body.type,
      ...(clusterIPs.length === 0 ? {} : { clusterIP: clusterIPs[0], clusterIPs }),
      ports: body.ports.map(({ name, protocol, port, targetPort }, index) => ({
        name,
        protocol: protocol.toUpperCase(),
        port,
        targetPort,
        nodePort: nodePorts[index] ?? 0,
      })),
      externalIPs: body.externalIps.map(({ text }) => text),
      loadBalancerSourceRanges: body.loadBalancerSourceRanges.map(({ text }) => text),
      healthCheckNodePort: body.healthCheckNodePort ?? 0,
      internalTrafficPolicy: body.internalTrafficPolicy,
      externalTrafficPolicy: body.externalTrafficPolicy,
      ...(timeoutSeconds === undefined
        ? {}
        : { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds } } }),
    },
    status: {
      loadBalancer: {
        ingress: body.loadBalancerIngress.map(({ ip, ...rest }) => ({ ...rest, ...(ip && { ip: ip.text }) })),
      },
    },
  };
}

function headlessLabel({ body }: Service): StoredObject {
  return body.headless ? { 'service.kubernetes.io/headless': '' } : {};
}

function storedSlice(service: Service, slice: Slice, index: number): StoredObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace: service.namespace,
      name: `${service.name}-${index}`,
      labels: { 'kubernetes.io/service-name': service.name, ...headlessLabel(service) },
    },
    addressType: `IPv${slice.family}`,
    ports: slice.ports.map(({ name, protocol, port }) => ({
      name,
      protocol: protocol.toUpperCase(),
      ...(port === undefined ? {} : { port }),
    })),
    endpoints: slice.endpoints.map(
      ({ addresses, ready, serving, terminating, node, zoneHints, nodeHints }) => ({
        addresses: addresses.map(({ text }) => text),
        conditions: { ready, serving, terminating },
        ...(node === undefined ? {} : { nodeName: node }),
        hints: {
          forZones: zoneHints.map((name) => ({ name })),
          ...(nodeHints.length === 0 ? {} : { forNodes: nodeHints.map((name) => ({ name })) }),
        },
      }),
    ),
  };
}

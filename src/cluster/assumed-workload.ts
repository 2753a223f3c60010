/**
 * A workload and its Service that a cluster has, though no manifest shows them: an ingress controller, mostly. They are
 * added to a cluster that is there, and move nothing in it.
 */

import { sortedByKey } from '../collections/order.ts';
import type { ContainerPort } from '../k8s/kinds/pod-spec.ts';
import type { Labels } from '../k8s/object.ts';
import type { ServiceBody, ServicePortSpec, TrafficPolicy } from '../k8s/service-body.ts';
import type { Ip } from '../net/ip.ts';
import { assignAddresses } from './assign-addresses.ts';
import type { Cluster, ClusterService, Node, Pod } from './cluster.ts';
import { allocateClusterIps } from './cluster-ips.ts';
import { finishPod } from './finish-pod.ts';
import { buildNamespaces } from './namespaces.ts';
import { allocateNodePorts } from './node-ports.ts';
import { type PodDraft, podKey } from './pod-draft.ts';
import { indexPods } from './pod-index.ts';
import type { ServiceDraft } from './service-draft.ts';

export interface AssumedWorkload {
  readonly namespace: string;
  /** Of the Deployment, and of the Service in front of it. */
  readonly name: string;
  /** undefined: LoadBalancer. */
  readonly serviceType?: 'ClusterIP';
  /** undefined: `default`. */
  readonly serviceAccountName?: string;
  readonly labels: Labels;
  readonly externalTrafficPolicy: TrafficPolicy;
  readonly ports: readonly {
    readonly name: string;
    /** Of the Service, and of the container. */
    readonly port: number;
    readonly containerPort: number;
  }[];
}

const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';

/** The cluster with one pod of the workload and its Service; what it has already of that name stays as it is. */
export function withAssumedWorkload(cluster: Cluster, workload: AssumedWorkload): Cluster {
  const { objects, profile } = cluster;
  const pod = assumedPod(cluster, workload);
  const service = assumedService(cluster, workload);
  const pods = sortedByKey(pod === undefined ? cluster.pods : [...cluster.pods, pod]);
  const services = sortedByKey(service === undefined ? cluster.services : [...cluster.services, service]);
  const named = [...cluster.namespaces.keys(), workload.namespace];
  return {
    ...cluster,
    ...indexPods(pods),
    services,
    namespaces: buildNamespaces(objects, profile, named),
  };
}

/** The cluster with an address in the status of a load balancer that has none there. */
export function withBalancerAddress(cluster: Cluster, service: ClusterService, ip: Ip): Cluster {
  const body: ServiceBody = { ...service.body, loadBalancerIngress: [{ ip }] };
  const services = cluster.services.map((each) => (each.key === service.key ? { ...each, body } : each));
  return { ...cluster, services };
}

/** Where the scheduler would put it: on no node of the control plane, unless there are no others. */
function nodeFor({ nodes }: Cluster): Node | undefined {
  return nodes.find(({ labels }) => !labels.has(CONTROL_PLANE)) ?? nodes[0];
}

function assumedPod(cluster: Cluster, workload: AssumedWorkload): Pod | undefined {
  const node = nodeFor(cluster);
  const draft = podDraft(workload);
  if (node === undefined || cluster.podByKey.has(draft.key)) return undefined;
  const addresses = assignAddresses({
    drafts: [draft],
    nodeOf: new Map([[draft.key, node.name]]),
    nodes: cluster.nodeByName,
    families: cluster.profile.ipFamilies,
    invent: true,
    report: () => {},
    taken: cluster.podByIp.keys(),
  });
  const own = addresses.get(draft.key) ?? { ips: [], assumed: false };
  return finishPod(draft, { node: node.name, addresses: own, authored: true });
}

function podDraft({ namespace, name, labels, ports, serviceAccountName }: AssumedWorkload): PodDraft {
  const own = `${name}#1`;
  const containerPorts = ports.map(
    (port): ContainerPort => ({
      name: port.name,
      containerPort: port.containerPort,
      protocol: 'tcp',
      path: [],
    }),
  );
  return {
    key: podKey(namespace, own),
    namespace,
    name: own,
    nameAssumed: true,
    labels,
    annotations: new Map(),
    workload: { kind: 'Deployment', name },
    spec: {
      nodeSelector: new Map(),
      hostNetwork: false,
      dnsPolicy: 'ClusterFirst',
      containers: [{ name, ports: containerPorts, path: [] }],
      initContainers: [],
      ...(serviceAccountName === undefined ? {} : { serviceAccountName }),
    },
    node: undefined,
    knownIps: [],
    hostIp: undefined,
    phase: 'Running',
    ready: undefined,
    terminating: false,
    origin: undefined,
    templatePath: [],
  };
}

function assumedService(cluster: Cluster, workload: AssumedWorkload): ClusterService | undefined {
  const draft = serviceDraft(cluster, workload);
  if (cluster.services.some(({ key }) => key === draft.key)) return undefined;
  const drafts = sortedByKey([...cluster.services.map(asWritten), draft]);
  const clusterIps = allocateClusterIps(drafts, cluster.profile, () => {}).get(draft.key)?.ips ?? [];
  const nodePorts = allocateNodePorts(drafts, cluster.profile, () => {}).get(draft.key) ?? [];
  return {
    ...draft,
    clusterIps,
    nodePorts: nodePorts.map(({ port }) => port),
    assumed: { clusterIps: true, nodePorts: nodePorts.map(() => true) },
  };
}

/** What was allocated for the others is theirs. */
function asWritten({ clusterIps, nodePorts, ...service }: ClusterService): ServiceDraft {
  const ports = service.body.ports.map((port, index): ServicePortSpec => {
    const nodePort = nodePorts[index];
    return nodePort === undefined ? port : { ...port, nodePort };
  });
  return { ...service, body: { ...service.body, clusterIps, ports } };
}

function serviceDraft({ profile }: Cluster, workload: AssumedWorkload): ServiceDraft {
  const { namespace, name, labels, externalTrafficPolicy } = workload;
  const ipFamilies = profile.ipFamilies.slice(0, 1);
  const ports = workload.ports.map(
    (port): ServicePortSpec => ({
      name: port.name,
      protocol: 'tcp',
      port: port.port,
      targetPort: port.name,
      path: [],
    }),
  );
  const body: ServiceBody = {
    type: workload.serviceType ?? 'LoadBalancer',
    headless: false,
    selector: labels,
    clusterIps: [],
    ipFamilies,
    ipFamilyPolicy: 'SingleStack',
    ports,
    externalIps: [],
    loadBalancerIngress: [],
    loadBalancerSourceRanges: [],
    allocateLoadBalancerNodePorts: true,
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy,
    publishNotReadyAddresses: false,
  };
  return { key: `${namespace}/${name}`, namespace, name, body, labels, annotations: new Map(), ipFamilies };
}

/** What every cluster has, whoever wrote the manifests: the API server's Service, and the cluster DNS. */

import type { PodScheduling, PodSpec } from '../k8s/kinds/pod-spec.ts';
import type { Labels } from '../k8s/object.ts';
import type { ObjectSet } from '../k8s/read.ts';
import { labelsMatch } from '../k8s/selector.ts';
import type { ServiceBody, ServicePortSpec } from '../k8s/service-body.ts';
import { cidrSize, nthAddress } from '../net/cidr.ts';
import type { Ip } from '../net/ip.ts';
import type { Protocol } from '../net/packet.ts';
import type { Cluster, ClusterService, PodKey } from './cluster.ts';
import { type PodDraft, podKey } from './pod-draft.ts';
import type { ClusterProfile } from './profile.ts';
import type { ServiceDraft } from './service-draft.ts';

export const API_SERVER_SERVICE = 'default/kubernetes';
const API_SERVER_PORT = 6443;
const DNS_NAME = 'kube-dns';
/** The label that kubeadm and its relatives give the cluster DNS (kubernetes/kubernetes:cmd/kubeadm). */
const DNS_LABELS: Labels = new Map([['k8s-app', 'kube-dns']]);
const DNS_DEPLOYMENT = 'coredns';
const DNS_REPLICAS = 2;
const METRICS_PORT = 9153;

/** The Service by which NodeLocal DNSCache reaches the cluster DNS, whose own address it takes itself. */
export const DNS_UPSTREAM_NAME = 'kube-dns-upstream';

/** default/kubernetes and the cluster DNS, each unless the input has it; with NodeLocal DNSCache its way to the latter. */
export function impliedServices(
  written: readonly ServiceDraft[],
  profile: ClusterProfile,
): readonly ServiceDraft[] {
  const services: ServiceDraft[] = [];
  if (!written.some(({ key }) => key === API_SERVER_SERVICE)) services.push(apiServerService(profile));
  if (!written.some((service) => isClusterDns(service, profile))) services.push(dnsService(profile));
  const hasUpstream = written.some(({ name }) => name === DNS_UPSTREAM_NAME);
  if (profile.dns.nodeLocal && !hasUpstream) services.push(dnsUpstreamService(profile));
  return services;
}

/** Addresses that a Service has in every cluster: the first of the service range, or the cluster DNS's. */
export function presetIps(draft: ServiceDraft, profile: ClusterProfile): readonly Ip[] {
  if (profile.input === 'stored') return [];
  if (draft.key === API_SERVER_SERVICE) {
    return profile.serviceCidrs.filter((cidr) => cidrSize(cidr) > 1).map((cidr) => nthAddress(cidr, 1));
  }
  const isDns = draft.body.clusterIps.length === 0 && isClusterDns(draft, profile);
  // A link-local one is that of NodeLocal DNSCache: pods ask it, no Service can have it.
  return isDns ? profile.dns.clusterIps.filter(({ text }) => !/^(169\.254\.|fe80:)/.test(text)) : [];
}

/** The Service that answers the cluster's names; undefined when stored input has none. */
export function clusterDnsService({
  services,
  profile,
}: Pick<Cluster, 'services' | 'profile'>): ClusterService | undefined {
  const known = dnsServices.get(services);
  if (known?.profile === profile) return known.service;
  const found = services.filter((service) => isClusterDns(service, profile));
  const service = found.find(({ name }) => name === DNS_NAME) ?? found[0];
  dnsServices.set(services, { profile, service });
  return service;
}

/** Every look-up asks for it, and there may be thousands of Services. */
const dnsServices = new WeakMap<
  readonly ClusterService[],
  { readonly profile: ClusterProfile; readonly service: ClusterService | undefined }
>();

/** Addresses that the kubelet writes into pods as their name servers (--cluster-dns). */
export function clusterDnsAddresses(cluster: Pick<Cluster, 'services' | 'profile'>): readonly Ip[] {
  const { dns, given } = cluster.profile;
  if (given.has('dns.clusterIPs')) return dns.clusterIps;
  const addresses = clusterDnsService(cluster)?.clusterIps ?? [];
  return addresses.length > 0 ? addresses : dns.clusterIps;
}

/** The cluster DNS has the well-known name or label, or the address that pods ask. */
function isClusterDns({ namespace, name, labels, body }: ServiceDraft, { dns }: ClusterProfile): boolean {
  if (name === DNS_UPSTREAM_NAME) return false;
  if (body.clusterIps.some((ip) => dns.clusterIps.includes(ip))) return true;
  return namespace === dns.namespace && (name === DNS_NAME || labelsMatch(DNS_LABELS, labels));
}

/**
 * The two pods behind the cluster DNS, unless its Service selects pods of the input, or those of a workload that
 * has none (scaled to nothing).
 */
export function impliedDnsPods(
  services: readonly ClusterService[],
  profile: ClusterProfile,
  { pods, objects }: { readonly pods: readonly PodDraft[]; readonly objects: ObjectSet },
): readonly PodDraft[] {
  const service = clusterDnsService({ services, profile });
  const selector = service?.body.selector;
  if (service === undefined || selector === undefined) return [];
  const { namespace } = service;
  if (pods.some((pod) => pod.namespace === namespace && labelsMatch(selector, pod.labels))) return [];
  const isWritten = objects.objects.some(
    ({ metadata, body }) =>
      metadata.namespace === namespace && 'replicas' in body && labelsMatch(selector, body.template.labels),
  );
  if (isWritten) return [];
  const names = new Set<PodKey>(pods.map(({ key }) => key));
  const labels: Labels = new Map([...DNS_LABELS, ...selector]);
  return Array.from({ length: DNS_REPLICAS }, (_, index) => {
    const name = `${DNS_DEPLOYMENT}#${index + 1}`;
    return { ...dnsPod(namespace, name, profile), labels };
  }).filter(({ key }) => !names.has(key));
}

function dnsPod(namespace: string, name: string, profile: ClusterProfile): PodDraft {
  return {
    key: podKey(namespace, name),
    namespace,
    name,
    nameAssumed: true,
    labels: DNS_LABELS,
    annotations: new Map(),
    workload: { kind: 'Deployment', name: DNS_DEPLOYMENT },
    spec: dnsPodSpec(profile.dns.port),
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

/** Pods of the cluster DNS may run beside the control plane, and would rather not share a node. */
const DNS_SCHEDULING: PodScheduling = {
  nodeSelector: new Map([['kubernetes.io/os', 'linux']]),
  tolerations: [
    { key: 'CriticalAddonsOnly', operator: 'Exists', value: '' },
    { key: 'node-role.kubernetes.io/control-plane', operator: 'Equal', value: '', effect: 'NoSchedule' },
  ],
  affinity: {
    podAnti: {
      required: [],
      preferred: [
        {
          weight: 100,
          term: {
            topologyKey: 'kubernetes.io/hostname',
            selector: { matchLabels: DNS_LABELS, matchExpressions: [] },
            namespaces: [],
            matchLabelKeys: [],
            mismatchLabelKeys: [],
          },
        },
      ],
      path: [],
    },
  },
};

/** The CoreDNS pod of kubeadm (kubernetes/kubernetes:cmd/kubeadm/app/phases/addons/dns/manifests.go). */
function dnsPodSpec(port: number): PodSpec {
  const containerPort = (name: string, number: number, protocol: Protocol) => ({
    name,
    containerPort: number,
    protocol,
    path: [],
  });
  const ports = [
    containerPort('dns', port, 'udp'),
    containerPort('dns-tcp', port, 'tcp'),
    containerPort('metrics', METRICS_PORT, 'tcp'),
  ];
  return {
    ...DNS_SCHEDULING,
    hostNetwork: false,
    dnsPolicy: 'Default',
    containers: [{ name: 'coredns', ports, path: [] }],
    initContainers: [],
  };
}

/** Source: cluster/addons/dns/nodelocaldns/nodelocaldns.yaml; it has an address of its own. */
function dnsUpstreamService(profile: ClusterProfile): ServiceDraft {
  const { port } = profile.dns;
  return {
    ...dnsService(profile),
    key: `${profile.dns.namespace}/${DNS_UPSTREAM_NAME}`,
    name: DNS_UPSTREAM_NAME,
    ...implied({
      ports: [
        servicePort('dns', 'udp', { port, targetPort: port }),
        servicePort('dns-tcp', 'tcp', { port, targetPort: port }),
      ],
      selector: DNS_LABELS,
      ipFamilies: [...new Set(profile.dns.clusterIps.map(({ family }) => family))],
    }),
    labels: DNS_LABELS,
  };
}

function dnsService(profile: ClusterProfile): ServiceDraft {
  const { namespace, port, clusterIps } = profile.dns;
  const ipFamilies = new Set(clusterIps.map(({ family }) => family));
  const ports = [
    servicePort('dns', 'udp', { port, targetPort: port }),
    servicePort('dns-tcp', 'tcp', { port, targetPort: port }),
    servicePort('metrics', 'tcp', { port: METRICS_PORT, targetPort: METRICS_PORT }),
  ];
  return {
    key: `${namespace}/${DNS_NAME}`,
    namespace,
    name: DNS_NAME,
    ...implied({ ports, selector: DNS_LABELS, ipFamilies: [...ipFamilies] }),
    labels: DNS_LABELS,
  };
}

function apiServerService(profile: ClusterProfile): ServiceDraft {
  return {
    key: API_SERVER_SERVICE,
    namespace: 'default',
    name: 'kubernetes',
    ...implied({
      ports: [servicePort('https', 'tcp', { port: 443, targetPort: API_SERVER_PORT })],
      ipFamilies: profile.ipFamilies.slice(0, 1),
    }),
    labels: new Map([
      ['component', 'apiserver'],
      ['provider', 'kubernetes'],
    ]),
  };
}

function servicePort(
  name: string,
  protocol: Protocol,
  numbers: Pick<ServicePortSpec, 'port' | 'targetPort'>,
): ServicePortSpec {
  return { name, protocol, ...numbers, path: [] };
}

function implied(
  own: Pick<ServiceBody, 'ports' | 'ipFamilies' | 'selector'>,
): Pick<ServiceDraft, 'body' | 'annotations' | 'ipFamilies'> {
  const body: ServiceBody = {
    type: 'ClusterIP',
    headless: false,
    clusterIps: [],
    ipFamilyPolicy: 'SingleStack',
    externalIps: [],
    loadBalancerIngress: [],
    loadBalancerSourceRanges: [],
    allocateLoadBalancerNodePorts: false,
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy: 'Cluster',
    publishNotReadyAddresses: false,
    ...own,
  };
  return { body, annotations: new Map(), ipFamilies: own.ipFamilies };
}

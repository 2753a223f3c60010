/** Service ports and nodes for tests, written in a few words. */

import type { ClusterService, Node } from '../../../src/cluster/cluster.ts';
import type { ProxyProfile } from '../../../src/cluster/profile.ts';
import type { Endpoint, ServicePort } from '../../../src/control/service-port.ts';
import type { ServiceBody } from '../../../src/k8s/service-body.ts';
import { type Cidr, parseCidr } from '../../../src/net/cidr.ts';
import { type Ip, parseIp, printSocketAddress } from '../../../src/net/ip.ts';

/** The address, or a failing test. */
export function ip(text: string): Ip {
  const parsed = parseIp(text);
  if (parsed === undefined) throw new Error(`no address: ${text}`);
  return parsed;
}

export function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new Error(`no CIDR: ${text}`);
  return parsed;
}

/** A ready endpoint at `address` (`10.1.0.1:80`) with what else is said of it. */
export function endpoint(address: string, facts: Partial<Endpoint> = {}): Endpoint {
  const colon = address.lastIndexOf(':');
  return {
    ip: ip(address.slice(0, colon).replace(/^\[|\]$/g, '')),
    port: Number(address.slice(colon + 1)),
    ready: true,
    serving: true,
    terminating: false,
    zoneHints: [],
    nodeHints: [],
    ...facts,
  };
}

export type PortFacts = Partial<ServicePort> & { readonly type?: ServiceBody['type'] };

/** TCP port 80 of a Service of type ClusterIP, with what else is said of it. */
export function servicePort(key: `${string}/${string}`, facts: PortFacts): ServicePort {
  const { type = 'ClusterIP', endpoints = [], ...rest } = facts;
  const [service = key, portName = ''] = key.split(':');
  const externalIps = facts.externalIps ?? [];
  return {
    key,
    service: clusterService(service as ClusterService['key'], type),
    portName,
    protocol: 'tcp',
    port: 80,
    clusterIps: [],
    externalIps,
    loadBalancerVips: [],
    loadBalancerSourceRanges: [],
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy: 'Cluster',
    externallyAccessible: type === 'NodePort' || type === 'LoadBalancer' || externalIps.length > 0,
    endpoints: [...endpoints].sort((a, b) => (address(a) < address(b) ? -1 : 1)),
    ...rest,
  };
}

/** A node at 192.168.0.2 with what else is said of it. */
export function node(facts: Partial<Node> = {}): Node {
  const addresses = facts.addresses ?? [ip('192.168.0.2')];
  return {
    name: 'node-a',
    labels: new Map(),
    annotations: new Map(),
    addresses,
    primaryAddresses: addresses.slice(0, 1),
    podCidrs: [],
    sysctls: new Map(),
    assumed: { exists: false, addresses: false, podCidrs: false },
    ...facts,
  };
}

/** kube-proxy's defaults. */
export function proxyProfile(facts: Partial<ProxyProfile> = {}): ProxyProfile {
  return {
    mode: 'iptables',
    scheduler: 'rr',
    clusterCidr: [],
    detectLocal: 'ClusterCIDR',
    bridgeInterface: '',
    interfaceNamePrefix: '',
    masqueradeAll: false,
    masqueradeBit: 14,
    localhostNodePorts: true,
    ...facts,
  };
}

function address(endpoint: Endpoint): string {
  return printSocketAddress(endpoint.ip, endpoint.port);
}

function clusterService(key: ClusterService['key'], type: ServiceBody['type']): ClusterService {
  const [namespace = '', name = ''] = key.split('/');
  return {
    key,
    namespace,
    name,
    body: {
      type,
      headless: false,
      clusterIps: [],
      ipFamilies: [],
      ports: [],
      externalIps: [],
      loadBalancerIngress: [],
      loadBalancerSourceRanges: [],
      allocateLoadBalancerNodePorts: true,
      internalTrafficPolicy: 'Cluster',
      externalTrafficPolicy: 'Cluster',
      publishNotReadyAddresses: false,
    },
    labels: new Map(),
    annotations: new Map(),
    clusterIps: [],
    ipFamilies: [],
    nodePorts: [],
    assumed: { clusterIps: false, nodePorts: [] },
  };
}

/**
 * What is wrong, or surprising, with one Service in this cluster, each at its field. Names and severities
 * are those of the findings of a check; nothing here changes what the rules do.
 */

import type { ClusterService, Pod } from '../cluster/cluster.ts';
import { addTo } from '../collections/grouping.ts';
import { onceFor } from '../collections/once.ts';
import type { Diagnostic, DiagnosticSource } from '../diagnostics/diagnostic.ts';
import type { ContainerPort } from '../k8s/kinds/pod-spec.ts';
import type { ServicePortSpec } from '../k8s/service-body.ts';
import { refTo, type SourceRef } from '../source/ref.ts';
import type { ControlPlane } from './control-plane.ts';
import { findPort } from './endpoint-ports.ts';
import { hasLoadBalancer } from './load-balancer.ts';
import { explainNoEndpoints } from './missing-endpoints.ts';
import type { ServicePort } from './service-port.ts';

/** The part of a Service that a finding is about. */
export type Concern = 'endpoints' | 'load-balancer' | 'external-ip' | 'node-port' | 'nodes';

export interface ServiceFinding {
  readonly concern: Concern;
  /** undefined: the whole Service. */
  readonly port?: ServicePort;
  readonly diagnostic: Diagnostic;
}

const MOST_NAMES = 5;

/** Every finding about a Service, in the order of its ports. */
export function serviceFindings(control: ControlPlane, service: ClusterService): readonly ServiceFinding[] {
  const ports = control.servicePortsOf(service.key);
  return [
    ...ports.flatMap((port) => endpointFindings(control, port)),
    ...strayPortNames(control, service),
    ...pendingBalancer(service),
    ...ports.flatMap((port) => [...localGaps(control, port), ...shadowedHostPorts(control, port)]),
    ...sharedExternalIps(control, service, ports),
  ];
}

function endpointFindings(control: ControlPlane, port: ServicePort): readonly ServiceFinding[] {
  if (!port.endpoints.some(({ ready }) => ready)) {
    const { diagnostic } = explainNoEndpoints(control, port);
    return [{ concern: 'endpoints', port, diagnostic }];
  }
  const spec = specOf(port);
  const { service } = port;
  if (spec === undefined || typeof spec.targetPort !== 'string' || service.body.selector === undefined)
    return [];
  const pods = control.selectPods(service.namespace, service.body.selector);
  const lacking = pods.filter((pod) => findPort(pod, spec) === undefined);
  if (lacking.length === 0) return [];
  return [
    { concern: 'endpoints', port, diagnostic: partialTarget(port, spec.targetPort, { pods, lacking }) },
  ];
}

function partialTarget(
  { service, origin }: ServicePort,
  name: string,
  { pods, lacking }: Record<'pods' | 'lacking', readonly Pod[]>,
): Diagnostic {
  const context = uniqueOrigins(lacking).slice(0, MOST_NAMES);
  return {
    code: 'service-target-port-partial',
    severity: 'warning',
    text: `${lacking.length} of the ${pods.length} pods of Service ${service.key} declare no port "${name}": they get no connections on this port`,
    sources: [
      ...at(origin, 'primary', 'targetPort'),
      ...context.map((ref): DiagnosticSource => ({ at: ref, role: 'context', label: `no port "${name}"` })),
    ],
    help: [{ text: `give the containerPort of every pod the name "${name}"`, applicability: 'likely' }],
  };
}

/** Ports of written slices that belong to no port of the Service: their endpoints are never used. */
function strayPortNames(control: ControlPlane, service: ClusterService): readonly ServiceFinding[] {
  const own = new Set(service.body.ports.map(({ name, protocol }) => `${name}/${protocol}`));
  if (own.size === 0 || service.body.type === 'ExternalName') return [];
  const findings = new Map<string, ServiceFinding>();
  for (const { ports, endpoints } of control.slicesOf(service.key)) {
    for (const { name, protocol } of ports) {
      const key = `${name}/${protocol}`;
      if (own.has(key) || findings.has(key)) continue;
      findings.set(key, { concern: 'endpoints', diagnostic: strayPort(service, key, endpoints[0]?.origin) });
    }
  }
  return [...findings.values()];
}

function strayPort(service: ClusterService, key: string, origin: SourceRef | undefined): Diagnostic {
  const [name = '', protocol = ''] = key.split('/');
  const wanted = service.body.ports
    .map((port) => `"${port.name}" (${port.protocol.toUpperCase()})`)
    .join(', ');
  return {
    code: 'endpoints-port-name',
    severity: 'error',
    text: `port "${name}" (${protocol.toUpperCase()}) of the endpoints of ${service.key} is none of the Service, so nobody is sent there`,
    sources: [...at(origin, 'primary'), ...at(service.origin, 'context', 'spec', 'ports')],
    help: [{ text: `name it as the Service does: ${wanted}`, applicability: 'likely' }],
  };
}

function pendingBalancer(service: ClusterService): readonly ServiceFinding[] {
  const { body, key, origin } = service;
  if (!hasLoadBalancer(service) || body.loadBalancerIngress.length > 0) return [];
  return [
    {
      concern: 'load-balancer',
      diagnostic: {
        code: 'load-balancer-pending',
        severity: 'info',
        text: `the status of Service ${key} has no address: until something gives it one, it stays pending`,
        sources: at(origin, 'primary', 'spec', 'type'),
        help: [{ text: `say the address in the profile: loadBalancer.addresses: {${key}: ADDRESS}` }],
      },
    },
  ];
}

/** Nodes that drop traffic because a policy is Local. */
function localGaps(control: ControlPlane, port: ServicePort): readonly ServiceFinding[] {
  const { service } = port;
  const isExternal = port.externalTrafficPolicy === 'Local' && port.externallyAccessible;
  const fields = [
    ...(port.internalTrafficPolicy === 'Local' ? ['internalTrafficPolicy'] : []),
    ...(isExternal ? ['externalTrafficPolicy'] : []),
  ];
  if (fields.length === 0) return [];
  const gaps = nodesWithout(control, port);
  if (gaps === undefined) return [];
  return fields.map((field) => ({
    concern: 'nodes',
    port,
    diagnostic: {
      code: 'service-local-policy-gap',
      severity: 'warning',
      text: `${field} Local: ${gaps.text} ${gaps.count === 1 ? 'has' : 'have'} no endpoint of ${port.key} and ${gaps.count === 1 ? 'drops' : 'drop'} what comes there`,
      sources: at(service.origin, 'primary', 'spec', field),
      help: [{ text: 'Cluster, or an endpoint on every node (a DaemonSet)' }],
    },
  }));
}

/**
 * The nodes that have no ready endpoint, of which few are named, so that few are looked at; undefined: there is no
 * such node, or no node with an endpoint.
 */
function nodesWithout(
  { cluster: { nodes, nodeByName } }: ControlPlane,
  { endpoints }: ServicePort,
): { readonly count: number; readonly text: string } | undefined {
  const hosts = new Set(endpoints.flatMap(({ ready, node }) => (ready && node !== undefined ? [node] : [])));
  const count = nodes.length - [...hosts].filter((name) => nodeByName.has(name)).length;
  if (hosts.size === 0 || count === 0) return undefined;
  const names: string[] = [];
  for (const { name } of nodes) {
    if (names.length === MOST_NAMES) break;
    if (!hosts.has(name)) names.push(name);
  }
  const more = count > names.length ? ` and ${count - names.length} more` : '';
  return { count, text: names.join(', ') + more };
}

/**
 * A node port that is a host port, too: which of them gets a packet follows from the order of rules of kube-proxy and
 * the CNI, which nobody promises (docs/semantics/datapath.md H1).
 */
function shadowedHostPorts(control: ControlPlane, port: ServicePort): readonly ServiceFinding[] {
  const { nodePort, protocol } = port;
  if (nodePort === undefined) return [];
  const [owner, ...others] = hostPortsOf(control).get(`${nodePort}/${protocol}`) ?? [];
  if (owner === undefined) return [];
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return [
    {
      concern: 'node-port',
      port,
      diagnostic: {
        code: 'host-port-shadowed',
        severity: 'warning',
        text: `node port ${nodePort} of Service ${port.service.key} is also a host port of pod ${owner.pod.key}${more}: only one of them gets the packets, by the order of rules`,
        sources: [
          ...at(owner.pod.origin, 'primary', ...owner.port.path, 'hostPort'),
          ...at(port.origin, 'context', 'nodePort'),
        ],
        help: [{ text: 'give one of them another number', applicability: 'likely' }],
      },
    },
  ];
}

interface HostPortOwner {
  readonly pod: Pod;
  readonly port: ContainerPort;
}

const hostPortsOf = onceFor(({ cluster }: ControlPlane): ReadonlyMap<string, readonly HostPortOwner[]> => {
  const index = new Map<string, HostPortOwner[]>();
  for (const pod of cluster.pods) {
    for (const port of pod.ports) {
      if (port.hostPort !== undefined) addTo(index, `${port.hostPort}/${port.protocol}`, { pod, port });
    }
  }
  return index;
});

/** The same address and port twice: the first in the order of names wins here, any one in kube-proxy. */
function sharedExternalIps(
  control: ControlPlane,
  service: ClusterService,
  ports: readonly ServicePort[],
): readonly ServiceFinding[] {
  return ports.flatMap((port) =>
    [...port.externalIps, ...port.loadBalancerVips].flatMap((ip): readonly ServiceFinding[] => {
      const rival = control
        .servicePortsAt(ip)
        .find(
          (other) =>
            other.service !== service && other.port === port.port && other.protocol === port.protocol,
        );
      if (rival === undefined) return [];
      const field = port.externalIps.includes(ip) ? ['spec', 'externalIPs'] : ['status', 'loadBalancer'];
      const diagnostic: Diagnostic = {
        code: 'service-external-ip-conflict',
        severity: 'warning',
        text: `${ip.text}:${port.port} belongs to ${service.key} and to ${rival.service.key}: which of them gets a connection is not defined`,
        sources: [
          ...at(service.origin, 'primary', ...field),
          ...at(rival.service.origin, 'context', 'spec', 'externalIPs'),
        ],
        help: [{ text: 'give one of them another address or port', applicability: 'likely' }],
      };
      return [{ concern: 'external-ip', port, diagnostic }];
    }),
  );
}

function specOf({ service, portName, protocol, port }: ServicePort): ServicePortSpec | undefined {
  return service.body.ports.find(
    (spec) => spec.name === portName && spec.protocol === protocol && spec.port === port,
  );
}

function at(
  origin: SourceRef | undefined,
  role: DiagnosticSource['role'],
  ...path: SourceRef['path']
): readonly DiagnosticSource[] {
  return origin === undefined ? [] : [{ at: refTo(origin, ...path), role }];
}

function uniqueOrigins(pods: readonly Pod[]): readonly SourceRef[] {
  return [...new Set(pods.flatMap(({ origin }) => origin ?? []))];
}

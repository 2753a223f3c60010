/** Why a walk fails, in terms of the manifests. */

import { explainNoEndpoints } from '../control/missing-endpoints.ts';
import type { ServicePort } from '../control/service-port.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { refTo } from '../source/ref.ts';
import type { Disposition, Reason } from '../trace/disposition.ts';
import type { Walk } from '../trace/trace.ts';
import { explainDenialOnce } from './alike-denials.ts';
import type { Asking } from './asking.ts';
import { type Dial, flowOf } from './dial.ts';
import { denialOf } from './policy-cause.ts';
import type { Snapshot } from './snapshot.ts';
import { unmodelledOwners } from './unmodelled-owners.ts';

export interface Explanation {
  readonly reason?: Reason;
  readonly diagnostics: readonly Diagnostic[];
}

/** Why a walk fails, in terms of the manifests. */
export function explainFailure(asking: Asking, walk: Walk, dial: Dial): Explanation {
  const { control } = asking.snapshot;
  const servicePort = askedServicePort(asking.snapshot, dial);
  const explainers: Partial<Record<Disposition, () => Explanation>> = {
    'no-endpoints': () => {
      if (servicePort === undefined) return { diagnostics: [] };
      const { reason, diagnostic } = explainNoEndpoints(control, servicePort);
      const owners =
        reason === 'selector-matches-no-pod' ? unmodelledOwners(asking, servicePort.service) : [];
      return { reason, diagnostics: [diagnostic, ...owners] };
    },
    'no-local-endpoint': () => noLocalEndpoint(walk, servicePort),
    'denied-egress': () => deniedByPolicy(asking, walk, dial),
    'denied-ingress': () => deniedByPolicy(asking, walk, dial),
    dropped: () =>
      sourceRangeMismatch(walk, servicePort) ??
      martianSource(walk) ??
      unknownServicePort(control.servicePortsAt(dial.ip), dial),
    // Where a proxy refuses what no Service port has (nftables, IPVS).
    rejected: () => unknownServicePort(control.servicePortsAt(dial.ip), dial),
    'reply-lost': () => bridgeNetfilterOff(asking, walk),
  };
  return explainers[walk.disposition]?.() ?? { diagnostics: [] };
}

function deniedByPolicy(asking: Asking, walk: Walk, dial: Dial): Explanation {
  const denial = denialOf(walk);
  if (denial === undefined) return { diagnostics: [] };
  return { diagnostics: explainDenialOnce(asking, { ...denial, flow: flowOf(asking, dial) }) };
}

/** The Service port that a dial means: by its load balancer, an address of the Service, or a node port. */
export function askedServicePort({ cluster, control }: Snapshot, dial: Dial): ServicePort | undefined {
  if (dial.balancer !== undefined) return dial.balancer.servicePort;
  const found = servicePortAt(control.servicePortsAt(dial.ip), dial);
  if (found !== undefined || !cluster.nodeByIp.has(dial.ip)) return found;
  return control.servicePorts.find(
    ({ nodePort, protocol }) => nodePort === dial.port && protocol === dial.protocol,
  );
}

function servicePortAt(
  servicePorts: readonly ServicePort[],
  { port, protocol }: Dial,
): ServicePort | undefined {
  return servicePorts.find((candidate) => candidate.port === port && candidate.protocol === protocol);
}

/** The policy Local, a node without an endpoint, and the nodes that have one. */
function noLocalEndpoint(walk: Walk, servicePort: ServicePort | undefined): Explanation {
  const last = walk.hops.at(-1);
  const name = last?.place.name;
  if (servicePort === undefined || last === undefined || name === undefined) return { diagnostics: [] };
  const { service } = servicePort;
  const packet = last.steps.at(-1)?.packet;
  const isInternal = packet !== undefined && servicePort.clusterIps.includes(packet.dst);
  const field = isInternal ? 'internalTrafficPolicy' : 'externalTrafficPolicy';
  const hosts = [...new Set(servicePort.endpoints.flatMap(({ node }) => node ?? []))].sort();
  const list =
    hosts.length > 5 ? `${hosts.slice(0, 5).join(', ')} and ${hosts.length - 5} more` : hosts.join(', ');
  return {
    diagnostics: [
      {
        code: 'no-local-endpoint',
        severity: 'error',
        text: `${name} has no endpoint of Service ${service.key}, and ${field} Local uses no other node's`,
        sources:
          service.origin === undefined
            ? []
            : [
                {
                  at: refTo(service.origin, 'spec', field),
                  role: 'primary',
                  label: `endpoints: ${list || 'on no known node'}`,
                },
              ],
        help: [
          {
            text: isInternal
              ? 'internalTrafficPolicy: Cluster, or an endpoint on every node (a DaemonSet)'
              : 'externalTrafficPolicy: Cluster, an endpoint on every node, or a load balancer that probes the health check node port',
            applicability: 'likely',
          },
        ],
      },
    ],
  };
}

/** Rules made from loadBalancerSourceRanges, or the balancer itself, dropped the packet. */
function sourceRangeMismatch(walk: Walk, servicePort: ServicePort | undefined): Explanation | undefined {
  const end = walk.hops.at(-1)?.steps.at(-1);
  if (servicePort === undefined || end?.kind !== 'end') return undefined;
  const { cause } = end;
  const fields = cause.kind === 'drop' ? (cause.point.decidedBy?.rule.origin ?? []) : [];
  const isRanges = fields.some(({ path }) => path.at(-1) === 'loadBalancerSourceRanges');
  if (cause.kind !== 'source-range' && !isRanges) return undefined;
  const { service, loadBalancerSourceRanges } = servicePort;
  const ranges = loadBalancerSourceRanges.map(({ text }) => text).join(', ');
  return {
    reason: 'source-range-mismatch',
    diagnostics: [
      {
        code: 'source-range-mismatch',
        severity: 'error',
        text: `the load balancer of Service ${service.key} takes no connection from ${end.packet.src.text}`,
        sources:
          service.origin === undefined
            ? []
            : [
                {
                  at: refTo(service.origin, 'spec', 'loadBalancerSourceRanges'),
                  role: 'primary',
                  label: `only ${ranges}`,
                },
              ],
        help: [{ text: 'add the range of the client; the node port of the Service is open to all' }],
      },
    ],
  };
}

/** A load balancer that keeps the client's address cannot send a node's connection back to the node. */
function martianSource({ hops }: Walk): Explanation | undefined {
  const last = hops.at(-1);
  const end = last?.steps.at(-1);
  if (last === undefined || end?.kind !== 'end' || end.cause.kind !== 'martian-source') return undefined;
  const help =
    'inside the cluster use the name of the Service, or let the load balancer take its own address';
  return {
    reason: 'martian-source',
    diagnostics: [
      {
        code: 'martian-source',
        severity: 'error',
        text: `the load balancer sends a connection of ${last.place.name} back to ${last.place.name}: it comes with the node's own address, ${end.packet.src.text}, as its source, and the kernel drops it`,
        sources: [],
        help: [{ text: help, applicability: 'likely' }],
      },
    ],
  };
}

/** The address is a Service's, the port is not. */
function unknownServicePort(servicePorts: readonly ServicePort[], dial: Dial): Explanation {
  const [first] = servicePorts;
  if (first === undefined || servicePortAt(servicePorts, dial) !== undefined) return { diagnostics: [] };
  const { service } = first;
  const ports = servicePorts.map(
    ({ port, protocol, portName }) =>
      `${port}/${protocol.toUpperCase()}${portName === '' ? '' : ` (${portName})`}`,
  );
  const { origin } = service;
  return {
    reason: 'no-such-port',
    diagnostics: [
      {
        code: 'no-such-port',
        severity: 'error',
        text: `Service ${service.key} has no port ${dial.port}/${dial.protocol.toUpperCase()}`,
        sources:
          origin === undefined
            ? []
            : [{ at: refTo(origin, 'spec', 'ports'), role: 'primary', label: `only ${ports.join(', ')}` }],
        help: [{ text: `ask for ${ports.join(' or ')}`, applicability: 'likely' }],
      },
    ],
  };
}

/** The bridge carried the answer past conntrack. */
function bridgeNetfilterOff(asking: Asking, walk: Walk): Explanation {
  const last = walk.reply?.hops.at(-1)?.steps.at(-1);
  if (last?.kind !== 'end' || last.cause.kind !== 'unexpected-reply') return { diagnostics: [] };
  const off = walk.hops.some(({ namespace }) => {
    const found = asking.snapshot.dataplane.namespace(namespace);
    return found?.place.kind === 'node' && !found.bridgeNetfilter;
  });
  if (!off) return { diagnostics: [] };
  return {
    reason: 'bridge-netfilter-off',
    diagnostics: [
      {
        code: 'bridge-netfilter-off',
        severity: 'info',
        text: 'bridged frames skip conntrack: net.bridge.bridge-nf-call-iptables is 0',
        sources: [],
        help: [{ text: 'load br_netfilter and set net.bridge.bridge-nf-call-iptables to 1 on the node' }],
      },
    ],
  };
}

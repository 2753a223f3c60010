/**
 * How a program outside gets at a Service: by its load balancer, an external IP, or a node port; and if by
 * none of them, that there is no door.
 */

import type { ClusterService, Node } from '../cluster/cluster.ts';
import { balancerAddress, balancersAt, hasLoadBalancer } from '../control/load-balancer.ts';
import type { ServicePort } from '../control/service-port.ts';
import type { Diagnostic, DiagnosticSource } from '../diagnostics/diagnostic.ts';
import type { Ip, IpFamily } from '../net/ip.ts';
import type { Protocol } from '../net/packet.ts';
import { refTo } from '../source/ref.ts';
import type { DestinationContext, Dial } from './dial.ts';
import { UsageError } from './usage-error.ts';

export interface AskedPort {
  readonly dialled: number;
  readonly protocol: Protocol;
}

/** What a program outside dials when it asks for a Service. */
export function outsideDial(service: ClusterService, asked: AskedPort, context: DestinationContext): Dial {
  const { control, family } = context;
  const { clusterIps } = service;
  if (clusterIps.length > 0 && !clusterIps.some((ip) => ip.family === family)) {
    const other = family === 4 ? 6 : 4;
    throw new UsageError(`Service ${service.key} is of IPv${other} alone: ask with -${other}`);
  }
  const servicePort = control
    .servicePortsOf(service.key)
    .find(({ port, protocol }) => port === asked.dialled && protocol === asked.protocol);
  if (servicePort !== undefined && hasLoadBalancer(service)) return balancedDial(servicePort, context);
  const externalIp = servicePort?.externalIps.find((ip) => ip.family === family);
  const at = { port: asked.dialled, protocol: asked.protocol };
  if (externalIp !== undefined)
    return { ip: externalIp, ...at, ...entryOf(externalIp, servicePort, context) };
  if (servicePort?.nodePort !== undefined) return nodePortDial(servicePort, context);
  return closedDial(service, asked, context);
}

/** What a program outside dials when it asks for an address; undefined: nothing stands before the nodes. */
export function outsideAddress(
  ip: Ip,
  { port, protocol }: { readonly port: string | undefined; readonly protocol: Protocol | undefined },
  context: DestinationContext,
): Dial | undefined {
  const owners = balancersAt(context.cluster)(ip).flatMap(({ key }) => context.control.servicePortsOf(key));
  const servicePort =
    owners.find((each) => String(each.port) === port && (protocol ?? each.protocol) === each.protocol) ??
    (port === undefined ? owners[0] : undefined);
  return servicePort === undefined ? undefined : balancedDial(servicePort, context, ip);
}

/**
 * A load balancer that somebody inside dials by its address, where no node has a rule for it: kube-proxy leaves the packet
 * alone, it goes out, and the balancer sends it back (KEP-1860, ipMode Proxy; host names). undefined: there is none, or the
 * nodes know the address themselves.
 */
export function balancerOutside(
  ip: Ip,
  asked: { readonly port: string | undefined; readonly protocol: Protocol | undefined },
  context: DestinationContext,
): Dial | undefined {
  const known = context.control.servicePortsAt(ip);
  if (known.some(({ loadBalancerVips }) => loadBalancerVips.includes(ip))) return undefined;
  const dial = outsideAddress(ip, asked, context);
  if (dial?.balancer !== undefined) context.report(leavesForBalancer(ip, dial.balancer.servicePort));
  return dial;
}

/** The short way is another one, and policies may know it by other addresses. */
function leavesForBalancer(ip: Ip, { service }: ServicePort): Diagnostic {
  const { origin } = service;
  const index = service.body.loadBalancerIngress.findIndex((ingress) => ingress.ip === ip);
  const isWritten = service.body.loadBalancerIngress.length > 0;
  const field = isWritten ? ['status', 'loadBalancer', 'ingress', Math.max(index, 0)] : ['spec', 'type'];
  return {
    code: 'load-balancer-outside',
    severity: 'info',
    text: `${ip.text} is the load balancer of Service ${service.key}, and no node has a rule for it: the packet leaves the cluster, and the balancer sends it back to a node`,
    sources: origin === undefined ? [] : [{ at: refTo(origin, ...field), role: 'context' }],
    help: [{ text: `inside the cluster svc/${service.name} takes the short way` }],
  };
}

/**
 * By which node a packet from outside enters that is for no node's own address: the one that the question
 * names, else the first (assumption A_CLIENT).
 */
export function entryOf(
  ip: Ip,
  servicePort: ServicePort | undefined,
  { cluster, entry, assumptions }: DestinationContext,
): { readonly entry?: Node } {
  if (entry !== undefined || cluster.nodeByIp.has(ip)) return {};
  const [first, ...others] = cluster.nodes;
  if (first === undefined) throw new UsageError('there is no node by which a packet could enter');
  const isDecisive = servicePort?.externalTrafficPolicy === 'Local' && others.length > 0;
  assumptions.add('A_CLIENT', { values: [`enters by ${first.name}`], decisive: isDecisive });
  return { entry: first };
}

function balancedDial(servicePort: ServicePort, context: DestinationContext, asked?: Ip): Dial {
  const { family, assumptions } = context;
  const { service, port, protocol } = servicePort;
  const { ip, assumed } = balancerAddress(service, asked?.family ?? family);
  const isWritten = asked === undefined ? !assumed : isInStatus(service, asked);
  const front = asked ?? ip;
  if (!isWritten) assumptions.add('A_LB_ADDRESS', { values: [front.text] });
  return {
    ip: front,
    port,
    protocol,
    balancer: { servicePort, ...(isWritten ? { address: front } : {}) },
  };
}

function isInStatus({ body }: ClusterService, ip: Ip): boolean {
  return body.loadBalancerIngress.some((ingress) => ingress.ip === ip);
}

function nodePortDial(servicePort: ServicePort, context: DestinationContext): Dial {
  const { cluster, entry, family, assumptions } = context;
  const { service, nodePort = 0, port, protocol } = servicePort;
  const node = entry ?? cluster.nodes[0];
  const ip = node === undefined ? undefined : nodeAddress(node, family);
  if (node === undefined || ip === undefined) {
    throw new UsageError(`no node has an IPv${family} address to reach node port ${nodePort} at`);
  }
  if (entry === undefined && cluster.nodes.length > 1) {
    const isDecisive = servicePort.externalTrafficPolicy === 'Local';
    assumptions.add('A_CLIENT', { values: [`asks ${node.name}`], decisive: isDecisive });
  }
  const index = service.body.ports.findIndex((spec) => spec.port === port && spec.protocol === protocol);
  if (service.assumed.nodePorts[index]) assumptions.add('A_NODEPORT');
  return { ip, port: nodePort, protocol };
}

/** The address of a family that a node is known by. */
export function nodeAddress(node: Node, family: IpFamily): Ip | undefined {
  return [...node.primaryAddresses, ...node.addresses].find((ip) => ip.family === family);
}

/** Nobody outside has a way in: the packet is sent all the same, and gets nowhere. */
function closedDial(
  service: ClusterService,
  { dialled, protocol }: AskedPort,
  context: DestinationContext,
): Dial {
  const inside =
    service.clusterIps.find((ip) => ip.family === context.family) ??
    context.control
      .slicesOf(service.key)
      .flatMap(({ endpoints }) => endpoints.flatMap(({ addresses }) => addresses))[0];
  context.report(noDoor(service, dialled));
  if (inside !== undefined) return { ip: inside, port: dialled, protocol, isClosed: true };
  throw new UsageError(`nobody outside reaches Service ${service.key}: ${whyClosed(service)}`);
}

function noDoor(service: ClusterService, port: number): Diagnostic {
  const { origin } = service;
  const isTyped = service.body.type !== 'ClusterIP' || service.body.headless;
  const field = service.body.headless ? 'clusterIP' : isTyped ? 'type' : undefined;
  const sources: readonly DiagnosticSource[] =
    origin === undefined
      ? []
      : [
          {
            at: field === undefined ? refTo(origin, 'spec') : refTo(origin, 'spec', field),
            role: 'primary',
          },
        ];
  return {
    code: 'no-door',
    severity: 'error',
    text: `nobody outside reaches port ${port} of Service ${service.key}: ${whyClosed(service)}`,
    sources,
    help: [
      {
        text: 'type: NodePort or LoadBalancer opens it; an Ingress or Gateway leads to it through a controller',
      },
    ],
  };
}

function whyClosed({ body }: ClusterService): string {
  if (body.type === 'ExternalName') return `it is only another name for ${body.externalName ?? 'a host'}`;
  if (body.headless) return 'it is headless, a name for its pods';
  if (body.type === 'ClusterIP') return 'type ClusterIP has an address inside the cluster only';
  return 'it has no load balancer address, external IP or node port';
}

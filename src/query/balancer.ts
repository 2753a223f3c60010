/** Connections through a load balancer: one walk for each node that it sends to, and what comes of them. */

import { type BalancedNodes, balancedNodes, type Delivery, deliveryOf } from '../control/load-balancer.ts';
import type { ServicePort } from '../control/service-port.ts';
import type { Place } from '../dataplane/network.ts';
import { cidrContains } from '../net/cidr.ts';
import { multiplyFractions } from '../net/fraction.ts';
import { type Ip, parseIp } from '../net/ip.ts';
import type { Packet } from '../net/packet.ts';
import { behindBalancer, fromBalancer, frontWalk, namespaceOf, walkEndingAt } from '../trace/balanced.ts';
import type { BalancerChoice } from '../trace/balancer-choice.ts';
import { joinedWalk, walksThrough } from '../trace/relayed.ts';
import type { Flow, Walk } from '../trace/trace.ts';
import { traceFlow } from '../trace/tracer.ts';
import type { Asking } from './asking.ts';
import { type Dial, type DialledBalancer, flowOf } from './dial.ts';
import { nodeAddress } from './outside.ts';

export interface BalancedWalk {
  readonly walk: Walk;
  /** The client's own connection, where the balancer ends it. */
  readonly front?: Walk;
}

/** Every way through the balancer; shares sum to 1. */
export function walkBalanced(asking: Asking, dial: Dial, balancer: DialledBalancer): readonly BalancedWalk[] {
  const { servicePort } = balancer;
  return choicesOf(asking, dial, balancer).flatMap((choice) => walkTo(asking, { dial, servicePort, choice }));
}

/** A choice, and the address of its node. */
type NodeChoice = BalancerChoice & { readonly nodeIp: Ip | undefined };

function choicesOf(asking: Asking, dial: Dial, balancer: DialledBalancer): readonly NodeChoice[] {
  const { snapshot, entry, family } = asking;
  const { servicePort, address } = balancer;
  const { loadBalancer } = snapshot.profile;
  const delivery = deliveryOf(servicePort, address, loadBalancer);
  const all = balancedNodes(servicePort, snapshot.cluster.nodes, {
    family,
    healthChecks: loadBalancer.healthChecks,
  });
  const chosen = entry === undefined ? all : { ...all, nodes: [entry] };
  assumeOfBalancer(asking, balancer, { delivery, chosen });
  return chosen.nodes.map((node) => ({
    ...choiceOf({ dial, servicePort, delivery, chosen }),
    isAsked: entry !== undefined,
    node: node.name,
    nodeIp: nodeAddress(node, family),
  }));
}

/**
 * Somebody of the cluster went out to a load balancer that no node has a rule for (kubernetes/kubernetes:
 * pkg/proxy/serviceport.go reads `ingress[].ip` alone, and leaves out ipMode Proxy): what comes back, for each node that it
 * sends to. A walk that does not get to the balancer stays what it is.
 */
export function walkBack(
  asking: Asking,
  { dial, balancer, out }: { readonly dial: Dial; readonly balancer: DialledBalancer; readonly out: Walk },
): readonly BalancedWalk[] {
  if (out.taker?.place.kind !== 'external') return [{ walk: out }];
  const { packet } = out.taker;
  return choicesOf(asking, dial, balancer).flatMap((choice) =>
    choice.delivery === 'proxy'
      ? fromProxy(asking, balancer, { dial, choice, out, src: packet.src })
      : passedOn(asking, balancer, { dial, choice, out, packet }),
  );
}

interface WayOut {
  readonly dial: Dial;
  readonly choice: NodeChoice;
  readonly out: Walk;
}

/** Its own connections. */
function fromProxy(
  asking: Asking,
  balancer: DialledBalancer,
  { dial, choice, out, src }: WayOut & { readonly src: Ip },
): readonly BalancedWalk[] {
  const front = frontOf(out, choice);
  const share = multiplyFractions(out.share, { numerator: 1, denominator: choice.nodes });
  const flow = { ...flowOf(asking, dial), src, place: front.place };
  const end = endAtBalancer(balancer.servicePort, choice, src);
  if (end !== undefined) return [{ walk: { ...walkEndingAt(flow, choice, end), share }, front: front.walk }];
  return backToNode(asking, balancer, { choice, flow: flowOf(asking, dial) }).map((walk) => ({
    walk: { ...walk, share: multiplyFractions(out.share, walk.share) },
    front: front.walk,
  }));
}

/** The same connection, with the source that came to it. */
function passedOn(
  asking: Asking,
  { servicePort }: DialledBalancer,
  { dial, choice, out, packet }: WayOut & { readonly packet: Packet },
): readonly BalancedWalk[] {
  const { src, srcPort } = packet;
  const flow = { ...flowOf(asking, dial), src, srcPort };
  const end = endAtBalancer(servicePort, choice, src);
  if (end !== undefined) {
    const ended = walkEndingAt({ ...flow, place: choice.place }, choice, end);
    return [{ walk: joinedWalk(out, ended) }];
  }
  const toNode = { ...flow, dst: choice.nodeIp ?? flow.dst, dstPort: servicePort.nodePort ?? 0 };
  const walks = walksThrough(asking.world, out, { choice, flow: toNode });
  // A proxy has an address of its own.
  if (walks.some(isRefusedAsOwn)) asking.assumptions.add('A_LB', { decisive: true });
  return walks.map((walk) => ({ walk }));
}

function isRefusedAsOwn({ hops }: Walk): boolean {
  const end = hops.at(-1)?.steps.at(-1);
  return end?.kind === 'end' && end.cause.kind === 'martian-source';
}

function backToNode(
  asking: Asking,
  { servicePort: { nodePort = 0 } }: DialledBalancer,
  { choice, flow }: { readonly choice: NodeChoice; readonly flow: Flow },
): readonly Walk[] {
  const toNode = { ...flow, dst: choice.nodeIp ?? flow.dst, dstPort: nodePort, from: namespaceOf(choice) };
  return traceFlow(asking.world, toNode).map((walk) => fromBalancer(walk, choice));
}

/** The way out, with the proxy in the place of an outside host. */
function frontOf(out: Walk, choice: NodeChoice): { readonly walk: Walk; readonly place: Place } {
  const { share: _, ...walk } = fromBalancer(out, choice);
  return { walk: { ...walk, share: out.share }, place: choice.place };
}

function endAtBalancer(
  { nodePort, loadBalancerSourceRanges }: ServicePort,
  { nodeIp }: NodeChoice,
  src: Ip,
): Parameters<typeof walkEndingAt>[2] | undefined {
  const ranges = loadBalancerSourceRanges.filter(({ family }) => family === src.family);
  if (ranges.length > 0 && !ranges.some((range) => cidrContains(range, src))) {
    return { disposition: 'dropped', reason: 'source-range-mismatch', cause: { kind: 'source-range' } };
  }
  const isKnown = nodeIp !== undefined && nodePort !== undefined;
  return isKnown ? undefined : { disposition: 'insufficient-info', cause: { kind: 'no-node-port' } };
}

function choiceOf({
  dial,
  servicePort,
  delivery,
  chosen,
}: {
  readonly dial: Dial;
  readonly servicePort: ServicePort;
  readonly delivery: Delivery;
  readonly chosen: BalancedNodes;
}): Omit<BalancerChoice, 'node' | 'isAsked'> {
  const { service, externalTrafficPolicy } = servicePort;
  const place: Place = {
    kind: 'loadbalancer',
    name: service.name,
    namespace: service.namespace,
    address: dial.ip,
  };
  return {
    place,
    front: { ip: dial.ip, port: dial.port },
    delivery,
    nodes: chosen.nodes.length,
    isLocal: externalTrafficPolicy === 'Local',
    isNoneHealthy: chosen.isNoneHealthy,
    excluded: chosen.excluded,
    ...(chosen.healthCheckNodePort === undefined ? {} : { healthCheckNodePort: chosen.healthCheckNodePort }),
  };
}

interface OneChoice {
  readonly dial: Dial;
  readonly servicePort: ServicePort;
  readonly choice: NodeChoice;
}

function walkTo(asking: Asking, one: OneChoice): readonly BalancedWalk[] {
  const { dial, servicePort, choice } = one;
  const flow = flowOf(asking, dial);
  const refused = refusedByBalancer(asking, one, flow);
  if (refused !== undefined) return [{ walk: refused }];
  if (choice.delivery === 'vip') {
    const world = { ...asking.world, entry: choice.node };
    return traceFlow(world, flow).map((walk) => ({ walk: behindBalancer(walk, choice) }));
  }
  if (choice.nodeIp === undefined || servicePort.nodePort === undefined) {
    const unknown = { disposition: 'insufficient-info', cause: { kind: 'no-node-port' } } as const;
    return [{ walk: walkEndingAt({ ...flow, ...clientOf(asking, dial) }, choice, unknown) }];
  }
  const toNode = { ...flow, dst: choice.nodeIp, dstPort: servicePort.nodePort };
  if (choice.delivery === 'node-port') {
    return traceFlow(asking.world, toNode).map((walk) => ({ walk: behindBalancer(walk, choice) }));
  }
  const client = frontWalk({ ...flow, ...clientOf(asking, dial) }, choice);
  return traceFlow(asking.world, { ...toNode, from: namespaceOf(choice) }).map((walk) => ({
    walk: fromBalancer(walk, choice),
    front: client,
  }));
}

function clientOf({ source }: Asking, dial: Dial): { readonly src: Ip; readonly place: Place } {
  const address = source.kind === 'external' ? parseIp(source.address) : undefined;
  const src = address ?? dial.ip;
  const name = source.kind === 'external' ? source.address : src.text;
  return { src, place: { kind: 'external', name, address: src } };
}

/**
 * Ranges are for the balancer to keep, too. Where the packet arrives for its own address, kube-proxy keeps
 * them by rules; where it comes to a node port, nobody else does.
 */
function refusedByBalancer(asking: Asking, { servicePort, choice }: OneChoice, flow: Flow): Walk | undefined {
  if (choice.delivery === 'vip') return undefined;
  const ranges = servicePort.loadBalancerSourceRanges.filter(({ family }) => family === flow.dst.family);
  const client = clientOf(asking, { ip: flow.dst, port: flow.dstPort, protocol: flow.protocol });
  if (ranges.length === 0 || ranges.some((range) => cidrContains(range, client.src))) return undefined;
  return walkEndingAt({ ...flow, ...client }, choice, {
    disposition: 'dropped',
    reason: 'source-range-mismatch',
    cause: { kind: 'source-range' },
  });
}

/** Values of the profile that nobody gave, and an address that nobody wrote. */
function assumeOfBalancer(
  { assumptions, snapshot }: Asking,
  { servicePort }: DialledBalancer,
  { delivery, chosen }: { readonly delivery: Delivery; readonly chosen: BalancedNodes },
): void {
  const { given } = snapshot.profile;
  const isTold = servicePort.service.body.loadBalancerIngress.some(({ ipMode }) => ipMode !== undefined);
  if (!given.has('loadBalancer.kind') && !isTold) {
    const kind = delivery === 'vip' ? 'to its own address' : 'to the node port';
    assumptions.add('A_LB', { values: [kind] });
  }
  if (!given.has('loadBalancer.healthChecks') && servicePort.externalTrafficPolicy === 'Local') {
    const isDecisive = chosen.excluded.some(({ why }) => why === 'no-local-endpoint') || chosen.isNoneHealthy;
    assumptions.add('A_LB_HEALTH', { decisive: isDecisive });
  }
}

/**
 * A load balancer outside the cluster that reads requests: it ends the client's connection, and opens its own to nodes or pods.
 * Sources: kubernetes-sigs/aws-load-balancer-controller:docs/how-it-works.md (target types); AWS, "HTTP headers and
 * Application Load Balancers". Rules: docs/semantics/ingress.md A5 and A6.
 */

import type { Cluster } from '../../cluster/cluster.ts';
import { balancedNodes } from '../../control/load-balancer.ts';
import type { Place } from '../../dataplane/network.ts';
import { targetType } from '../../l7/controllers/aws-alb/annotations.ts';
import type { RouteBackend, Routing } from '../../l7/route-table.ts';
import { type Fraction, multiplyFractions, ONE } from '../../net/fraction.ts';
import { type Ip, type IpFamily, parseIp } from '../../net/ip.ts';
import { newPacket, reverseTuple } from '../../net/packet.ts';
import type { Hop, Walk } from '../../trace/trace.ts';
import type { Asking } from '../asking.ts';
import { type Dial, flowOf } from '../dial.ts';
import { walkDial } from '../dialling.ts';
import type { Lookup } from '../lookup.ts';
import { nodeAddress } from '../outside.ts';
import { draftOf } from '../path-draft.ts';
import type { PathDraft } from '../paths.ts';
import type { OutsideProxy } from './door.ts';
import { followHandling, type Journey } from './follow.ts';
import { gatewayError, handleRequest } from './ingress-proxy.ts';
import type { Forwarding } from './proxy.ts';

interface OnTheWay {
  readonly dial: Dial;
  readonly share: Fraction;
  readonly journey: Journey;
  readonly lookup?: Lookup;
}

/** The paths of a connection to the load balancer, and of what that does with the request. */
export function throughOutside(
  asking: Asking,
  outside: OutsideProxy,
  { dial, share, journey, lookup }: OnTheWay,
): readonly PathDraft[] {
  const place = placeOf(outside, dial.ip);
  const fronts =
    asking.source.kind === 'external' ? [arriving(asking, dial, place)] : leaving(asking, dial, place);
  return fronts.flatMap((front) => {
    const walk = { ...front, share: multiplyFractions(front.share, share) };
    const draft = draftOf(asking, { walk, dial, ...(lookup === undefined ? {} : { lookup }) });
    const { request, headers } = journey;
    const client = front.taker?.packet.src;
    if (request === undefined || client === undefined) return [draft];
    const asked = { ...request, clientIp: client };
    const own = asBalancer(asking, place);
    const handling = handleRequest(asking, outside.controller, {
      arrival: { request: asked, headers },
      targetOf: (backend, routing) => targetOf(asking, backend, routing),
      ownCertificate: 'a certificate of ACM',
    });
    return followHandling(asking, draft, {
      handling,
      proxy: { answerTo: (symptom) => ({ symptom: gatewayError(symptom) }) },
      key: place.name,
      own: () => own,
      journey,
    });
  });
}

function placeOf({ ingress: { metadata } }: OutsideProxy, address: Ip): Place {
  return { kind: 'external', name: `load balancer of ing/${metadata.name}`, address };
}

/** From outside nothing of the cluster is on the way. */
function arriving(asking: Asking, dial: Dial, place: Place): Walk {
  const { source } = asking;
  const src = parseIp(source.kind === 'external' ? source.address : '') ?? dial.ip;
  const { srcPort, from } = flowOf(asking, dial);
  const packet = newPacket({ protocol: dial.protocol, src, srcPort, dst: dial.ip, dstPort: dial.port });
  const back = newPacket(reverseTuple(packet));
  const client: Place = { kind: 'external', name: src.text, address: src };
  const device = 'eth0';
  const balancer = `external/${dial.ip.text}` as const;
  const hop = (at: Place, namespace: Hop['namespace'], step: Hop['steps'][number]): Hop => ({
    place: at,
    namespace,
    steps: [step],
  });
  return {
    share: ONE,
    disposition: 'accepted',
    taker: { place, packet, namespace: balancer },
    hops: [
      hop(client, from, { kind: 'originate', packet, device }),
      hop(place, balancer, { kind: 'accept', packet, device }),
    ],
    reply: {
      disposition: 'accepted',
      hops: [
        hop(place, balancer, { kind: 'originate', packet: back, device }),
        hop(client, from, { kind: 'accept', packet: back, device }),
      ],
    },
  };
}

/** A packet that leaves the cluster for the load balancer's address gets there. */
function leaving(asking: Asking, dial: Dial, place: Place): readonly Walk[] {
  return walkDial(asking, dial).map(({ walk }): Walk => {
    const { taker } = walk;
    if (taker?.place.kind !== 'external') return walk;
    const hops = walk.hops.map((hop) => (hop.place === taker.place ? { ...hop, place } : hop));
    return { ...walk, disposition: 'accepted', taker: { ...taker, place }, hops };
  });
}

/** Its own connections come from an address of its own in the network of the nodes. */
function asBalancer({ entry: _, socket: __, ...asking }: Asking, { name }: Place): Asking {
  const { entry: ___, ...world } = asking.world;
  const address = innerAddress(asking.snapshot.cluster, asking.family);
  asking.assumptions.add('A_LB_ADDRESS', { values: [`${address} inside`] });
  return {
    ...asking,
    world,
    source: { kind: 'external', name, address },
    from: `external/${address}`,
    clientPort: asking.clientPort + 1,
  };
}

/** The last address of the nodes' network that no node has. */
function innerAddress({ nodes }: Cluster, family: IpFamily): string {
  const known = new Set(nodes.flatMap(({ addresses }) => addresses.map(({ text }) => text)));
  const node = nodes.flatMap((each) => nodeAddress(each, family) ?? [])[0]?.text ?? '10.0.0.1';
  const [start, numbers] =
    family === 4
      ? [node.slice(0, node.lastIndexOf('.') + 1), ['250', '249', '248']]
      : [node.slice(0, node.lastIndexOf(':') + 1), ['fffa', 'fff9', 'fff8']];
  const free = numbers.map((number) => `${start}${number}`).find((address) => !known.has(address));
  return free ?? node;
}

/** Pods can be targets only where the network outside has a way to their addresses. */
function noteOverlay({ snapshot, report }: Asking, { at }: RouteBackend): void {
  const { label } = snapshot.dataplane.cni.facets;
  if (snapshot.profile.cni.name === 'aws-vpc') return;
  report({
    code: 'unmodelled',
    severity: 'info',
    text: `target-type ip needs pods with addresses of the VPC, as amazon-vpc-cni gives them (--cni aws-vpc); the CNI here is taken for ${label}`,
    sources: [{ at, role: 'context' }],
  });
}

/** Pods themselves, or the node port of every node that may take connections. */
function targetOf(asking: Asking, backend: RouteBackend, { route }: Routing): Forwarding['to'] {
  const { found, endpoints } = backend;
  const own = found?.service.annotations ?? new Map<string, string>();
  if (route === undefined || targetType(route.ingress, own) === 'ip') {
    noteOverlay(asking, backend);
    return { kind: 'addresses', addresses: endpoints.map(({ ip, port }) => ({ ip, port })) };
  }
  const { snapshot, family } = asking;
  const servicePort = snapshot.control
    .servicePortsOf(found?.service.key ?? '/')
    .find(({ portName, protocol }) => portName === found?.port?.name && protocol === 'tcp');
  const nodePort = servicePort?.nodePort;
  if (servicePort === undefined || nodePort === undefined) return { kind: 'addresses', addresses: [] };
  const { healthChecks } = snapshot.profile.loadBalancer;
  const { nodes } = balancedNodes(servicePort, snapshot.cluster.nodes, { family, healthChecks });
  const addresses = nodes.flatMap((node) => {
    const ip = nodeAddress(node, family);
    return ip === undefined ? [] : [{ ip, port: nodePort }];
  });
  return { kind: 'addresses', addresses };
}

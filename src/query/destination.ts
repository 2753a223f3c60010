/** What a program opens: from the target of a question to a name to look up, or addresses to dial. */

import type { ClusterService, Node, Pod } from '../cluster/cluster.ts';
import type { ServicePortSpec } from '../k8s/service-body.ts';
import { parseIp } from '../net/ip.ts';
import type { Protocol } from '../net/packet.ts';
import { refTo } from '../source/ref.ts';
import type { DestinationContext, Dial } from './dial.ts';
import { balancerOutside, entryOf, nodeAddress, outsideAddress, outsideDial } from './outside.ts';
import { isPortNumber, type Target } from './target.ts';
import { UsageError } from './usage-error.ts';

/** The port taken when nothing says which. */
const ASSUMED_PORT = 80;

export type Destination =
  /** A name that the program looks up first. The port is chosen afterwards when nobody gave one. */
  | { readonly kind: 'named'; readonly host: string; readonly port?: number; readonly protocol?: Protocol }
  /** Addresses, each for an equal share. */
  | { readonly kind: 'addresses'; readonly dials: readonly Dial[] };

/**
 * What the program opens.
 * @throws UsageError where the target has no address of the family, or no such port.
 */
export function destinationOf(target: Target, context: DestinationContext): Destination {
  switch (target.kind) {
    case 'service':
      return serviceDestination(target, context);
    case 'pods':
      return { kind: 'addresses', dials: target.pods.map((pod) => podDial(pod, target.port, context)) };
    case 'node':
      refuseOtherEntry(target.node, context);
      return { kind: 'addresses', dials: [nodeDial(target, context)] };
    case 'address':
      return { kind: 'addresses', dials: [addressDial(target, context)] };
    case 'localhost':
      return { kind: 'addresses', dials: [localhostDial(target.port, context)] };
    case 'name':
      return nameDestination(target, context);
  }
}

function serviceDestination(
  { service, port, dialled: asked }: Extract<Target, { kind: 'service' }>,
  context: DestinationContext,
): Destination {
  const spec = port ?? (asked === undefined ? chosenServicePort(service, context) : undefined);
  const dialled = asked ?? spec?.port ?? assumedPort(context);
  const protocol = context.protocol ?? spec?.protocol ?? 'tcp';
  if (context.dns && context.source.kind === 'pod') {
    const host =
      service.namespace === context.source.pod.namespace
        ? service.name
        : `${service.name}.${service.namespace}`;
    return { kind: 'named', host, port: dialled, protocol };
  }
  if (context.source.kind === 'external') {
    return { kind: 'addresses', dials: [outsideDial(service, { dialled, protocol }, context)] };
  }
  const addresses = service.clusterIps.filter((ip) => ip.family === context.family);
  if (addresses.length === 0) {
    throw new UsageError(
      `Service ${service.key} has no IPv${context.family} address to dial without a look-up`,
    );
  }
  return { kind: 'addresses', dials: addresses.slice(0, 1).map((ip) => ({ ip, port: dialled, protocol })) };
}

/** A node's own address leads to that node, whatever `--node` says. */
function refuseOtherEntry(node: Node, { entry }: DestinationContext): void {
  if (entry === undefined || entry === node) return;
  throw new UsageError(`a packet for node ${node.name} enters there, not by node ${entry.name}`);
}

/** A Service's only port, or `--port`, or its first with a note that lists the others. */
function chosenServicePort(
  service: ClusterService,
  context: DestinationContext,
): ServicePortSpec | undefined {
  const { ports } = service.body;
  if (context.port !== undefined) {
    const wanted = context.port;
    const found = ports.find(({ name, port }) => name === wanted || String(port) === wanted);
    if (found !== undefined) return found;
    throw new UsageError(
      `Service ${service.key} has no port ${wanted}`,
      ports.map(({ port }) => `${port}`),
    );
  }
  const [first, ...others] = ports;
  if (first !== undefined && others.length > 0) {
    const list = others.map(({ name, port }) => (name === '' ? `${port}` : `${port} (${name})`)).join(', ');
    context.report({
      code: 'ports-not-asked',
      severity: 'info',
      text: `port ${first.port} was taken; Service ${service.key} also has ${list}`,
      sources:
        service.origin === undefined ? [] : [{ at: refTo(service.origin, 'spec', 'ports'), role: 'context' }],
    });
  }
  return first;
}

function podDial(pod: Pod, wanted: string | undefined, context: DestinationContext): Dial {
  const ip = pod.ips.find(({ family }) => family === context.family);
  if (ip === undefined) throw new UsageError(`pod ${pod.key} has no IPv${context.family} address`);
  return { ip, ...podPort(pod, wanted ?? context.port, context) };
}

/** A number, a container port's name, else the first declared port. */
function podPort(
  pod: Pod,
  wanted: string | undefined,
  context: DestinationContext,
): { readonly port: number; readonly protocol: Protocol } {
  const declared =
    wanted === undefined
      ? pod.ports[0]
      : pod.ports.find(({ name, containerPort }) => name === wanted || String(containerPort) === wanted);
  const protocol = context.protocol ?? declared?.protocol ?? 'tcp';
  if (declared !== undefined) return { port: declared.containerPort, protocol };
  if (wanted === undefined) return { port: assumedPort(context), protocol };
  if (isPortNumber(wanted)) return { port: Number(wanted), protocol };
  const names = pod.ports.flatMap(({ name, containerPort }) =>
    name === undefined ? [] : [`${name} (${containerPort})`],
  );
  throw new UsageError(`pod ${pod.key} has no port named ${wanted}`, names);
}

function nodeDial({ node, port }: Extract<Target, { kind: 'node' }>, context: DestinationContext): Dial {
  const ip = nodeAddress(node, context.family);
  if (ip === undefined) throw new UsageError(`node ${node.name} has no IPv${context.family} address`);
  return { ip, port: numberOf(port ?? context.port, context), protocol: context.protocol ?? 'tcp' };
}

/** An address that belongs to a Service or pod takes that one's port when none is written. */
export function addressDial(
  { ip, port }: Extract<Target, { kind: 'address' }>,
  context: DestinationContext,
): Dial {
  const wanted = port ?? context.port;
  const pod = context.cluster.podByIp.get(ip);
  if (pod !== undefined) return { ip, ...podPort(pod, wanted, context) };
  const servicePorts = context.control.servicePortsAt(ip);
  const isOutside = context.source.kind === 'external';
  const atBalancer = isOutside ? outsideAddress : balancerOutside;
  const balanced = atBalancer(ip, { port: wanted, protocol: context.protocol }, context);
  if (balanced !== undefined) return balanced;
  const servicePort =
    wanted === undefined
      ? servicePorts[0]
      : servicePorts.find((candidate) => String(candidate.port) === wanted);
  const protocol = context.protocol ?? servicePort?.protocol ?? 'tcp';
  const isRouted =
    isOutside &&
    servicePorts.some(
      ({ clusterIps }) => !clusterIps.includes(ip) && clusterIps.some(({ family }) => family === ip.family),
    );
  const entry = isRouted ? entryOf(ip, servicePort, context) : {};
  const number =
    wanted === undefined && servicePort !== undefined ? servicePort.port : numberOf(wanted, context);
  return { ip, port: number, protocol, ...entry };
}

function localhostDial(port: string | undefined, context: DestinationContext): Dial {
  const ip = parseIp(context.family === 4 ? '127.0.0.1' : '::1');
  if (ip === undefined || context.source.kind !== 'pod')
    throw new UsageError('localhost is only known inside a pod');
  return { ip, ...podPort(context.source.pod, port ?? context.port, context) };
}

function nameDestination(
  { host, port }: Extract<Target, { kind: 'name' }>,
  context: DestinationContext,
): Destination {
  if (!context.dns)
    throw new UsageError(`"${host}" is a name: without a look-up there is no address to dial`);
  const wanted = port ?? context.port;
  if (wanted === undefined) return { kind: 'named', host };
  return {
    kind: 'named',
    host,
    port: numberOf(wanted, context),
    ...(context.protocol === undefined ? {} : { protocol: context.protocol }),
  };
}

function numberOf(port: string | undefined, context: DestinationContext): number {
  if (port === undefined) return assumedPort(context);
  if (isPortNumber(port)) return Number(port);
  throw new UsageError(`"${port}" is no port number`);
}

/** Port 80, and a word that it was assumed. */
export function assumedPort(context: Pick<DestinationContext, 'assumptions'>): number {
  context.assumptions.add('A_PORT', { values: [String(ASSUMED_PORT)] });
  return ASSUMED_PORT;
}

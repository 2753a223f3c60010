/**
 * The client's ztunnel: by the address that was dialled it finds a Service or a pod, and connects in the pod's own network
 * namespace, so that the network sees the pod's address, and port 15008 where the other side takes HBONE.
 * Source: istio/ztunnel:src/proxy/outbound.rs. Rules: docs/semantics/istio.md 13.3, 13.4.
 */

import { ZTUNNEL_MARKS } from '../../../control/mesh/ambient-settings.ts';
import { PROXY_PORTS } from '../../../control/mesh/capture-settings.ts';
import { explainNoEndpoints } from '../../../control/missing-endpoints.ts';
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { meshRulesFor } from '../../../l7/istio/ambient/rule-runners.ts';
import { type ZtunnelHop, type ZtunnelRoad, ztunnelRoad } from '../../../l7/istio/ambient/ztunnel.ts';
import { identityOf } from '../../../l7/istio/branches.ts';
import type { MeshEndpoint, MeshService } from '../../../l7/istio/registry.ts';
import { type Fraction, multiplyFractions, ONE } from '../../../net/fraction.ts';
import { refTo, type SourceRef } from '../../../source/ref.ts';
import type { Reason } from '../../../trace/disposition.ts';
import type { StepAnswer } from '../../answer.ts';
import type { Forwarding, Outcome, ProxyAnswer, RequestProxy, Seal, SocketAddress } from '../proxy.ts';
import { noteSocketTranslation } from './assume.ts';
import { noPodReady, wayToWaypoint } from './waypoint-way.ts';
import { type Captured, ZTUNNEL } from './ztunnel-inbound.ts';

type Road<Kind extends ZtunnelRoad['kind']> = Extract<ZtunnelRoad, { readonly kind: Kind }>;

/** What ztunnel does with a connection of the application. */
export function handleOutbound(captured: Captured, dialled: SocketAddress): RequestProxy {
  const { all, connection } = captured;
  const road = ztunnelRoad(all.mesh, connection.pod, dialled);
  return {
    handle: () => {
      noteSocketTranslation(captured, dialled.ip);
      return { steps: [targetStep(road)], outcomes: outcomesOf(captured, dialled, road) };
    },
    answerTo: () => ({ symptom: 'reset' }),
  };
}

/** What the address that was dialled is to ztunnel. */
function targetStep(road: ZtunnelRoad): StepAnswer {
  const text =
    road.kind === 'passthrough' ? road.reason : road.kind === 'closed' ? road.service.host : road.name;
  return { kind: 'proxy', text, detail: ZTUNNEL };
}

function outcomesOf(captured: Captured, dialled: SocketAddress, road: ZtunnelRoad): readonly Outcome[] {
  switch (road.kind) {
    case 'passthrough':
      return [
        {
          ...sentBy(captured, '→ passes it on, in plaintext'),
          to: { kind: 'addresses', addresses: [dialled] },
          share: ONE,
        },
      ];
    case 'closed':
      return [closed(captured, dialled, road)];
    case 'waypoint':
      return [waypointOutcome(captured, dialled, road)];
    case 'endpoints':
      return endpointOutcomes(captured, road);
  }
}

/** HBONE to a ready pod of the waypoint, near ones first, for the address that was dialled. */
function waypointOutcome(
  captured: Captured,
  { ip, port }: SocketAddress,
  { gateway, at }: Road<'waypoint'>,
): Outcome {
  const { namespace, name } = gateway.metadata;
  const way = wayToWaypoint(captured.all.mesh, captured.connection.pod, {
    gateway,
    target: { ip, port },
    among: 'near',
  });
  if (way === undefined) {
    const text = noPodReady(gateway);
    return hangUp({ text, reason: 'pods-not-ready', causes: [unusable(text, at ?? gateway.origin)] });
  }
  return { ...sentBy(captured, `→ HBONE to the waypoint ${namespace}/${name}`), share: ONE, ...way };
}

/** What all connections of ztunnel have in common; what is sent is not read. */
function sentBy(
  { connection: { request, headers } }: Captured,
  text: string,
): Omit<Forwarding, 'to' | 'share'> {
  return {
    kind: 'forward',
    steps: [{ kind: 'proxy', text }],
    headers,
    ...(request === undefined ? {} : { request }),
    socket: { mark: ZTUNNEL_MARKS.socket },
    name: text,
  };
}

function endpointOutcomes(
  captured: Captured,
  { name, hops, missed, service }: Road<'endpoints'>,
): readonly Outcome[] {
  if (missed !== undefined) captured.asking.report(missedWaypoint(name, missed));
  else noteIdleRules(captured, service);
  const count = hops.reduce((sum, { endpoints }) => sum + endpoints.length, 0);
  return hops.flatMap((hop) => hopOutcomes(captured, hop, count));
}

/** Rules that sidecars would run: here nobody does. */
function noteIdleRules({ asking, all }: Captured, service: MeshService | undefined): void {
  const [rules] = service === undefined ? [] : meshRulesFor(all.mesh, service.host);
  if (rules === undefined) return;
  asking.report({
    code: 'istio-no-proxy',
    severity: 'info',
    text: `VirtualService ${rules.key} changes nothing here: ztunnel reads no request, and no waypoint is before ${service?.host}`,
    sources: [{ at: refTo(rules.object.origin, 'spec', 'hosts'), role: 'context' }],
  });
}

function missedWaypoint(name: string, { why, at }: NonNullable<Road<'endpoints'>['missed']>): Diagnostic {
  return {
    code: 'istio-waypoint-missing',
    severity: 'warning',
    text: `${name} asks for a waypoint and gets none, so that no HTTP rule or policy of it applies: ${why}`,
    sources: at === undefined ? [] : [{ at, role: 'primary' }],
  };
}

/** @param count of endpoints in all. */
function hopOutcomes(captured: Captured, hop: ZtunnelHop, count: number): readonly Forwarding[] {
  const { tunnel } = hop;
  const share = (number: number): Fraction =>
    multiplyFractions({ numerator: number, denominator: count }, ONE);
  const how =
    tunnel === undefined
      ? 'plaintext: it takes no HBONE'
      : `HBONE to port ${PROXY_PORTS.hbone}, for port ${tunnel.port} there`;
  const sent = sentBy(captured, `→ ${how}`);
  const addresses = hop.endpoints.flatMap((endpoint) => addressOf(endpoint, tunnel));
  const straight: readonly Forwarding[] =
    addresses.length === 0
      ? []
      : [
          {
            ...sent,
            share: share(addresses.length),
            to: { kind: 'addresses', addresses },
            ...(tunnel === undefined ? {} : sealed(captured, tunnel)),
          },
        ];
  const byName = hop.endpoints.flatMap((endpoint): readonly Forwarding[] => {
    const { origin } = captured.connection.pod;
    if (endpoint.ip !== undefined || origin === undefined) return [];
    const { address: host, port } = endpoint;
    return [{ ...sent, share: share(1), to: { kind: 'name', host, port, at: origin } }];
  });
  return [...straight, ...byName];
}

function addressOf({ ip, port }: MeshEndpoint, tunnel: ZtunnelHop['tunnel']): readonly SocketAddress[] {
  if (ip === undefined) return [];
  return [{ ip, port: tunnel === undefined ? port : PROXY_PORTS.hbone }];
}

function sealed(
  { all, connection: { pod } }: Captured,
  tunnel: NonNullable<Seal['tunnel']>,
): Pick<Forwarding, 'seal'> {
  const peer = identityOf(all.mesh, { namespace: pod.namespace, pod });
  const seal: Seal = { tls: 'mtls', peer, tunnel };
  return { seal };
}

/** The application's connection is accepted before ztunnel knows that it has nobody to connect to. */
function closed(captured: Captured, { ip, port }: SocketAddress, road: Road<'closed'>): ProxyAnswer {
  const { control } = captured.asking.snapshot;
  const { service, what } = road;
  const text =
    what === 'no-port'
      ? `${service.host} has no port ${port}`
      : `${service.host}:${port} has no ready endpoint`;
  const servicePort = control
    .servicePortsAt(ip)
    .find((each) => each.port === port && each.protocol === 'tcp');
  const found = servicePort === undefined ? undefined : explainNoEndpoints(control, servicePort);
  return hangUp({
    text,
    reason: found?.reason ?? 'no-such-port',
    causes: [found?.diagnostic ?? unusable(text, service.at)],
  });
}

function unusable(text: string, at: SourceRef | undefined): Diagnostic {
  return {
    code: 'backend-unusable',
    severity: 'error',
    text: `ztunnel: ${text}${at === undefined ? '' : ':'}`,
    sources: at === undefined ? [] : [{ at, role: 'primary' }],
  };
}

function hangUp({
  text,
  reason,
  causes,
}: Pick<ProxyAnswer, 'causes'> & { readonly text: string; readonly reason: Reason }): ProxyAnswer {
  return {
    kind: 'answer',
    share: ONE,
    steps: [{ kind: 'end', text: `closes the connection: ${text}` }],
    disposition: 'no-l7-route',
    reason,
    symptom: 'reset',
    causes,
  };
}

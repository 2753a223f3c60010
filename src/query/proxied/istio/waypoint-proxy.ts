/**
 * A waypoint: an Envoy that ztunnels send requests for a Service or a pod to, in HBONE with the address that was dialled. It
 * asks the policies that are attached to it, runs the routes of the Service, and opens HBONE to the pods itself.
 * Source: istio/istio:pilot/pkg/networking/core/listener_waypoint.go. Rules: docs/semantics/istio.md 13.9 to 13.12.
 */

import type { ClusterService, Pod } from '../../../cluster/cluster.ts';
import { PROXY_PORTS } from '../../../control/mesh/capture-settings.ts';
import type { GatewayObject } from '../../../k8s/kinds/gateway.ts';
import {
  answerAtWaypoint,
  type WaypointSide,
  waypointSide,
  waypointWire,
} from '../../../l7/istio/ambient/waypoint-routes.ts';
import { gatewayOfPod, waypointOfPod, waypointOfService } from '../../../l7/istio/ambient/waypoints.ts';
import type { WaypointSubject } from '../../../l7/istio/policy-scope.ts';
import { ONE } from '../../../net/fraction.ts';
import { printSocketAddress } from '../../../net/ip.ts';
import type { StepAnswer } from '../../answer.ts';
import type { Forwarding, Handling, Outcome, ProxyFinder, RequestProxy, SocketAddress } from '../proxy.ts';
import { placeOf } from '../step-place.ts';
import { assumeOfMesh, assumeWaypoint } from './assume.ts';
import { gammaHandling } from './gamma.ts';
import { outcomesOf } from './outcomes.ts';
import { refusedAnswer } from './refused.ts';
import { type MeshScene, meshOf } from './scene.ts';
import { sealedGroups, sealWords } from './sealed-groups.ts';
import { type Sent, sentOn } from './sent.ts';
import { feltBehind } from './symptoms.ts';
import { admission } from './waypoint-admission.ts';
import { delaySteps, ruleSteps } from './words.ts';
import type { Captured } from './ztunnel-inbound.ts';

/** The waypoint whose pod HBONE has reached. */
export const waypointProxy: ProxyFinder = (asking, connection) => {
  const { pod, packet, seal } = connection;
  if (packet.dstPort !== PROXY_PORTS.hbone || seal?.tunnel === undefined) return undefined;
  const gateway = gatewayOfPod(asking.snapshot.cluster, pod);
  if (gateway === undefined) return undefined;
  const all = meshOf(asking.snapshot.control);
  assumeWaypoint(asking, pod);
  assumeOfMesh({ asking, all, outcome: { unmodelled: [] } });
  const target = { ip: seal.tunnel.ip ?? packet.dst, port: seal.tunnel.port };
  return atWaypoint({ asking, all, connection }, gateway, target);
};

function atWaypoint(captured: Captured, gateway: GatewayObject, target: SocketAddress): RequestProxy {
  const { asking, all } = captured;
  const { cluster, control } = asking.snapshot;
  const isOwn = (answer: ReturnType<typeof waypointOfService>) =>
    answer.kind === 'waypoint' && answer.gateway === gateway;
  const service = control.servicePortsAt(target.ip)[0]?.service;
  if (service !== undefined && isOwn(waypointOfService(cluster, service))) {
    const known = all.mesh.kubeService(`${service.name}.${service.namespace}.svc.${all.mesh.domain}`);
    if (known !== undefined) {
      const side = waypointSide(all.mesh, captured.connection.pod, known);
      return forService({ ...captured, gateway, target, side, service });
    }
  }
  const pod = cluster.podByIp.get(target.ip);
  if (pod !== undefined && isOwn(waypointOfPod(cluster, pod)))
    return forPod({ ...captured, gateway, target }, pod);
  const text = `nothing at ${printSocketAddress(target.ip, target.port)} has this waypoint`;
  return {
    handle: () => ({ steps: [], outcomes: [refusedAnswer(asking, { text, because: [], backends: [] })] }),
    answerTo: () => ({ symptom: 'reset' }),
  };
}

interface Met extends Captured {
  readonly gateway: GatewayObject;
  /** Inside HBONE. */
  readonly target: SocketAddress;
}

interface MetForService extends Met {
  readonly side: WaypointSide;
  readonly service: ClusterService;
}

/** `shop/sa/web for Service shop/reviews`. */
function arrivalStep({ connection: { seal } }: Met, what: string): StepAnswer {
  const peer = seal?.peer;
  const who = peer === undefined ? 'nobody known' : `${peer.namespace}/sa/${peer.serviceAccount}`;
  return { kind: 'proxy', text: `HBONE of ${who} for ${what}`, detail: { proxy: 'waypoint' } };
}

function subjectOf({ gateway: { metadata, body } }: Met): WaypointSubject {
  const { namespace, name } = metadata;
  return { waypoint: { namespace, name, className: body.className } };
}

function forService(met: MetForService): RequestProxy {
  const { asking, all, connection, target, side, service } = met;
  const sent = sentOn(asking, connection, target, () => waypointWire(side, target.port));
  const outcome = answerAtWaypoint(side, sent.mesh);
  const scene: MeshScene = { asking, all, proxy: side.proxy, connection, dialled: target, sent, outcome };
  const isRead = sent.mesh.wire === 'http' && outcome.flag !== 'DPE';
  const handle = (): Handling => {
    const arrived = arrivalStep(met, `Service ${service.key}:${target.port}`);
    const { namespace, name } = service;
    const subject = { ...subjectOf(met), service: { namespace, name } };
    return admitted(met, { arrived, subject, sent, isRead }, () => routed(scene, side));
  };
  return { handle, answerTo: (own) => feltBehind(isRead ? sent.request : undefined, own) };
}

/** A VirtualService and routes at the Service together are undefined: Istio's own is taken. */
function routed(scene: MeshScene, { service }: WaypointSide): Handling {
  const { asking, outcome } = scene;
  assumeOfMesh(scene);
  const gamma = outcome.set === undefined ? gammaHandling({ ...scene, host: service.host }) : undefined;
  return (
    gamma ?? { steps: [...ruleSteps(asking, outcome), ...delaySteps(outcome)], outcomes: outcomesOf(scene) }
  );
}

/** No routes are for a pod: what is asked for is what is dialled. */
function forPod(met: Met, pod: Pod): RequestProxy {
  const { asking, connection, target } = met;
  const sent = sentOn(asking, connection, target, () => 'tcp');
  const isRead = sent.mesh.wire === 'http';
  const handle = (): Handling => {
    const arrived = arrivalStep(met, `pod ${pod.key}:${target.port}`);
    return admitted(met, { arrived, subject: subjectOf(met), sent, isRead }, () => ({
      steps: [],
      outcomes: straightTo(met, pod, sent),
    }));
  };
  return { handle, answerTo: (own) => feltBehind(isRead ? sent.request : undefined, own) };
}

function straightTo({ all, connection, target }: Met, pod: Pod, { request }: Sent): readonly Outcome[] {
  const endpoints = [{ ...target, pod: pod.key }];
  return sealedGroups(all.mesh, connection.pod, { endpoints, tls: 'auto' }).map(
    ({ seal, addresses }): Forwarding => ({
      kind: 'forward',
      share: ONE,
      steps: [{ kind: 'proxy', text: `→ pod ${pod.key}${sealWords(seal)}` }],
      to: { kind: 'addresses', addresses },
      headers: connection.headers,
      ...(request === undefined ? {} : { request }),
      seal,
    }),
  );
}

interface Admitting {
  readonly arrived: StepAnswer;
  readonly subject: WaypointSubject;
  readonly sent: Sent;
  readonly isRead: boolean;
}

/** What the waypoint does with those whom its policies let in. */
function admitted(met: Met, { arrived, subject, sent, isRead }: Admitting, handle: () => Handling): Handling {
  const { asking, connection, target } = met;
  const answer = admission(met, subject, { sent, target, isRead });
  if (answer.kind === 'refused') {
    const refused = refusedAnswer(asking, {
      ...answer,
      ...(sent.request === undefined ? {} : { request: sent.request }),
      flag: 'RBAC',
      backends: [connection.pod.key],
    });
    return { steps: [arrived], outcomes: [refused] };
  }
  const [at] = answer.because;
  const step: readonly StepAnswer[] =
    at === undefined
      ? []
      : [{ kind: 'proxy', text: 'an AuthorizationPolicy admits it', ...placeOf(asking, at) }];
  const { steps, outcomes } = handle();
  return { steps: [arrived, ...step, ...steps], outcomes };
}

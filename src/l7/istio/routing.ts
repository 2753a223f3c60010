/**
 * The question to the mesh: this pod, or a client outside, sends this request; what becomes of it? One object keeps
 * what has been computed for proxies, so that the next request costs a look-up.
 */

import type { ClusterService, Pod } from '../../cluster/cluster.ts';
import { onceEach, onceFor } from '../../collections/once.ts';
import type { ControlPlane } from '../../control/control-plane.ts';
import { captureSettings, PROXY_UID } from '../../control/mesh/capture-settings.ts';
import { runsAsProxy } from '../../control/mesh/proxy-user.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { cidrContains } from '../../net/cidr.ts';
import { type Ip, isLoopback } from '../../net/ip.ts';
import { identityOf } from './branches.ts';
import { takesMtls } from './clusters.ts';
import { type Dialling, diallingOf } from './dialled-address.ts';
import { answerGateway, gatewayOf } from './gateway-answer.ts';
import { type Arrivals, buildMesh, type Mesh } from './mesh.ts';
import type { MeshRequest } from './mesh-request.ts';
import { answerOutbound, type Outbound, outboundOf } from './outbound.ts';
import { type MeshOutcome, outcome } from './outcome.ts';
import { answerPlain, type PlainClient } from './plain-client.ts';
import { sidecarProxy } from './proxies.ts';

export interface MeshQuestion {
  readonly request: MeshRequest;
  /** undefined: a client outside the cluster. */
  readonly from?: Pod;
  /** The Service of the gateway that is dialled. */
  readonly via?: ClusterService;
  /** Of the client outside. */
  readonly clientIp?: Ip;
}

export interface IstioMesh {
  readonly mesh: Mesh;
  /** What becomes of a request. */
  route(question: MeshQuestion): MeshOutcome;
  /** The outbound side of a pod's sidecar, with the tables of each port. */
  outbound(pod: Pod): Outbound;
  /** A gateway's pod, with its servers and their tables. */
  gateway(pod: Pod): ReturnType<typeof gatewayOf>;
}

/** The mesh of a cluster, ready for questions. All who ask about a cluster share it, and what it has computed. */
export function istioMesh(control: ControlPlane, arrivals: Arrivals = 'judged'): IstioMesh {
  return meshes(control)(arrivals);
}

const meshes = onceFor((control: ControlPlane) =>
  onceEach((arrivals: Arrivals) => readyMesh(buildMesh(control, arrivals))),
);

function readyMesh(mesh: Mesh): IstioMesh {
  const outbound = onceEach((pod: Pod) => outboundOf(mesh, sidecarProxy(mesh, pod)));
  const gateway = onceEach((pod: Pod) => gatewayOf(mesh, pod));
  const all: IstioMesh = {
    mesh,
    outbound,
    gateway,
    route: (question) =>
      question.via === undefined ? fromClient(all, question) : throughGateway(all, question),
  };
  return all;
}

function fromClient(all: IstioMesh, { from, request, clientIp }: MeshQuestion): MeshOutcome {
  const { mesh } = all;
  const dialling = diallingOf(mesh, request, from?.namespace ?? '');
  const { address, isOneOfSeveral } = dialling;
  const asked = {
    ...request,
    ...(address === undefined ? {} : { address }),
    ...(isOneOfSeveral === undefined ? {} : { isOneOfSeveral }),
  };
  if (from === undefined) {
    return answerPlain(mesh, plainClient(clientIp, 'the client has no proxy of the mesh'), asked, dialling);
  }
  const { membership, reason } = mesh.membership(from);
  if (membership === 'ambient') return answerAmbient(mesh, from, asked, dialling);
  const bypass =
    membership === 'sidecar' ? bypassReason(from, asked) : `${from.key} has no sidecar: ${reason}`;
  if (bypass === undefined) return answerOutbound(all.outbound(from), asked);
  return answerPlain(mesh, plainClient(from.ips[0], bypass), asked, dialling);
}

function plainClient(ip: Ip | undefined, reason: string): PlainClient {
  return { ...(ip === undefined ? {} : { ip }), tls: () => 'none', reason };
}

/** Why a sidecar does not get to see a connection of its own pod; undefined: it does. */
function bypassReason(from: Pod, { address, port }: MeshRequest): string | undefined {
  const { annotations, ips, key } = from;
  const settings = captureSettings(annotations);
  if (settings.mode === 'NONE') return `${key} has interceptionMode NONE: nothing is captured`;
  if (runsAsProxy(from) !== undefined)
    return `${key} runs as user ${PROXY_UID}, as its sidecar does: nothing is captured`;
  if (settings.excludeOutboundPorts.includes(port)) return `${key} excludes port ${port} from its sidecar`;
  if (address === undefined) return undefined;
  if (isLoopback(address) || ips.includes(address))
    return `${key} asks itself: its sidecar is not on the way`;
  if (settings.excludeOutboundRanges.some((range) => cidrContains(range, address))) {
    return `${key} excludes ${address.text} from its sidecar`;
  }
  const isIncluded =
    settings.includeOutboundRanges === 'all' ||
    settings.includeOutboundPorts.includes(port) ||
    settings.includeOutboundRanges.some((range) => cidrContains(range, address));
  return isIncluded ? undefined : `${address.text} is not in the ranges that the sidecar of ${key} captures`;
}

/** ztunnel reads no HTTP: rules apply only at a waypoint, which only a trace goes through. */
function answerAmbient(mesh: Mesh, from: Pod, request: MeshRequest, dialling: Dialling): MeshOutcome {
  const [ip] = from.ips;
  const client: PlainClient = {
    ...(ip === undefined ? {} : { ip }),
    peer: identityOf(mesh, { namespace: from.namespace, pod: from }),
    tls: (endpoint) => (takesMtls(mesh, endpoint) ? 'mtls' : 'none'),
    reason: `${from.key} is ambient: ztunnel chooses the pod, and no HTTP rule applies without a waypoint`,
  };
  const answer = answerPlain(mesh, client, request, dialling);
  const waypoint = waypointOf(mesh, dialling);
  return waypoint === undefined ? answer : { ...answer, unmodelled: [...answer.unmodelled, waypoint] };
}

const USE_WAYPOINT = 'istio.io/use-waypoint';

/** The label of the Service, else of its namespace, that asks for a waypoint. */
function waypointOf({ control }: Mesh, { service }: Dialling): Diagnostic | undefined {
  if (service === undefined) return undefined;
  const namespace = control.cluster.namespaces.get(service.namespace);
  const name = service.labels.get(USE_WAYPOINT) ?? namespace?.labels.get(USE_WAYPOINT);
  if (name === undefined || name === 'none') return undefined;
  const at = service.labels.has(USE_WAYPOINT) ? service.origin : namespace?.origin;
  return {
    code: 'unmodelled',
    severity: 'warning',
    text: `requests for ${service.key} go through the waypoint ${name}: its routes and policies are not looked at here; k8snet trace follows them`,
    sources: at === undefined ? [] : [{ at, role: 'primary' }],
  };
}

/** The Service of a gateway: its port must be there, and a ready pod behind it. */
function throughGateway(all: IstioMesh, { via, request, clientIp, from }: MeshQuestion): MeshOutcome {
  if (via === undefined) throw new Error('a question by a gateway names its Service');
  const { control } = all.mesh;
  const host = `${via.name}.${via.namespace}.svc.${all.mesh.domain}`;
  const service = all.mesh.kubeService(host);
  const port = service?.ports.find((each) => each.port === request.port);
  if (service === undefined || port === undefined) {
    return outcome({ result: 'refused', reason: `Service ${via.key} has no port ${request.port}` });
  }
  const endpoint = service.endpointsOf(port).find(({ pod }) => pod !== undefined);
  const pod = endpoint?.pod === undefined ? undefined : control.cluster.podByKey.get(endpoint.pod);
  if (pod === undefined || endpoint === undefined) {
    return outcome({
      result: 'refused',
      reason: `Service ${via.key} has no ready pod for port ${request.port}`,
    });
  }
  const client = clientIp ?? from?.ips[0];
  return answerGateway(all.gateway(pod), {
    request,
    port: endpoint.port,
    ...(client === undefined ? {} : { clientIp: client }),
  });
}

/** What a proxy of the mesh sends on: where to, as which request, and in whose name. */

import type { GatewayObject } from '../../../k8s/kinds/gateway.ts';
import { waypointOfIngress } from '../../../l7/istio/ambient/waypoints.ts';
import { identityOf } from '../../../l7/istio/branches.ts';
import type { MeshBranch } from '../../../l7/istio/outcome.ts';
import type { MeshEndpoint } from '../../../l7/istio/registry.ts';
import type { RouteRequest } from '../../../l7/request.ts';
import { type Fraction, multiplyFractions, ONE } from '../../../net/fraction.ts';
import { refTo } from '../../../source/ref.ts';
import type { L7Answer, StepAnswer } from '../../answer.ts';
import { rewriteSteps } from '../changed-requests.ts';
import type { Forwarding, Outcome, Seal } from '../proxy.ts';
import type { MeshScene } from './scene.ts';
import { sealedGroups, sealWords } from './sealed-groups.ts';
import { nobodyInWaypoint, type WaypointWay, wayToWaypoint } from './waypoint-way.ts';
import { clusterStep } from './words.ts';

/** The way to the address that the client dialled. */
export function passingOn(scene: MeshScene): Forwarding {
  const { sent, connection, dialled, outcome } = scene;
  return {
    kind: 'forward',
    share: ONE,
    steps: [{ kind: 'proxy', text: `→ ${outcome.cluster ?? ''}: ${outcome.reason}` }],
    to: { kind: 'addresses', addresses: [dialled] },
    headers: headersOf(connection.headers, sent.request),
    ...(sent.request === undefined ? {} : { request: sent.request }),
    ...socketOf(scene),
  };
}

/** Of a gateway whose Service asks for it: the way to the Service's waypoint. */
function byWaypoint(
  { all: { mesh }, proxy, asking }: MeshScene,
  { service, port }: MeshBranch,
): { readonly gateway: GatewayObject; readonly way?: WaypointWay } | undefined {
  if (proxy.kind !== 'gateway' || service?.kind !== 'service') return undefined;
  const { cluster, control } = asking.snapshot;
  const [name] = service.host.split('.');
  const own = control.serviceByKey.get(`${service.namespace}/${name}`);
  const [ip] = own?.clusterIps ?? [];
  const answer = own === undefined ? undefined : waypointOfIngress(cluster, own);
  if (answer?.kind !== 'waypoint' || ip === undefined) return undefined;
  const { gateway } = answer;
  const way = wayToWaypoint(mesh, proxy.pod, { gateway, target: { ip, port }, among: 'all' });
  return { gateway, ...(way === undefined ? {} : { way }) };
}

/** The ways to the endpoints of a branch that has some: by how they are dialled, and one for each name. */
export function sending(scene: MeshScene, branch: MeshBranch, share: Fraction): readonly Outcome[] {
  const { asking, all, connection, proxy, sent } = scene;
  const { endpoints, at, tls } = branch;
  const request = sentRequest(scene, branch);
  const base = (seal: Seal): Omit<Forwarding, 'to' | 'share'> => ({
    kind: 'forward',
    steps: [clusterStep(asking, branch, sealWords(seal)), ...changeSteps(scene, request)],
    headers: headersOf(new Map([...connection.headers, ...addedHeaders(sent.request, request)]), request),
    ...(request === undefined ? {} : { request }),
    ...l7Of(scene),
    ...socketOf(scene),
    seal,
    name: `${branch.cluster}${sealWords(seal)}`,
  });
  const waypoint = byWaypoint(scene, branch);
  if (waypoint !== undefined) {
    const { way, gateway } = waypoint;
    if (way === undefined) {
      return [{ ...nobodyInWaypoint(gateway, sent.request), share, name: branch.cluster }];
    }
    const { namespace, name } = gateway.metadata;
    const words = `, HBONE to the waypoint ${namespace}/${name}`;
    const steps = [clusterStep(asking, branch, words), ...changeSteps(scene, request)];
    return [{ ...base(way.seal), to: way.to, steps, share }];
  }
  const part = (count: number) =>
    multiplyFractions(share, { numerator: count, denominator: endpoints.length });
  const addressed = endpoints.flatMap(({ ip, port, pod }) => (ip === undefined ? [] : [{ ip, port, pod }]));
  const straight = sealedGroups(all.mesh, proxy.pod, { endpoints: addressed, tls }).map(
    ({ seal, addresses }): Forwarding => ({
      ...base(seal),
      share: part(addresses.length),
      to: { kind: 'addresses', addresses },
    }),
  );
  const origin = at ?? branch.service?.at ?? scene.proxy.pod.origin;
  const byName = (endpoint: MeshEndpoint): readonly Forwarding[] =>
    origin === undefined
      ? []
      : [
          {
            ...base(sealOf(scene, branch)),
            share: part(1),
            to: { kind: 'name', host: endpoint.address, port: endpoint.port, at: refTo(origin) },
          },
        ];
  return [...straight, ...endpoints.filter(({ ip }) => ip === undefined).flatMap(byName)];
}

function socketOf({ socket }: MeshScene): Pick<Forwarding, 'socket'> {
  return socket === undefined ? {} : { socket };
}

/** A client's certificate is of the mesh only in mTLS. */
function sealOf({ all, proxy }: MeshScene, { tls }: MeshBranch): Seal {
  return tls === 'mtls' ? { tls, peer: identityOf(all.mesh, proxy) } : { tls };
}

/** As the backend gets it. What ends TLS at a gateway goes on in the clear. */
function sentRequest(
  { sent: { request }, outcome, proxy }: MeshScene,
  { sent }: MeshBranch,
): RouteRequest | undefined {
  if (request === undefined) return undefined;
  const endsTls = proxy.kind === 'gateway' && outcome.route !== undefined;
  return {
    ...request,
    ...(endsTls ? { scheme: 'http' as const } : {}),
    ...(sent === undefined ? {} : { host: sent.authority, uri: sent.uri, headers: sent.headers }),
  };
}

function changeSteps({ sent }: MeshScene, request: RouteRequest | undefined): readonly StepAnswer[] {
  return sent.request === undefined || request === undefined ? [] : rewriteSteps(sent.request, request);
}

/** Headers that a rule sets. */
function addedHeaders(
  before: RouteRequest | undefined,
  after: RouteRequest | undefined,
): readonly (readonly [string, string])[] {
  return [...(after?.headers ?? [])].filter(
    ([name, value]) => name !== 'host' && before?.headers.get(name) !== value,
  );
}

/** Host first. */
function headersOf(
  added: ReadonlyMap<string, string>,
  request: RouteRequest | undefined,
): ReadonlyMap<string, string> {
  if (request === undefined) return new Map();
  return new Map([['Host', request.host], ...[...added].filter(([name]) => name !== 'Host')]);
}

function l7Of({ outcome: { mirrors } }: MeshScene): { readonly l7?: L7Answer } {
  if (mirrors.length === 0) return {};
  const mirroredTo = mirrors.map(({ host, port, percent }) => ({ backend: `${host}:${port}`, percent }));
  return { l7: { mirroredTo } };
}

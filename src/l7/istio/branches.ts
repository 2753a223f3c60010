/**
 * The branches of a route: each destination with its share, and what the servers' proxies make of it.
 * Rules: docs/semantics/istio.md 7.7, 12.
 */

import type { Destination, WeightedDestination } from '../../k8s/istio-parts/destination.ts';
import type { HeaderOperations } from '../../k8s/istio-parts/headers.ts';
import { type Fraction, multiplyFractions, ONE } from '../../net/fraction.ts';
import type { Ip } from '../../net/ip.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';
import { type Arrival, arrive } from './arrival.ts';
import type { PeerIdentity } from './authorization-fields.ts';
import { clusterBranch, type DestinationRef, type Dialled, takesMtls } from './clusters.ts';
import type { ClientTls } from './inbound.ts';
import type { Mesh } from './mesh.ts';
import type { MeshRequest } from './mesh-request.ts';
import type { BranchFailure, HopTls, MeshBranch } from './outcome.ts';
import type { MeshProxy } from './proxy.ts';
import type { MeshEndpoint } from './registry.ts';

/** The proxy that sends, and what it was asked. */
export interface Sending {
  readonly mesh: Mesh;
  readonly proxy: MeshProxy;
  readonly dialled: Dialled;
  /** As it leaves the proxy. */
  readonly request: MeshRequest;
  /** Of the client before a gateway. */
  readonly remoteIp?: Ip;
}

export interface Share {
  readonly destination: DestinationRef;
  readonly weight: Fraction;
  /** What the rule does to headers for this destination alone. */
  readonly headers?: HeaderOperations;
}

/**
 * The shares of destinations: one alone gets all, whatever its weight; of several those of weight 0 get nothing.
 * @param origin the object that the destinations stand in.
 */
export function sharesOf(route: readonly WeightedDestination[], origin: SourceRef): readonly Share[] {
  const [only, ...others] = route;
  if (only !== undefined && others.length === 0) {
    return [shareOf(only, ONE, origin)];
  }
  const total = route.reduce((sum, { weight }) => sum + weight, 0);
  return route
    .filter(({ weight }) => weight > 0)
    .map((each) =>
      shareOf(each, multiplyFractions({ numerator: each.weight, denominator: total }, ONE), origin),
    );
}

function shareOf({ destination, headers }: WeightedDestination, weight: Fraction, origin: SourceRef): Share {
  const share = { destination: destinationRef(destination, origin), weight };
  return headers === undefined ? share : { ...share, headers };
}

/** A destination of a rule, its host complete. */
export function destinationRef({ host, subset, port, path }: Destination, origin: SourceRef): DestinationRef {
  return {
    host,
    ...(subset === '' ? {} : { subset }),
    ...(port === undefined ? {} : { port }),
    at: refTo(origin, ...path),
  };
}

export interface SentBranches {
  readonly branches: readonly MeshBranch[];
  /** What let the request pass, or not. */
  readonly because: readonly SourceRef[];
  /** Did a server's proxy ask its policies? */
  readonly authorization?: 'allow' | 'deny';
}

/**
 * Resolves the shares, and lets the servers' proxies judge.
 * @param requestOf the request as the destination of a share gets it; default: as it leaves the proxy.
 */
export function sendBranches(
  sending: Sending,
  shares: readonly Share[],
  requestOf: (share: Share) => MeshRequest = () => sending.request,
): SentBranches {
  return joinBranches(
    shares.map((share) => {
      const sent = requestOf(share);
      return spread(sending.mesh, proxySender({ ...sending, request: sent }), {
        ...clusterBranch(sending.mesh, sending.proxy, share.destination, sending.dialled),
        weight: share.weight,
        sent,
      });
    }),
  );
}

function joinBranches(sent: readonly SentBranches[]): SentBranches {
  const authorization = sent.map((each) => each.authorization).find((each) => each !== undefined);
  return {
    branches: sent.flatMap(({ branches }) => branches),
    because: [...new Set(sent.flatMap(({ because }) => because))],
    ...(authorization === undefined ? {} : { authorization }),
  };
}

/** Who opens the connections to endpoints. */
export interface Sender {
  /** As it is sent. */
  readonly request: MeshRequest;
  readonly peer?: PeerIdentity;
  readonly sourceIp?: Ip;
  readonly remoteIp?: Ip;
  tls(branch: MeshBranch, endpoint: MeshEndpoint): HopTls;
  /** What a refusal of the server's proxy is for who asked. */
  felt(failure: BranchFailure): BranchFailure;
}

function proxySender({ mesh, proxy, request, remoteIp }: Sending): Sender {
  const [sourceIp] = proxy.pod.ips;
  return {
    request,
    peer: identityOf(mesh, proxy),
    ...(sourceIp === undefined ? {} : { sourceIp }),
    ...(remoteIp === undefined ? {} : { remoteIp }),
    tls: ({ tls, isTlsAutomatic }, endpoint) => {
      if (!isTlsAutomatic || tls === 'none') return tls;
      return takesMtls(mesh, endpoint) ? 'mtls' : 'none';
    },
    felt: (failure) => atClientOfProxy(failure, request),
  };
}

/** Endpoints with the same fate make one branch; each endpoint is as likely as the others. */
export function spread(mesh: Mesh, sender: Sender, branch: MeshBranch): SentBranches {
  if (branch.failure !== undefined || branch.endpoints.length === 0)
    return { branches: [branch], because: [] };
  const groups = new Map<string, Group>();
  for (const endpoint of branch.endpoints) {
    const tls = sender.tls(branch, endpoint);
    const arrival = arrivalOf(mesh, sender, { endpoint, tls });
    const key =
      arrival.kind === 'failed' ? `${arrival.failure.kind} ${arrival.failure.status}` : fateOf(mesh, tls);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { tls: [tls], arrival, endpoints: [endpoint] });
    else {
      known.tls.push(tls);
      known.endpoints.push(endpoint);
    }
  }
  const all = [...groups.values()];
  return {
    branches: all.map((group) => branchOf(sender, branch, group)),
    because: all.flatMap(({ arrival }) =>
      arrival.kind === 'accepted' ? arrival.because : arrival.failure.because,
    ),
    ...authorizationOf(all),
  };
}

/** Whoever meets the connections wants to know which TLS each has. */
function fateOf({ arrivals }: Mesh, tls: HopTls): string {
  return arrivals === 'met' ? tls : '';
}

interface Group {
  /** Of each endpoint. */
  readonly tls: HopTls[];
  readonly arrival: Arrival;
  readonly endpoints: MeshEndpoint[];
}

function authorizationOf(groups: readonly Group[]): Pick<SentBranches, 'authorization'> {
  const isDenied = groups.some(
    ({ arrival }) => arrival.kind === 'failed' && arrival.failure.kind === 'denied',
  );
  if (isDenied) return { authorization: 'deny' };
  const isAllowed = groups.some(
    ({ arrival }) => arrival.kind === 'accepted' && arrival.authorization !== undefined,
  );
  return isAllowed ? { authorization: 'allow' } : {};
}

function branchOf(sender: Sender, branch: MeshBranch, { tls, arrival, endpoints }: Group): MeshBranch {
  const share = { numerator: endpoints.length, denominator: branch.endpoints.length };
  return {
    ...branch,
    weight: multiplyFractions(branch.weight, share),
    // Where endpoints differ, the least that all have.
    tls: tls.find((each) => each === 'none') ?? tls[0] ?? 'none',
    endpoints,
    ...(arrival.kind === 'failed' ? { failure: sender.felt(arrival.failure) } : {}),
  };
}

/** A connection that the server closes: an HTTP client of the proxy gets a 503 for it. */
function atClientOfProxy(failure: BranchFailure, { wire }: MeshRequest): BranchFailure {
  if (wire !== 'http') {
    const { status: _status, ...rest } = failure;
    return rest;
  }
  return failure.status === undefined ? { ...failure, status: 503, flag: failure.flag ?? 'UC' } : failure;
}

interface Hop {
  readonly endpoint: MeshEndpoint;
  readonly tls: HopTls;
}

function arrivalOf(mesh: Mesh, sender: Sender, { endpoint, tls }: Hop): Arrival {
  const { request, peer, sourceIp, remoteIp } = sender;
  const pod = endpoint.pod === undefined ? undefined : mesh.control.cluster.podByKey.get(endpoint.pod);
  if (pod === undefined || mesh.arrivals === 'met') return { kind: 'accepted', because: [] };
  return arrive(mesh, {
    pod,
    port: endpoint.port,
    tls: wireTls(tls, request),
    ...(peer === undefined ? {} : { peer }),
    ...(sourceIp === undefined ? {} : { sourceIp }),
    ...(remoteIp === undefined ? {} : { remoteIp }),
    request,
  });
}

/** TLS of the client that a proxy passes on is no TLS of the mesh. */
export function wireTls(tls: HopTls, { wire }: MeshRequest): ClientTls {
  if (tls !== 'none') return tls;
  return wire === 'tls' ? 'tls' : 'none';
}

/** The identity in a proxy's certificate. */
export function identityOf(
  { settings }: Mesh,
  { namespace, pod }: Pick<MeshProxy, 'namespace' | 'pod'>,
): PeerIdentity {
  return {
    trustDomain: settings.trustDomain,
    namespace,
    serviceAccount: pod.spec.serviceAccountName ?? 'default',
  };
}

/**
 * A client without a proxy: kube-proxy chooses the pod, and only the server's own proxy can still refuse.
 * VirtualServices and DestinationRules are nothing to it. Rules: docs/semantics/istio.md 1.6.
 */

import type { ClusterService, Pod } from '../../cluster/cluster.ts';
import { ONE } from '../../net/fraction.ts';
import type { Ip } from '../../net/ip.ts';
import type { PeerIdentity } from './authorization-fields.ts';
import { type Sender, spread } from './branches.ts';
import type { Dialling } from './dialled-address.ts';
import type { Mesh } from './mesh.ts';
import type { MeshRequest } from './mesh-request.ts';
import { type HopTls, type MeshBranch, type MeshOutcome, outcome } from './outcome.ts';
import type { MeshEndpoint } from './registry.ts';
import { summary } from './summary.ts';

export interface PlainClient {
  readonly ip?: Ip;
  /** Of a client that ztunnel speaks for. */
  readonly peer?: PeerIdentity;
  /** How the connection to an endpoint is protected. */
  tls(endpoint: MeshEndpoint): HopTls;
  /** Why no rules apply, in words. */
  readonly reason: string;
}

/** What becomes of the request. */
export function answerPlain(
  mesh: Mesh,
  client: PlainClient,
  request: MeshRequest,
  dialling: Dialling,
): MeshOutcome {
  const branch = branchTo(mesh, request, dialling);
  if (branch === undefined) {
    return outcome({
      result: 'passthrough',
      reason: `${client.reason}; the destination is not of the cluster`,
    });
  }
  if (branch.endpoints.length === 0) {
    return outcome({
      result: 'refused',
      reason: branch.failure?.text ?? 'nobody listens',
      branches: [branch],
    });
  }
  const sender: Sender = {
    request,
    ...(client.peer === undefined ? {} : { peer: client.peer }),
    ...(client.ip === undefined ? {} : { sourceIp: client.ip }),
    tls: (_branch, endpoint) => client.tls(endpoint),
    felt: (failure) => failure,
  };
  return {
    ...summary(spread(mesh, sender, branch), request.wire === 'http' ? 'http' : 'tcp'),
    reason: client.reason,
  };
}

function branchTo(mesh: Mesh, request: MeshRequest, { service, address }: Dialling): MeshBranch | undefined {
  if (service !== undefined) return serviceBranch(mesh, service, request, address);
  const pod = address === undefined ? undefined : mesh.control.cluster.podByIp.get(address);
  return pod === undefined || address === undefined ? undefined : podBranch(pod, address, request);
}

const PLAIN = {
  loadBalancer: 'kube-proxy',
  tls: 'none',
  isTlsAutomatic: true,
  cluster: '',
  weight: ONE,
} as const;

function podBranch(pod: Pod, ip: Ip, { port }: MeshRequest): MeshBranch {
  const endpoint = { address: ip.text, ip, port, pod: pod.key, labels: pod.labels };
  return { ...PLAIN, host: ip.text, port, endpoints: [endpoint] };
}

function serviceBranch(
  mesh: Mesh,
  { name, namespace }: ClusterService,
  { port, isOneOfSeveral }: MeshRequest,
  address: Ip | undefined,
): MeshBranch {
  const host = `${name}.${namespace}.svc.${mesh.domain}`;
  const service = mesh.kubeService(host);
  const found = service?.ports.find((each) => each.port === port);
  const all = service === undefined || found === undefined ? [] : service.endpointsOf(found);
  const isChosen = service?.resolution === 'original' && isOneOfSeveral !== true && address !== undefined;
  const endpoints = isChosen ? all.filter(({ ip }) => ip === address) : all;
  const text = found === undefined ? `${host} has no port ${port}` : `${host}:${port} has no ready endpoint`;
  return {
    ...PLAIN,
    host,
    port,
    ...(service === undefined ? {} : { service }),
    endpoints,
    ...(endpoints.length > 0 ? {} : { failure: { kind: 'refused' as const, text, because: [] } }),
  };
}

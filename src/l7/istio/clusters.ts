/**
 * From a destination to the endpoints that a proxy dials: the service, its port, the subset, and the TLS of the hop.
 * Source: istio/istio:pilot/pkg/networking/core/route/route.go GetDestinationCluster,
 * pilot/pkg/networking/core/cluster.go, cluster_builder.go, pilot/pkg/xds/endpoints/endpoint_builder.go,
 * mtls_checker.go. Rules: docs/semantics/istio.md 7.7, 8.6 to 8.9.
 */

import type { ClientTlsMode, PolicySettings } from '../../k8s/istio-parts/traffic-policy.ts';
import { labelsMatch } from '../../k8s/selector.ts';
import type { Ip } from '../../net/ip.ts';
import type { SourceRef } from '../../source/ref.ts';
import type { MergedRule, PlacedSubset } from './destination-rules.ts';
import type { Mesh } from './mesh.ts';
import type { BranchFailure, HopTls, MeshBranch } from './outcome.ts';
import type { MeshProxy } from './proxy.ts';
import { isHeadless, type MeshEndpoint, type MeshPort, type MeshService, portOf } from './registry.ts';
import { trafficPolicyFor } from './traffic-policy.ts';

/** A destination, its host complete. */
export interface DestinationRef {
  readonly host: string;
  readonly subset?: string;
  /** undefined: the service's only port, else that of the listener. */
  readonly port?: number;
  readonly at?: SourceRef;
}

/** What the proxy was asked. */
export interface Dialled {
  /** Of the listener at a sidecar, of the Gateway's server at a gateway. */
  readonly listenerPort: number;
  /** Where the client wanted to go; undefined at gateways, and where nobody knows. */
  readonly ip?: Ip;
  readonly port?: number;
}

/** A branch without its share. */
export type ClusterBranch = Omit<MeshBranch, 'weight'>;

const DEFAULT_BALANCER = 'LEAST_REQUEST';

/** The cluster of a destination for a proxy; a missing one is a failure of the branch. */
export function clusterBranch(
  mesh: Mesh,
  proxy: MeshProxy,
  destination: DestinationRef,
  dialled: Dialled,
): ClusterBranch {
  const named = proxy.service(destination.host);
  const host = named?.aliasOf ?? destination.host;
  const [only, ...others] = named?.ports ?? [];
  const single = only !== undefined && others.length === 0 ? only.port : undefined;
  const port = destination.port ?? single ?? dialled.listenerPort;
  const service = named?.aliasOf === undefined ? named : proxy.service(host);
  const draft: Draft = {
    host,
    ...(destination.subset === undefined || destination.subset === '' ? {} : { subset: destination.subset }),
    port,
    cluster: `outbound|${port}|${destination.subset ?? ''}|${host}`,
    ...(destination.at === undefined ? {} : { at: destination.at }),
  };
  if (service === undefined) {
    return missing(draft, 'no-such-service', `the proxy knows no service ${host}`);
  }
  const found = portOf(service, port);
  if (found === undefined || found.protocol === 'UDP') {
    return missing({ ...draft, service }, 'no-such-port', `${host} has no port ${port} for it`);
  }
  return foundBranch({ mesh, proxy, dialled }, { ...draft, service }, found);
}

type Draft = Pick<ClusterBranch, 'host' | 'subset' | 'port' | 'cluster' | 'service' | 'at'>;

interface Finding {
  readonly mesh: Mesh;
  readonly proxy: MeshProxy;
  readonly dialled: Dialled;
}

function missing(draft: Draft, kind: BranchFailure['kind'], text: string): ClusterBranch {
  return { ...withoutEndpoints(draft), failure: { kind, text, status: 503, flag: 'NC', because: [] } };
}

function withoutEndpoints(draft: Draft): Omit<ClusterBranch, 'failure'> {
  return { ...draft, endpoints: [], loadBalancer: DEFAULT_BALANCER, tls: 'none', isTlsAutomatic: true };
}

function foundBranch(
  finding: Finding,
  draft: Draft & { readonly service: MeshService },
  port: MeshPort,
): ClusterBranch {
  const { mesh, proxy } = finding;
  const rule = proxy.destinationRule(draft.service);
  const subset = rule?.subsets.find(({ name }) => name === draft.subset);
  const known = { ...draft, ...(rule === undefined ? {} : { rule }) };
  if (draft.subset !== undefined && subset === undefined) {
    return { ...missing(known, 'no-such-subset', subsetText(draft.subset, rule)), ...ruleOf(rule) };
  }
  const policy = trafficPolicyFor(rule, subset, port.port);
  const endpoints = endpointsOf(finding, { service: draft.service, port, subset, policy });
  const branch: ClusterBranch = {
    ...known,
    ...ruleOf(rule),
    ...(subset === undefined ? {} : { chosenSubset: subset }),
    endpoints,
    loadBalancer: balancerOf(finding, draft.service, policy),
    tls: hopTls(mesh, policy, { service: draft.service, endpoints }),
    isTlsAutomatic: policy.tlsMode === undefined,
  };
  if (endpoints.length > 0 || isOriginal(finding, draft.service, policy)) return branch;
  if (draft.service.resolution === 'dns') {
    return {
      ...branch,
      failure: failed('no-such-service', `${draft.host} names no address to ask for`, 'NC'),
    };
  }
  const what = draft.subset === undefined ? draft.host : `subset ${draft.subset} of ${draft.host}`;
  return { ...branch, failure: failed('no-endpoints', `${what} has no ready endpoint`, 'UH') };
}

function ruleOf(rule: MergedRule | undefined): { readonly rule?: MergedRule } {
  return rule === undefined ? {} : { rule };
}

function failed(kind: BranchFailure['kind'], text: string, flag: string): BranchFailure {
  return { kind, text, status: 503, flag, because: [] };
}

function subsetText(subset: string, rule: MergedRule | undefined): string {
  if (rule === undefined) return `no DestinationRule for the host defines subset ${subset}`;
  const { namespace, name } = rule.object.metadata;
  return `DestinationRule ${namespace}/${name} has no subset ${subset}`;
}

interface Selecting {
  readonly service: MeshService;
  readonly port: MeshPort;
  readonly subset: PlacedSubset | undefined;
  readonly policy: PolicySettings;
}

/** Does the proxy keep the address that the client dialled? Gateways have none to keep. */
function isOriginal({ proxy }: Finding, service: MeshService, policy: PolicySettings): boolean {
  if (proxy.kind === 'gateway') return false;
  return service.resolution === 'original' || policy.loadBalancer === 'PASSTHROUGH';
}

function endpointsOf(
  finding: Finding,
  { service, port, subset, policy }: Selecting,
): readonly MeshEndpoint[] {
  const { mesh, proxy, dialled } = finding;
  const all = service.endpointsOf(port);
  if (isOriginal(finding, service, policy)) {
    if (dialled.ip !== undefined) return [dialledEndpoint(mesh, dialled.ip, dialled.port ?? port.port)];
    if (isHeadless(service)) return all;
  }
  const near = service.isLocalOnly ? all.filter(({ node }) => node === proxy.pod.node) : all;
  return subset === undefined ? near : near.filter(({ labels }) => labelsMatch(subset.labels, labels));
}

function dialledEndpoint({ control }: Mesh, ip: Ip, port: number): MeshEndpoint {
  const pod = control.cluster.podByIp.get(ip);
  return {
    address: ip.text,
    ip,
    port,
    ...(pod === undefined ? {} : { pod: pod.key, labels: pod.labels }),
    labels: pod?.labels ?? new Map(),
  };
}

function balancerOf(finding: Finding, service: MeshService, { loadBalancer }: PolicySettings): string {
  if (isOriginal(finding, service, { hasOutlierDetection: false })) return 'ORIGINAL_DST';
  return loadBalancer ?? DEFAULT_BALANCER;
}

interface Hop {
  readonly service: MeshService;
  readonly endpoints: readonly MeshEndpoint[];
}

/** What the rule says; without a word of it, mTLS to endpoints that have a proxy for it. */
function hopTls(mesh: Mesh, { tlsMode }: PolicySettings, { service, endpoints }: Hop): HopTls {
  if (tlsMode !== undefined) return TLS_OF_MODE[tlsMode];
  const isAutomatic = mesh.settings.autoMtls && !service.isExternal;
  return isAutomatic && endpoints.some((each) => takesMtls(mesh, each)) ? 'mtls' : 'none';
}

const TLS_OF_MODE: Readonly<Record<ClientTlsMode, HopTls>> = {
  DISABLE: 'none',
  SIMPLE: 'tls',
  MUTUAL: 'tls',
  ISTIO_MUTUAL: 'mtls',
};

/** Auto mTLS looks at each endpoint: has it a proxy, and does that take mTLS? */
export function takesMtls(mesh: Mesh, { pod, port }: MeshEndpoint): boolean {
  const found = pod === undefined ? undefined : mesh.control.cluster.podByKey.get(pod);
  if (found === undefined) return false;
  const { membership } = mesh.membership(found);
  if (membership === 'ambient') return true;
  return membership === 'sidecar' && mesh.peerPolicy(found, port).mode !== 'DISABLE';
}

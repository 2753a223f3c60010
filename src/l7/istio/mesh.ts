/**
 * Istio as the manifests configure it: everything that istiod would hand to proxies, computed when it is asked for.
 *
 *   request ─► client's proxy: listener ─► virtual host ─► route ─► cluster ─► endpoint ─► server's proxy ─► pod
 *              (scope, virtual-hosts)      (http-routes)    (clusters)          (arrival)
 *
 * Source: istio/istio:pilot/pkg/model/push_context.go. Rules: docs/semantics/istio.md.
 */

import type { Pod } from '../../cluster/cluster.ts';
import { once, onceEach } from '../../collections/once.ts';
import type { ControlPlane } from '../../control/control-plane.ts';
import { type ProxyMembership, proxyMembership } from '../../control/mesh/proxies.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { IstioGatewayObject } from '../../k8s/kinds/istio-gateway.ts';
import type { Labels } from '../../k8s/object.ts';
import { compareAge, oldestFirst } from './age.ts';
import { type ZtunnelPolicies, ztunnelPolicies } from './ambient/ztunnel-policies.ts';
import { type Authorize, authorization } from './authorization.ts';
import { destinationRules, type FindRule } from './destination-rules.ts';
import { entryServices } from './entry-services.ts';
import { kubeServices } from './kube-services.ts';
import { type PeerPolicies, peerPolicies } from './peer-authentication.ts';
import type { IstioProtocol } from './protocol.ts';
import { indexByHost, type MeshService, type NamespaceRegistry } from './registry.ts';
import { type Authenticate, requestAuthentication } from './request-authentication.ts';
import { type RuleSets, ruleSets } from './rule-sets.ts';
import { type MeshSettings, meshSettings } from './settings.ts';
import { type SidecarScope, sidecarScopes } from './sidecar-scope.ts';
import { isVisible } from './visibility.ts';

/**
 * `judged`: what a proxy sends is followed into the server's proxy, which may refuse it. `met`: how it gets there and
 * what meets it is somebody else's question.
 */
export type Arrivals = 'judged' | 'met';

export interface Mesh {
  readonly arrivals: Arrivals;
  readonly control: ControlPlane;
  readonly settings: MeshSettings;
  readonly domain: string;
  readonly rules: RuleSets;
  /** In the order of their age. */
  readonly gateways: readonly IstioGatewayObject[];
  /** Every service of the registry, in the order in which Istio takes them. */
  readonly services: readonly MeshService[];
  /** The Service of a cluster by its full name. */
  kubeService(host: string): MeshService | undefined;
  registry(namespace: string): NamespaceRegistry;
  scope(namespace: string, labels: Labels): SidecarScope;
  readonly findRule: FindRule;
  readonly peerPolicy: PeerPolicies;
  readonly authorize: Authorize;
  /** What ztunnel says of a connection to an ambient workload. */
  readonly admittedByZtunnel: ZtunnelPolicies;
  readonly authenticate: Authenticate;
  membership(pod: Pod): ProxyMembership;
  /** The protocol of the Service port that leads to a port of a pod; undefined: none does. */
  inboundProtocol(pod: Pod, port: number): IstioProtocol | undefined;
  /** What is wrong with the mesh's own configuration. */
  readonly problems: readonly Diagnostic[];
}

/** Builds the mesh of a cluster. Nothing is computed before somebody asks. */
export function buildMesh(control: ControlPlane, arrivals: Arrivals): Mesh {
  const { cluster } = control;
  const { objects } = cluster;
  const domain = cluster.profile.clusterDomain;
  const problems: Diagnostic[] = [];
  const settings = meshSettings(cluster, (problem) => void problems.push(problem));
  const rules = once(() => ruleSets(objects, settings, domain));
  const gateways = oldestFirst(objects.ofKind('IstioGateway'));
  const services = once(() =>
    [...kubeServices(control, settings), ...entryServices(cluster, settings)].sort((a, b) =>
      compareAge(a.age, b.age),
    ),
  );
  const byHost = once(
    () =>
      new Map(services().flatMap((each) => (each.kind === 'service' ? [[each.host, each] as const] : []))),
  );
  const registry = onceEach((namespace: string) => registryOf(services(), namespace));
  const scopes = once(() =>
    sidecarScopes({ settings, sidecars: objects.ofKind('Sidecar'), rules: rules(), registry }),
  );
  const findRule = once(() => destinationRules(objects, settings, domain));
  const peers = once(() => peerPolicies(objects, settings));
  const authorize = once(() => authorization(objects, settings));
  const ztunnel = once(() => ztunnelPolicies(objects, settings));
  const authenticate = once(() => requestAuthentication(objects, settings));
  const inbound = onceEach((namespace: string) => inboundProtocols(services(), namespace));
  return {
    arrivals,
    control,
    settings,
    domain,
    gateways,
    get rules() {
      return rules();
    },
    get services() {
      return services();
    },
    kubeService: (host) => byHost().get(host),
    registry,
    scope: (namespace, labels) => scopes()(namespace, labels),
    findRule: (service, client) => findRule()(service, client),
    peerPolicy: (workload, port) => peers()(workload, port),
    authorize: (subject, request) => authorize()(subject, request),
    admittedByZtunnel: (workload, connection) => ztunnel()(workload, connection),
    authenticate: (subject, request) => authenticate()(subject, request),
    membership: proxyMembership(cluster),
    inboundProtocol: (pod, port) => inbound(pod.namespace).get(`${pod.key} ${port}`),
    get problems() {
      return [...problems, ...rules().problems];
    },
  };
}

/** Private services first, then those that are exported to the namespace by name, then the public ones. */
function registryOf(services: readonly MeshService[], namespace: string): NamespaceRegistry {
  const seen = services.filter(({ visibility }) => isVisible(visibility, namespace));
  const isOwn = ({ visibility, namespace: owner }: MeshService) =>
    !visibility.isPublic && owner === namespace;
  const isGiven = ({ visibility, namespace: owner }: MeshService) =>
    !visibility.isPublic && owner !== namespace;
  const ordered = [
    ...seen.filter(isOwn),
    ...seen.filter(isGiven),
    ...seen.filter(({ visibility }) => visibility.isPublic),
  ];
  return { services: ordered, byHost: indexByHost(ordered) };
}

/** The oldest service that leads to a port decides its protocol. */
function inboundProtocols(
  services: readonly MeshService[],
  namespace: string,
): ReadonlyMap<string, IstioProtocol> {
  const protocols = new Map<string, IstioProtocol>();
  for (const service of services.filter((each) => each.namespace === namespace)) {
    for (const port of service.ports.filter(({ protocol }) => protocol !== 'UDP')) {
      for (const endpoint of service.endpointsOf(port)) {
        const key = `${endpoint.pod} ${endpoint.port}`;
        if (endpoint.pod !== undefined && !protocols.has(key)) protocols.set(key, port.protocol);
      }
    }
  }
  return protocols;
}

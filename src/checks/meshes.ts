/** The Istio mesh of the input, and what its objects name, for the rules that judge them. */

import { type Membership, meshMembership } from '../control/mesh/membership.ts';
import type { Destination } from '../k8s/istio-parts/destination.ts';
import type { VirtualServiceObject } from '../k8s/kinds/virtual-service.ts';
import type { Mesh } from '../l7/istio/mesh.ts';
import { fullHost, halfQualifiedName, hostsMatch, isWildcard, MESH } from '../l7/istio/names.ts';
import type { MeshService } from '../l7/istio/registry.ts';
import { istioMesh } from '../l7/istio/routing.ts';
import { type CheckInput, type OfInput, perInput } from './check-input.ts';
import type { Gate } from './hit.ts';
import type { PodGroup } from './pod-groups.ts';
import { podOfGroup } from './policies.ts';
import type { ServiceObject } from './services.ts';
import { type Subject, subjectOf } from './subject.ts';

/** The mesh as requests find it. */
export function meshOf({ snapshot }: CheckInput): Mesh {
  return istioMesh(snapshot.control).mesh;
}

/** A destination of a VirtualService. */
export interface DestinationView {
  readonly object: VirtualServiceObject;
  readonly subject: Subject;
  readonly destination: Destination;
  /** The host's full name. */
  readonly host: string;
}

/** Every destination of every VirtualService, also of mirrors. */
export const destinationViews: OfInput<readonly DestinationView[]> = perInput((input) =>
  input.snapshot.objects.ofKind('VirtualService').flatMap((object) => {
    const { http, tls, tcp } = object.body;
    const routes = [...http, ...tls, ...tcp].flatMap(({ route }) => route);
    const mirrors = http.flatMap((rule) => rule.mirrors);
    return [...routes, ...mirrors].map(({ destination }) => ({
      object,
      subject: subjectOf(object),
      destination,
      host: hostIn(input, destination.host, object.metadata.namespace),
    }));
  }),
);

/** The full name of a host as an object of the namespace writes it. */
export function hostIn({ snapshot }: CheckInput, host: string, namespace: string): string {
  return fullHost(host, { namespace, domain: snapshot.profile.clusterDomain });
}

const hosts: OfInput<{ readonly exact: ReadonlySet<string>; readonly wild: readonly string[] }> = perInput(
  (input) => {
    const names = meshOf(input).services.map(({ host }) => host);
    return { exact: new Set(names), wild: [...new Set(names.filter(isWildcard))] };
  },
);

/** Does the mesh know the host? */
export function isKnownHost(input: CheckInput, host: string): boolean {
  const { exact, wild } = hosts(input);
  if (exact.has(host) || wild.some((each) => hostsMatch(each, host))) return true;
  if (isWildcard(host)) return [...exact].some((each) => hostsMatch(host, each));
  const [name, namespace] = serviceName(input, host) ?? [];
  return name !== undefined && namespace !== undefined && input.hasService(namespace, name);
}

/** Name and namespace of the Service that a full host stands for; undefined for other hosts. */
export function serviceName(
  { snapshot }: CheckInput,
  host: string,
): readonly [name: string, namespace: string] | undefined {
  const end = `.svc.${snapshot.profile.clusterDomain}`;
  if (!host.endsWith(end)) return undefined;
  const [name, namespace, more] = host.slice(0, -end.length).split('.');
  return name === undefined || namespace === undefined || more !== undefined ? undefined : [name, namespace];
}

/** The Service of the input that a full host stands for. */
export function serviceOfHost(input: CheckInput, host: string): ServiceObject | undefined {
  const [name, namespace] = serviceName(input, host) ?? [];
  return name === undefined || namespace === undefined ? undefined : input.service(namespace, name);
}

/** The registry's service of a full host. */
export function meshServiceOf(input: CheckInput, host: string): MeshService | undefined {
  return meshOf(input).kubeService(host);
}

/** The Service that a name like `web.shop` or `web.shop.svc` means to people, though not to Istio. */
export function halfQualified(input: CheckInput, host: string): ServiceObject | undefined {
  const full = halfQualifiedName(host, input.snapshot.profile.clusterDomain);
  return full === undefined || isKnownHost(input, host) ? undefined : serviceOfHost(input, full);
}

/** Do sidecars get the rules of the VirtualService? */
export function isForMesh({ body }: VirtualServiceObject): boolean {
  return body.hosts.length > 0 && (body.gateways.length === 0 || body.gateways.includes(MESH));
}

/** What the pods of the group are to the mesh; undefined: there is no pod. */
export function membershipOf(input: CheckInput, group: PodGroup): Membership | undefined {
  const pod = podOfGroup(input, group);
  if (pod === undefined) return undefined;
  const labels = input.snapshot.cluster.namespaces.get(pod.namespace)?.labels ?? new Map<string, string>();
  return meshMembership(pod, labels).membership;
}

/** Are the pods of the group in the mesh? undefined: there is no pod. */
export function isInMesh(input: CheckInput, group: PodGroup): boolean | undefined {
  const membership = membershipOf(input, group);
  return membership === undefined ? undefined : membership !== 'none';
}

/** Of "there is no such Gateway": the input may not have them. */
export function gatewayGate({ gates }: CheckInput, namespace: string): Gate | undefined {
  const gate = gates.reference('IstioGateway', namespace);
  return gate === undefined
    ? undefined
    : { ...gate, reason: `it is outside the input, which has no Gateway in namespace ${namespace}` };
}

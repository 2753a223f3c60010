/**
 * Services with what the API server gives them: families, cluster addresses, node ports (assumptions
 * A_CLUSTER_IP and A_NODEPORT). In authored input the Services of every cluster are implied.
 */

import { sortedByKey } from '../collections/order.ts';
import type { Report } from '../diagnostics/diagnostic.ts';
import type { ServiceObject } from '../k8s/kinds/service.ts';
import type { ObjectSet } from '../k8s/read.ts';
import type { IpFamily } from '../net/ip.ts';
import { refTo } from '../source/ref.ts';
import type { ClusterService } from './cluster.ts';
import { allocateClusterIps } from './cluster-ips.ts';
import { impliedServices } from './implied-services.ts';
import { allocateNodePorts } from './node-ports.ts';
import type { ClusterProfile } from './profile.ts';
import type { ServiceDraft } from './service-draft.ts';

/** Every Service in the order of the keys. */
export function buildServices(
  objects: ObjectSet,
  profile: ClusterProfile,
  report: Report,
): readonly ClusterService[] {
  const written = objects
    .ofKind('Service')
    .map((object) => withBalancer(draftOf(object, familiesOf(object, profile, report)), profile));
  const authored = profile.input === 'authored';
  const drafts = sortedByKey(authored ? [...written, ...impliedServices(written, profile)] : written);
  const clusterIps = allocateClusterIps(drafts, profile, report);
  const nodePorts = allocateNodePorts(drafts, profile, report);
  return drafts.map((draft) => {
    const { ips, assumed } = clusterIps.get(draft.key) ?? { ips: [], assumed: false };
    const ports = nodePorts.get(draft.key) ?? [];
    return {
      ...draft,
      clusterIps: ips,
      nodePorts: ports.map(({ port }) => port),
      assumed: { clusterIps: assumed, nodePorts: ports.map(({ assumed: invented }) => invented) },
    };
  });
}

function draftOf({ metadata, body, origin }: ServiceObject, ipFamilies: readonly IpFamily[]): ServiceDraft {
  const { namespace, name, labels, annotations } = metadata;
  return { key: `${namespace}/${name}`, namespace, name, body, labels, annotations, ipFamilies, origin };
}

/**
 * The address that the profile gives the Service's load balancer, unless its status has one: as if it stood there, or
 * behind the host name that stands there, which proxies of nodes do not look up (KEP-1860).
 */
function withBalancer(draft: ServiceDraft, { loadBalancer }: ClusterProfile): ServiceDraft {
  const ip = loadBalancer.addresses.get(draft.key);
  const { body } = draft;
  const [first, ...others] = body.loadBalancerIngress;
  const isTold = body.loadBalancerIngress.some((ingress) => ingress.ip !== undefined);
  if (ip === undefined || body.type !== 'LoadBalancer' || isTold) return draft;
  const named = first === undefined ? { ip } : ({ ...first, ip, isBehindName: true } as const);
  return { ...draft, body: { ...body, loadBalancerIngress: [named, ...others] } };
}

/**
 * The families of a Service, the primary one first: written, else those of its addresses, else the
 * cluster's by its policy. Source: kubernetes/kubernetes:pkg/registry/core/service/storage/alloc.go
 * initIPFamilyFields; for stored objects kubernetes/endpointslice:utils.go getAddressTypesForService.
 */
function familiesOf(
  { body, origin }: ServiceObject,
  profile: ClusterProfile,
  report: Report,
): readonly IpFamily[] {
  const { type, headless, selector, ipFamilyPolicy, clusterIps } = body;
  const { ipFamilies } = profile;
  if (type === 'ExternalName') return [];
  const [primary = 4] = ipFamilies;
  const authored = profile.input === 'authored';
  const written = authored ? configured({ body, origin }, profile, report) : body.ipFamilies;
  const given = written.length > 0 ? written : [...new Set(clusterIps.map(({ family }) => family))];
  const isOpen = selector === undefined && ipFamilyPolicy === undefined;
  if (given.length === 0 && (!authored || (headless && isOpen))) return primary === 4 ? [4, 6] : [6, 4];
  const isDual = ipFamilyPolicy === 'PreferDualStack' || ipFamilyPolicy === 'RequireDualStack';
  const first = given.length > 0 ? given : [primary];
  return isDual && authored ? [...new Set([...first, ...ipFamilies])] : first;
}

/** The written families that the cluster has; the API server refuses the others, unless both are only preferred. */
function configured(
  { body, origin }: Pick<ServiceObject, 'body' | 'origin'>,
  { ipFamilies }: ClusterProfile,
  report: Report,
): readonly IpFamily[] {
  const known = body.ipFamilies.filter((family) => ipFamilies.includes(family));
  const isPreference = body.ipFamilyPolicy === 'PreferDualStack' && known.length > 0;
  const refused = body.ipFamilies.find((family) => !ipFamilies.includes(family));
  if (refused !== undefined && !isPreference) {
    const index = body.ipFamilies.indexOf(refused);
    report({
      code: 'invalid-field',
      severity: 'warning',
      text: `spec.ipFamilies[${index}]: Invalid value: "IPv${refused}": not configured on this cluster`,
      sources: [{ at: refTo(origin, 'spec', 'ipFamilies', index), role: 'primary' }],
      help: [
        { text: 'give both families in the profile: ipFamilies: [IPv4, IPv6]', applicability: 'likely' },
      ],
    });
  }
  return known;
}

/**
 * A name that is meant to be a pod's: which one it has, or why it has none. A pod has a name of its own only as an
 * endpoint of a headless Service that its `subdomain` names (kubernetes/endpointslice:utils.go).
 */

import type { ClusterService, Pod } from '../cluster/cluster.ts';
import { withoutFinalDot } from '../control/dns/name.ts';
import { nearest } from '../diagnostics/did-you-mean.ts';
import { refTo, valueAt } from '../source/ref.ts';
import { clusterIndex } from './cluster-index.ts';
import { clusterLabels, type Explanation, type Looked } from './looked.ts';
import type { Snapshot } from './snapshot.ts';

/** undefined: the name does not begin with that of a pod. */
export function podNameMiss(looked: Looked): Explanation | undefined {
  return withoutService(looked) ?? bareName(looked) ?? elsewhere(looked) ?? misspelled(looked);
}

/** Is there a pod, or an endpoint of a Service, that the name begins with? */
export function isPodName(snapshot: Snapshot, name: string, pod: Pod): boolean {
  const [host, own, namespace = pod.namespace] = clusterLabels(snapshot, name);
  const service = snapshot.control.serviceByKey.get(`${namespace}/${own ?? ''}`);
  if (service !== undefined) return endpointNames(snapshot, service).includes(host ?? '');
  return knownPod(snapshot, own ?? pod.namespace, host) !== undefined;
}

/** The names that endpoints of a Service have below it. */
export function endpointNames({ dns }: Snapshot, { key }: ClusterService): readonly string[] {
  const [served] = dns.served;
  const endpoints = served?.names.subsetsOf(key).flatMap((subset) => subset.endpoints) ?? [];
  return [...new Set(endpoints.map((endpoint) => endpoint.name))];
}

function knownPod({ cluster }: Snapshot, namespace: string, name = ''): Pod | undefined {
  const pod = cluster.podByKey.get(`${namespace}/${name}`);
  return pod?.assumed.name === false ? pod : undefined;
}

/** In full, where the cluster's DNS has it. */
function nameOf(snapshot: Snapshot, { spec, name, namespace }: Pod): string | undefined {
  const { hostname = name, subdomain } = spec;
  const service = snapshot.control.serviceByKey.get(`${namespace}/${subdomain ?? ''}`);
  if (service === undefined || !endpointNames(snapshot, service).includes(hostname)) return undefined;
  return whole(snapshot, `${hostname}.${service.name}`, namespace);
}

function whole({ profile }: Snapshot, short: string, namespace: string): string {
  return `${short}.${namespace}.svc.${withoutFinalDot(profile.clusterDomain).toLowerCase()}`;
}

/** `web-0.web` of a StatefulSet whose Service nobody wrote. */
function withoutService({ snapshot, name, pod: asker }: Looked): Explanation | undefined {
  const [host, own, namespace = asker.namespace] = clusterLabels(snapshot, name);
  const pod = own === undefined ? undefined : knownPod(snapshot, namespace, host);
  if (own === undefined || pod?.spec.subdomain !== own) return undefined;
  if (snapshot.control.serviceByKey.has(`${namespace}/${own}`)) return undefined;
  const at = subdomainField(pod);
  return {
    text: `no Service ${own} in ${namespace}: it would give pod ${pod.key} its name`,
    help: [
      `add a Service ${own} with clusterIP: None that selects the pod: it is then ${whole(snapshot, `${host}.${own}`, namespace)}`,
    ],
    reason: 'no-such-service',
    ...(at === undefined ? {} : { at, label: `no Service ${own}` }),
  };
}

/** A StatefulSet writes it as `serviceName`. */
function subdomainField({ origin }: Pod): Explanation['at'] {
  if (origin === undefined) return undefined;
  const paths = [
    ['spec', 'serviceName'],
    ['spec', 'template', 'spec', 'subdomain'],
    ['spec', 'subdomain'],
  ];
  const found = paths.find((path) => typeof valueAt(refTo(origin, ...path)) === 'string');
  return found === undefined ? origin : refTo(origin, ...found);
}

/** `db-0`, `db-0.shop`: the name of a pod alone. */
function bareName({ snapshot, name, pod: asker }: Looked): Explanation | undefined {
  const [host, namespace = asker.namespace, more] = clusterLabels(snapshot, name);
  const pod = more === undefined ? knownPod(snapshot, namespace, host) : undefined;
  if (pod === undefined || snapshot.control.serviceByKey.has(`${namespace}/${host}`)) return undefined;
  const full = nameOf(snapshot, pod);
  const text = `${host} is pod ${pod.key}, and no Service`;
  if (full !== undefined) return { text, help: [`ask for ${full}`], reason: 'no-such-service' };
  return {
    text: `${text}: it has no name of its own`,
    help: [
      'ask for a Service that selects it; spec.hostname and spec.subdomain, of a headless Service, give it a name',
    ],
    reason: 'no-such-service',
  };
}

/** `db-0.db` asked in another namespace than that of Service db. */
function elsewhere({ snapshot, name, pod }: Looked): Explanation | undefined {
  const [host = '', own, namespace] = clusterLabels(snapshot, name);
  if (own === undefined || namespace !== undefined) return undefined;
  if (snapshot.control.serviceByKey.has(`${pod.namespace}/${own}`)) return undefined;
  const services = clusterIndex(snapshot.cluster).servicesByName.get(own) ?? [];
  const found = services.filter((service) => endpointNames(snapshot, service).includes(host));
  if (found.length === 0) return undefined;
  return {
    text: `no Service ${own} in ${pod.namespace}`,
    help: found.map(
      (each) =>
        `${host} is of Service ${each.key}: ask for ${whole(snapshot, `${host}.${own}`, each.namespace)}`,
    ),
    reason: 'no-such-service',
  };
}

/** `db-0.dbs`: a Service near to it has an endpoint of that name. */
function misspelled({ snapshot, name, pod }: Looked): Explanation | undefined {
  const [host = '', own, namespace = pod.namespace] = clusterLabels(snapshot, name);
  if (own === undefined || snapshot.control.serviceByKey.has(`${namespace}/${own}`)) return undefined;
  const here = clusterIndex(snapshot.cluster).servicesByNamespace.get(namespace) ?? [];
  const [close] = nearest(
    own,
    here.map((each) => each.name),
    1,
  );
  const service = here.find((each) => each.name === close);
  if (service === undefined || !endpointNames(snapshot, service).includes(host)) return undefined;
  return {
    text: `no Service ${own} in ${namespace}`,
    help: [`did you mean ${host}.${service.name}?`],
    reason: 'no-such-service',
  };
}

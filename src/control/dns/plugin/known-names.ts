/** The names that the plugin `kubernetes` knows: what its zones would list. */

import type { ClusterNames, EndpointSubset, NamePort } from '../cluster-names.ts';
import { isReverseZone, isWithin, joinName, portName, reverseName } from '../name.ts';
import type { KnownName } from '../plugin.ts';
import type { KubernetesSettings } from '../settings.ts';

interface Listing {
  readonly names: ClusterNames;
  readonly settings: KubernetesSettings;
}

const ADDRESSES: readonly string[] = ['A', 'AAAA'];
const SERVICE: readonly string[] = [...ADDRESSES, 'SRV'];

/** Every name of every zone, one after the other. */
export function* kubernetesNames(listing: Listing): Generator<KnownName> {
  for (const zone of listing.settings.zones) {
    if (isReverseZone(zone)) yield* reverseZoneNames(listing, zone);
    else yield* zoneNames(listing, zone);
  }
}

function* zoneNames(listing: Listing, zone: string): Generator<KnownName> {
  const { names, settings } = listing;
  yield { name: zone, types: ['SOA', 'NS'] };
  yield { name: joinName('dns-version', zone), types: ['TXT'] };
  yield { name: joinName('ns.dns', zone), types: ADDRESSES };
  if (settings.multicluster.includes(zone)) {
    yield* importNames(listing, zone);
    return;
  }
  for (const service of names.services()) {
    if (!names.isExposed(service.namespace)) continue;
    const name = joinName(service.name, service.namespace, 'svc', zone);
    if (service.body.type === 'ExternalName') yield { name, types: ['CNAME'] };
    else yield* serviceNames(name, service.body.ports, names.subsetsOf(service.key), service.body.headless);
  }
  if (settings.pods === 'verified') yield* podNames(listing, zone);
}

function* importNames({ names }: Listing, zone: string): Generator<KnownName> {
  for (const { metadata, body } of names.cluster.objects.ofKind('ServiceImport')) {
    const { namespace, name: own } = metadata;
    if (!names.isExposed(namespace)) continue;
    const name = joinName(own, namespace, 'svc', zone);
    const subsets = names.importedSubsetsOf(`${namespace}/${own}`);
    yield* serviceNames(name, body.ports, subsets, body.headless);
  }
}

/** The Service, its ports by name, and its endpoints. */
function* serviceNames(
  name: string,
  ports: readonly NamePort[],
  subsets: readonly EndpointSubset[],
  headless: boolean,
): Generator<KnownName> {
  yield { name, types: SERVICE };
  const own = headless ? subsets.flatMap((subset) => subset.ports) : ports;
  for (const port of new Set(own.filter((each) => each.name !== '').map((each) => portName(each, name)))) {
    yield { name: port, types: ['SRV'] };
  }
  const labels = subsets.flatMap(({ endpoints, clusterId }) =>
    endpoints.map((endpoint) => (clusterId === undefined ? endpoint.name : `${endpoint.name}.${clusterId}`)),
  );
  for (const label of new Set(labels)) yield { name: joinName(label, name), types: ADDRESSES };
}

function* podNames({ names }: Listing, zone: string): Generator<KnownName> {
  for (const { namespace, ips, readiness, finished } of names.cluster.pods) {
    const [ip] = ips;
    if (ip === undefined || readiness === 'terminating' || finished) continue;
    yield { name: joinName(ip.text.replaceAll(/[.:]/g, '-'), namespace, 'pod', zone), types: ADDRESSES };
  }
}

/** The names of all addresses that lie in the zone. */
function* reverseZoneNames({ names }: Listing, zone: string): Generator<KnownName> {
  yield { name: zone, types: ['SOA', 'NS'] };
  const seen = new Set<string>();
  for (const service of names.services()) {
    const endpoints = names.subsetsOf(service.key).flatMap((subset) => subset.endpoints);
    for (const ip of [...service.clusterIps, ...endpoints.map((endpoint) => endpoint.ip)]) {
      const name = reverseName(ip);
      if (seen.has(name) || !isWithin(zone, name)) continue;
      seen.add(name);
      yield { name, types: ['PTR'] };
    }
  }
}

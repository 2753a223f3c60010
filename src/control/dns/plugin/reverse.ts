/** Names of an address. Source: coredns/coredns:plugin/kubernetes/reverse.go serviceRecordForIP. */

import type { ServiceKey } from '../../../cluster/cluster.ts';
import type { Ip } from '../../../net/ip.ts';
import type { Asked, Found } from '../entries.ts';

export interface ReverseEntries extends Pick<Found, 'service' | 'origin'> {
  /** The labels of each name, below the zone. */
  readonly targets: readonly string[];
}

/** The Service with that cluster address, alone; else every endpoint with it. */
export function reverseEntries(
  { names, settings }: Pick<Asked, 'names' | 'settings'>,
  ip: Ip,
): ReverseEntries {
  // namespace_labels does not hide an address; only a list of namespaces does (quirk).
  const isShown = (namespace: string) => settings.namespaces.size === 0 || names.isExposed(namespace);
  const service = names.servicesAt(ip).find(({ namespace }) => isShown(namespace));
  if (service !== undefined) {
    const { name, namespace, origin } = service;
    return { targets: [`${name}.${namespace}.svc`], service, ...(origin === undefined ? {} : { origin }) };
  }
  const owners = names.endpointsAt(ip).filter(({ service: key }) => isShown(namespaceOf(key)));
  const [first] = owners;
  const origin = first?.endpoint.origin;
  const targets = owners.map(
    ({ service: key, endpoint }) => `${endpoint.name}.${nameOf(key)}.${namespaceOf(key)}.svc`,
  );
  return { targets: [...new Set(targets)], ...(origin === undefined ? {} : { origin }) };
}

function namespaceOf(key: ServiceKey): string {
  return key.slice(0, key.indexOf('/'));
}

function nameOf(key: ServiceKey): string {
  return key.slice(key.indexOf('/') + 1);
}

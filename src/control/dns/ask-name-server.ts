/** A question to a name server by its address: the cluster's DNS, or one outside. */

import { clusterDnsAddresses, clusterDnsService } from '../../cluster/implied-services.ts';
import { onceFor } from '../../collections/once.ts';
import type { ControlPlane } from '../control-plane.ts';
import type { DnsQuestion, DnsReply } from './record.ts';
import { askOutside, type DnsServer } from './server.ts';

/** Is this an address that the cluster's DNS is asked at? */
export function isClusterNameServer({ control }: Pick<DnsServer, 'control'>, address: string): boolean {
  return ownAddresses(control).has(address);
}

/** Each question of a look-up asks for them. */
const ownAddresses = onceFor(({ cluster }: ControlPlane): ReadonlySet<string> => {
  const own = [...clusterDnsAddresses(cluster), ...(clusterDnsService(cluster)?.clusterIps ?? [])];
  return new Set(own.map(({ text }) => text));
});

/** What the server at an address answers; of one outside only what the profile says (`dns.upstream`) is known. */
export function askNameServer(server: DnsServer, address: string, question: DnsQuestion): DnsReply {
  return isClusterNameServer(server, address) ? server.ask(question) : askOutside(server, question);
}

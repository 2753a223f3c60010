/** Names for addresses that say the same in two manifest sets: an invented one stands for its owner. */

import type { Pod } from '../../cluster/cluster.ts';
import { type Ip, parseIp } from '../../net/ip.ts';
import { unitId } from '../matrix/units.ts';
import type { Snapshot } from '../snapshot.ts';

export interface Identities {
  /** The address itself where somebody wrote it, else `address of shop/svc/api`. */
  readonly ofIp: (ip: Ip) => string;
  /** The same for addresses inside a text: `tcp://10.96.0.50:80`, `10-244-1-5.api…`. */
  readonly inText: (text: string) => string;
}

const ADDRESS = /(?<![\w.:-])(?:\d{1,3}(?:\.\d{1,3}){3}|\[?[\da-f]*:[\da-f:]*:[\da-f:]*\]?)(?![\w.])/gi;
/** An address as the first label of a name. */
const DASHED = /^(?:\d{1,3}(?:-\d{1,3}){3}|[\da-f]*-[\da-f-]*-[\da-f-]*)(?=\.)/i;

/** The names of a snapshot's addresses. */
export function identitiesOf({ cluster }: Snapshot): Identities {
  const services = new Map<Ip, string>();
  for (const service of cluster.services) {
    if (!service.assumed.clusterIps) continue;
    for (const ip of service.clusterIps)
      services.set(ip, `address of ${service.namespace}/svc/${service.name}`);
  }
  const ofIp = (ip: Ip): string => {
    const service = services.get(ip);
    if (service !== undefined) return service;
    const pod = cluster.podByIp.get(ip);
    if (pod !== undefined) return pod.assumed.ips ? `address of ${podIdentity(pod)}` : ip.text;
    const node = cluster.nodeByIp.get(ip);
    return node?.assumed.addresses ? 'address of a node' : ip.text;
  };
  const named = (text: string): string => {
    const ip = parseIp(text.replace(/^\[|\]$/g, ''));
    return ip === undefined ? text : ofIp(ip);
  };
  return {
    ofIp,
    inText: (text) =>
      text
        .replace(DASHED, (label) => {
          const ip = parseIp(label.replaceAll('-', '.')) ?? parseIp(label.replaceAll('-', ':'));
          return ip === undefined ? label : `(${ofIp(ip)})`;
        })
        .replaceAll(ADDRESS, named),
  };
}

/** A pod by a name that somebody can know, else its workload. */
function podIdentity(pod: Pod): string {
  return pod.assumed.name ? unitId(pod) : `${pod.namespace}/pod/${pod.name}`;
}

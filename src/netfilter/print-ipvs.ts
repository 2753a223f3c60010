/**
 * Writes virtual servers as `ipvsadm --restore` reads them, and their sets as `ipset restore` does. The former takes no
 * comments, whatever its source says of them: `#` is a word like any other (ipvsadm config_stream.c).
 */

import type { IpFamily } from '../net/ip.ts';
import { printSocketAddress } from '../net/ip.ts';
import type { Protocol } from '../net/packet.ts';
import type { Annotate } from './print-nft.ts';
import type { NamedSet } from './sets.ts';
import type { RealServer, VirtualServer, VirtualServers } from './virtual-servers.ts';

const SERVICE_OPTION: Readonly<Record<Protocol, string>> = {
  tcp: '-t',
  udp: '-u',
  sctp: '--sctp-service',
  icmp: '-t',
};

/**
 * The virtual servers with their real servers: `-A -t 10.96.0.10:80 -s rr`, `-a -t … -r 10.244.1.5:8080 -m -w 1`.
 * Source: ipvsadm(8); kubernetes/kubernetes:pkg/proxy/ipvs/util/ipvs_linux.go (masquerading, netmasks).
 */
export function* ipvsadmLines(
  { servers }: VirtualServers,
  annotate: Annotate = () => undefined,
): Generator<string> {
  for (const server of servers.values()) {
    const comment = annotate(server.origin);
    if (comment !== undefined) yield `# ${comment}`;
    yield printServer(server);
    for (const real of server.realServers) yield printRealServer(server, real);
  }
}

/** The sets with their elements, in kube-proxy's sizes. Source: pkg/proxy/ipvs/ipset/ipset.go createSet. */
export function* ipsetLines(
  { sets }: VirtualServers,
  family: IpFamily,
  annotate: Annotate = () => undefined,
): Generator<string> {
  for (const set of sets) {
    const size =
      set.type === 'bitmap:port'
        ? 'range 0-65535'
        : `family ${family === 4 ? 'inet' : 'inet6'} hashsize 1024 maxelem 65536`;
    yield `create ${set.name} ${set.type} ${size}`;
    for (const [key, { origin }] of set.elements) {
      const comment = annotate(origin);
      if (comment !== undefined) yield `# ${comment}`;
      yield `add ${set.name} ${printElement(set, key)}`;
    }
  }
}

function printServer(server: VirtualServer): string {
  const words = [`-A ${printService(server)} -s ${server.scheduler}`];
  if (server.persistence !== undefined) {
    words.push(`-p ${server.persistence}${server.ip.family === 6 ? ' -M 128' : ''}`);
  }
  if (server.schedulerFlags !== undefined) words.push(`-b ${server.schedulerFlags}`);
  return words.join(' ');
}

function printRealServer(server: VirtualServer, { ip, port, weight }: RealServer): string {
  return `-a ${printService(server)} -r ${printSocketAddress(ip, port)} -m -w ${weight}`;
}

function printService({ protocol, ip, port }: VirtualServer): string {
  return `${SERVICE_OPTION[protocol]} ${printSocketAddress(ip, port)}`;
}

/** `10.96.0.10 . tcp . 80` of a set of addresses and ports is `10.96.0.10,tcp:80`. */
function printElement({ type }: NamedSet, key: string): string {
  if (!type.startsWith('hash:ip,port')) return key;
  const [ip = '', protocol = '', port = '', ...more] = key.split(' . ');
  return [ip, `${protocol}:${port}`, ...more].join(',');
}

/**
 * Writes virtual servers as `ipvsadm --restore` reads them, and their sets as `ipset restore` does. The former takes no
 * comments, whatever its source says of them: `#` is a word like any other (ipvsadm config_stream.c).
 */

import type { IpFamily } from '../net/ip.ts';
import { printSocketAddress } from '../net/ip.ts';
import type { Protocol } from '../net/packet.ts';
import { plainLine, type RuleLine, textsOf } from './rule-line.ts';
import type { NamedSet } from './sets.ts';
import type { RealServer, VirtualServer, VirtualServers } from './virtual-servers.ts';

const SERVICE_OPTION: Readonly<Record<Protocol, string>> = {
  tcp: '-t',
  udp: '-u',
  sctp: '--sctp-service',
  icmp: '-t',
};

/** The virtual servers as text, a line each: `ipvsadmRuleLines`. */
export function ipvsadmLines(servers: VirtualServers): Iterable<string> {
  return textsOf(ipvsadmRuleLines(servers));
}

/**
 * The virtual servers with their real servers: `-A -t 10.96.0.10:80 -s rr`, `-a -t … -r 10.244.1.5:8080 -m -w 1`.
 * Source: ipvsadm(8); kubernetes/kubernetes:pkg/proxy/ipvs/util/ipvs_linux.go (masquerading, netmasks).
 */
export function* ipvsadmRuleLines({ servers }: VirtualServers): Generator<readonly RuleLine[]> {
  for (const server of servers.values()) {
    const service = printService(server);
    const lines: RuleLine[] = [{ text: printServer(service, server), origin: server.origin }];
    for (const real of server.realServers) lines.push(plainLine(printRealServer(service, real)));
    yield lines;
  }
}

/** The sets as text, a line each: `ipsetRuleLines`. */
export function ipsetLines(servers: VirtualServers, family: IpFamily): Iterable<string> {
  return textsOf(ipsetRuleLines(servers, family));
}

/** The sets with their elements, in kube-proxy's sizes. Source: pkg/proxy/ipvs/ipset/ipset.go createSet. */
export function* ipsetRuleLines({ sets }: VirtualServers, family: IpFamily): Generator<readonly RuleLine[]> {
  for (const set of sets) {
    const size =
      set.type === 'bitmap:port'
        ? 'range 0-65535'
        : `family ${family === 4 ? 'inet' : 'inet6'} hashsize 1024 maxelem 65536`;
    const lines: RuleLine[] = [plainLine(`create ${set.name} ${set.type} ${size}`)];
    for (const [key, { origin }] of set.elements) {
      lines.push({ text: `add ${set.name} ${printElement(set, key)}`, origin });
    }
    yield lines;
  }
}

function printServer(service: string, { scheduler, persistence, ip, schedulerFlags }: VirtualServer): string {
  const netmask = ip.family === 6 ? ' -M 128' : '';
  const kept = persistence === undefined ? '' : ` -p ${persistence}${netmask}`;
  return `-A ${service} -s ${scheduler}${kept}${schedulerFlags === undefined ? '' : ` -b ${schedulerFlags}`}`;
}

function printRealServer(service: string, { ip, port, weight }: RealServer): string {
  return `-a ${service} -r ${printSocketAddress(ip, port)} -m -w ${weight}`;
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

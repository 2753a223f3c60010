/**
 * NodeLocal DNSCache on a node: a device with the addresses that pods ask, and rules that keep connection tracking, and
 * so the service proxy, away from the questions (kubernetes/dns:cmd/node-cache/app/cache_app.go initIptables,
 * pkg/netif/netif.go).
 */

import type { Cluster } from '../cluster/cluster.ts';
import { clusterDnsAddresses } from '../cluster/implied-services.ts';
import { hostCidr } from '../net/cidr.ts';
import { type Ip, type IpFamily, parseIp, WIDTH } from '../net/ip.ts';
import type { Hook, Match, RulesetPart, TableName, Target } from '../netfilter/ruleset.ts';
import { ACCEPT, baseRule, from, NO_RULES, to, writeRule } from '../netfilter/write-rule.ts';
import type { Device } from './network.ts';

const DEVICE = 'nodelocaldns';
/** The address of the manifest (`__PILLAR__LOCAL__DNS__`). */
const LOCAL_ADDRESS = parseIp('169.254.20.10');
const NO_TRACK: Target = { kind: 'notrack' };
const COMMENT = 'NodeLocal DNS Cache: skip conntrack';
const ALLOWED = 'NodeLocal DNS Cache: allow DNS traffic';
const PROTOCOLS = ['tcp', 'udp'] as const;

/**
 * Where it listens: as somebody says (`-localip`), else at its usual address and that of the cluster DNS, which it takes
 * from the proxy's rules.
 * @param isTaken does the proxy put Service addresses onto a device itself (IPVS)? Then those of its own alone.
 */
export function nodeCacheAddresses(cluster: Cluster, isTaken: () => boolean): readonly Ip[] {
  if (!cluster.profile.dns.nodeLocal) return [];
  const { nodeLocalAddresses } = cluster.profile.dns;
  const ofService = clusterDnsAddresses(cluster);
  const usual = [...(LOCAL_ADDRESS === undefined ? [] : [LOCAL_ADDRESS]), ...ofService];
  const asked = new Set(nodeLocalAddresses ?? usual);
  return isTaken() ? [...asked].filter((ip) => ip === LOCAL_ADDRESS || !ofService.includes(ip)) : [...asked];
}

/** The device; none where nothing listens. */
export function nodeCacheDevices(addresses: readonly Ip[]): readonly Device[] {
  if (addresses.length === 0) return [];
  const own = addresses.map((ip) => ({ ip, length: WIDTH[ip.family] }));
  return [{ name: DEVICE, addresses: own, mtu: 1500, link: { kind: 'dummy' } }];
}

/** The rules of one family, before all others of their chains. */
export function nodeCacheRules(addresses: readonly Ip[], family: IpFamily, port: number): RulesetPart {
  const own = addresses.filter((ip) => ip.family === family);
  if (own.length === 0) return NO_RULES;
  const rules = own.flatMap((ip) =>
    PROTOCOLS.flatMap((protocol) => {
      const asked: readonly Match[] = [{ kind: 'protocol', protocol }, to(hostCidr(ip)), toPort(port)];
      const answered: readonly Match[] = [
        { kind: 'protocol', protocol },
        from(hostCidr(ip)),
        { kind: 'source-port', port },
      ];
      const rule = (place: readonly [TableName, Hook], matches: readonly Match[], target: Target) =>
        baseRule(place, writeRule(matches, target, target === NO_TRACK ? COMMENT : ALLOWED), 'prepend');
      return [
        rule(['raw', 'prerouting'], asked, NO_TRACK),
        rule(['raw', 'output'], answered, NO_TRACK),
        rule(['raw', 'output'], asked, NO_TRACK),
        rule(['filter', 'input'], asked, ACCEPT),
        rule(['filter', 'output'], answered, ACCEPT),
      ];
    }),
  );
  return { chains: [], base: rules };
}

function toPort(port: number): Match {
  return { kind: 'destination-port', port };
}

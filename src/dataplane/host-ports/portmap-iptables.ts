/**
 * Host ports by the CNI plugin portmap with its iptables backend, all in the nat table:
 *
 *   PREROUTING, OUTPUT › CNI-HOSTPORT-DNAT › CNI-DN-…: CNI-HOSTPORT-SETMARK for hairpin and loopback, DNAT
 *   POSTROUTING › CNI-HOSTPORT-MASQ: masquerade of what was marked
 *
 * Source: containernetworking/plugins:plugins/meta/portmap/portmap_iptables.go, chain.go.
 */

import type { Pod } from '../../cluster/cluster.ts';
import { type Cidr, cidrOf, hostCidr, parseCidr } from '../../net/cidr.ts';
import { parseIp } from '../../net/ip.ts';
import type { Chain, Match, Rule, RulesetPart, Target } from '../../netfilter/ruleset.ts';
import type { HostPorts } from '../host-ports.ts';
import { portmapChainName } from '../proxy/chain-names.ts';
import type { HostPortRule } from './portmap.ts';
import { type MappedPod, mappedPods, type PortmapOptions } from './portmap-pods.ts';

const DNAT = 'CNI-HOSTPORT-DNAT';
const SET_MARK = 'CNI-HOSTPORT-SETMARK';
const MASQUERADE = 'CNI-HOSTPORT-MASQ';
/** `markMasqBit`, 13 by default. */
const MARK = 1 << 13;
/** iptables' multiport takes so many ports. */
const PORTS_OF_A_RULE = 15;
/** Longest chain name of iptables, and what invented names begin with. */
const CHAIN_LENGTH = 28;
const INVENTED = 'CNI-DN-~';
const NONE: RulesetPart = { chains: [], base: [] };

/** The facet. Rules of pods that came later stand before those of earlier ones: the last one wins a port. */
export function portmapIptables(options: PortmapOptions): HostPorts {
  return (input) => {
    const pods = mappedPods(input, { ...options, backend: 'iptables' });
    return pods.length === 0 ? NONE : { chains: chainsFor(withChains(pods, options)), base: baseRules() };
  };
}

/** A pod with the chain that is its own. */
interface ChainedPod extends MappedPod {
  readonly chain: string;
  readonly comment: string;
}

function withChains(pods: readonly MappedPod[], { network }: PortmapOptions): readonly ChainedPod[] {
  const names = new Map<string, number>();
  for (const { pod } of pods) names.set(pod.name, (names.get(pod.name) ?? 0) + 1);
  return pods.map((mapped) => ({
    ...mapped,
    chain: inventedChainName(mapped.pod, network, names.get(mapped.pod.name) === 1),
    comment: `dnat name: "${network}" id: "~${mapped.pod.key}"`,
  }));
}

/**
 * The real name is a hash of the network and the container's ID, which nobody can know. `~` marks it as
 * invented, as for the names of devices.
 */
function inventedChainName(pod: Pod, network: string, isOnlyOne: boolean): string {
  const name = `${INVENTED}${pod.name}`;
  if (isOnlyOne && name.length <= CHAIN_LENGTH && /^[\w.#~-]+$/.test(name)) return name;
  const hash = portmapChainName(network, pod.key).slice('CNI-DN-'.length);
  return `${INVENTED}${hash}`.slice(0, CHAIN_LENGTH);
}

function chainsFor(pods: readonly ChainedPod[]): RulesetPart['chains'] {
  const chains: readonly Chain[] = [
    { name: DNAT, rules: pods.toReversed().flatMap(entryRules) },
    {
      name: SET_MARK,
      rules: [
        {
          matches: [],
          target: { kind: 'mark-or', bits: MARK },
          comment: 'CNI portfwd masquerade mark',
          origin: [],
        },
      ],
    },
    {
      name: MASQUERADE,
      rules: [
        {
          matches: [{ kind: 'mark', value: MARK, mask: MARK }],
          target: { kind: 'masquerade', randomFully: false },
          origin: [],
        },
      ],
    },
    ...pods.map((mapped) => ({
      name: mapped.chain,
      rules: mapped.rules.flatMap((rule) => portRules(mapped, rule)),
    })),
  ];
  return chains.map((chain) => ({ table: 'nat', chain }));
}

/** One rule for up to 15 ports of a protocol. It holds for every address: the chain looks at hostIP. */
function entryRules({ chain, comment, rules, origins }: ChainedPod): readonly Rule[] {
  const protocols = [...new Set(rules.map(({ mapping }) => mapping.protocol))].sort();
  return protocols.flatMap((protocol) => {
    const own = [...origins].filter(([mapping]) => mapping.protocol === protocol);
    return chunks(own, PORTS_OF_A_RULE).map((part): Rule => {
      const ports = part.map(([{ hostPort }]) => hostPort);
      return {
        matches: [
          { kind: 'protocol', protocol },
          { kind: 'destination-ports', ports },
        ],
        target: { kind: 'jump', chain },
        comment,
        origin: part.flatMap(([, origin]) => origin),
      };
    });
  });
}

function portRules({ origins }: MappedPod, rule: HostPortRule): readonly Rule[] {
  const { mapping, hostIp, podIp, masqueradeSources } = rule;
  const { protocol, hostPort, containerPort } = mapping;
  const origin = origins.get(mapping) ?? [];
  const base: readonly Match[] = [
    { kind: 'protocol', protocol },
    { kind: 'destination-port', port: hostPort },
    ...(hostIp === undefined ? [] : [{ kind: 'destination', cidr: hostCidr(hostIp) } as const]),
  ];
  const mark: Target = { kind: 'jump', chain: SET_MARK };
  return [
    ...masqueradeSources.map((source): Rule => {
      const cidr = sourceRange(source);
      return { matches: [...base, { kind: 'source', cidr }], target: mark, origin };
    }),
    { matches: base, target: { kind: 'dnat', ip: podIp, port: containerPort }, origin },
  ];
}

/** @throws on a text that is neither: `hostPortRules` makes none. */
function sourceRange(text: string): Cidr {
  const ip = parseIp(text);
  const cidr = ip === undefined ? parseCidr(text) : hostCidr(ip);
  if (cidr === undefined) throw new Error(`${text} is no range`);
  return cidrOf(cidr.base, cidr.length);
}

/** The jump to DNAT is appended, behind kube-proxy's; that to masquerade goes before all others. */
function baseRules(): RulesetPart['base'] {
  const toDnat: Rule = {
    matches: [{ kind: 'address-type', side: 'dst' }],
    target: { kind: 'jump', chain: DNAT },
    origin: [],
  };
  const toMasquerade: Rule = {
    matches: [],
    target: { kind: 'jump', chain: MASQUERADE },
    comment: 'CNI portfwd requiring masquerade',
    origin: [],
  };
  return [
    { table: 'nat', hook: 'prerouting', rule: toDnat, position: 'append' },
    { table: 'nat', hook: 'output', rule: toDnat, position: 'append' },
    { table: 'nat', hook: 'postrouting', rule: toMasquerade, position: 'prepend' },
  ];
}

function chunks<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/**
 * The chains that every node has, whatever Services there are, and the jumps that lead to all others.
 * Source: kubernetes/kubernetes:pkg/proxy/iptables/proxier.go, pkg/kubelet/kubelet_network_linux.go.
 */

import { cidrOf } from '../../net/cidr.ts';
import { type IpFamily, ipFromBits } from '../../net/ip.ts';
import type { BaseRule, Chain, Hook, Match, Rule, TableName } from '../../netfilter/ruleset.ts';
import type { ProxyInput } from '../service-proxy.ts';

const NEW: Match = { kind: 'conntrack-state', states: ['NEW'] };

/** nat KUBE-MARK-MASQ and KUBE-POSTROUTING: mark what is to be masqueraded, and masquerade it on its way out. */
export function natFixedChains(mark: number): readonly Chain[] {
  return [
    chain('KUBE-POSTROUTING', [
      { matches: [{ kind: 'mark', value: mark, mask: mark, not: true }], target: { kind: 'return' } },
      // Without the mark, the packet is not masqueraded again if it passes here once more.
      { matches: [], target: { kind: 'mark-xor', bits: mark } },
      {
        matches: [],
        target: { kind: 'masquerade', randomFully: true },
        comment: 'kubernetes service traffic requiring SNAT',
      },
    ]),
    chain('KUBE-MARK-MASQ', [{ matches: [], target: { kind: 'mark-or', bits: mark } }]),
  ];
}

/** filter KUBE-FORWARD and KUBE-FIREWALL. */
export function filterFixedChains(
  mark: number,
  { family, countsPackets = false }: Pick<ProxyInput, 'family' | 'countsPackets'>,
): readonly Chain[] {
  // kubernetes/kubernetes:pkg/proxy/metrics/metrics.go IPTablesCTStateInvalidDroppedNFAcctCounter.
  const counted: readonly Match[] = countsPackets
    ? [{ kind: 'nfacct', name: 'ct_state_invalid_dropped_pkts' }]
    : [];
  return [
    chain('KUBE-FORWARD', [
      // (Absent where the sysctl nf_conntrack_tcp_be_liberal is on.)
      { matches: [{ kind: 'conntrack-state', states: ['INVALID'] }, ...counted], target: { kind: 'drop' } },
      {
        matches: [{ kind: 'mark', value: mark, mask: mark }],
        target: { kind: 'accept' },
        comment: 'kubernetes forwarding rules',
      },
      {
        matches: [{ kind: 'conntrack-state', states: ['RELATED', 'ESTABLISHED'] }],
        target: { kind: 'accept' },
        comment: 'kubernetes forwarding conntrack rule',
      },
    ]),
    chain('KUBE-FIREWALL', family === 4 ? [localnetGuard()] : []),
  ];
}

/**
 * The jumps from the kernel's chains, in their effective order: kube-proxy puts each before the last, those to
 * KUBE-FIREWALL at last. For IPv4 they are there by then: the kubelet, which starts first, makes them too.
 */
export function topLevelJumps(family: IpFamily): readonly BaseRule[] {
  const guards = [jump('filter', 'input', 'KUBE-FIREWALL'), jump('filter', 'output', 'KUBE-FIREWALL')];
  return family === 4 ? [...proxyJumps(), ...guards] : [...guards, ...proxyJumps()];
}

function proxyJumps(): readonly BaseRule[] {
  const portals = 'kubernetes service portals';
  const external = 'kubernetes externally-visible service portals';
  const firewall = 'kubernetes load balancer firewall';
  return [
    jump('filter', 'input', 'KUBE-PROXY-FIREWALL', { comment: firewall, matches: [NEW] }),
    jump('filter', 'input', 'KUBE-NODEPORTS', { comment: 'kubernetes health check service ports' }),
    jump('filter', 'input', 'KUBE-EXTERNAL-SERVICES', { comment: external, matches: [NEW] }),
    jump('filter', 'forward', 'KUBE-PROXY-FIREWALL', { comment: firewall, matches: [NEW] }),
    jump('filter', 'forward', 'KUBE-FORWARD', { comment: 'kubernetes forwarding rules' }),
    jump('filter', 'forward', 'KUBE-SERVICES', { comment: portals, matches: [NEW] }),
    jump('filter', 'forward', 'KUBE-EXTERNAL-SERVICES', { comment: external, matches: [NEW] }),
    jump('filter', 'output', 'KUBE-PROXY-FIREWALL', { comment: firewall, matches: [NEW] }),
    jump('filter', 'output', 'KUBE-SERVICES', { comment: portals, matches: [NEW] }),
    jump('nat', 'prerouting', 'KUBE-SERVICES', { comment: portals }),
    jump('nat', 'output', 'KUBE-SERVICES', { comment: portals }),
    jump('nat', 'postrouting', 'KUBE-POSTROUTING', { comment: 'kubernetes postrouting rules' }),
  ];
}

/**
 * Node ports on 127.0.0.1 need the sysctl route_localnet; this closes what it would open. It is the
 * kubelet's rule, of which kube-proxy makes a copy.
 */
function localnetGuard(): Omit<Rule, 'origin'> {
  const loopback = cidrOf(ipFromBits(0x7f000000), 8);
  return {
    matches: [
      { kind: 'destination', cidr: loopback },
      { kind: 'source', cidr: loopback, not: true },
      { kind: 'conntrack-state', states: ['RELATED', 'ESTABLISHED', 'DNAT'], not: true },
    ],
    target: { kind: 'drop' },
    comment: 'block incoming localnet connections',
  };
}

function chain(name: string, rules: readonly Omit<Rule, 'origin'>[]): Chain {
  return { name, rules: rules.map((rule) => ({ ...rule, origin: [] })) };
}

function jump(
  table: TableName,
  hook: Hook,
  to: string,
  { matches = [], comment }: { readonly matches?: readonly Match[]; readonly comment?: string } = {},
): BaseRule {
  const target = { kind: 'jump', chain: to } as const;
  const rule = { matches, target, ...(comment === undefined ? {} : { comment }), origin: [] };
  return { table, hook, rule, position: 'prepend' };
}

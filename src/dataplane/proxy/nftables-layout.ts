/**
 * Where kube-proxy's table hangs in the kernel: its base chains, and the jumps from them.
 * Source: kubernetes/kubernetes:pkg/proxy/nftables/proxier.go nftablesBaseChains, nftablesJumpChains; the
 * endpoint checks moved from before the translation (1.31 to 1.33) to the priority of filter in 1.34.
 */

import type { Chain, Hook, Match } from '../../netfilter/ruleset.ts';
import { PRIORITIES } from '../../netfilter/stations.ts';

type Jump = readonly [base: string, to: string, when: 'new' | 'always'];
interface Layout {
  readonly base: readonly (readonly [name: string, type: 'filter' | 'nat', hook: Hook, priority: number])[];
  readonly jumps: readonly Jump[];
}

const { dnat, snat, filter } = PRIORITIES;
const NEW: Match = { kind: 'conntrack-state', states: ['NEW'] };

const NAT: Layout = {
  base: [
    ['nat-prerouting', 'nat', 'prerouting', dnat],
    ['nat-output', 'nat', 'output', dnat],
    ['nat-postrouting', 'nat', 'postrouting', snat],
  ],
  jumps: [
    ['nat-output', 'services', 'always'],
    ['nat-prerouting', 'services', 'always'],
    ['nat-postrouting', 'masquerading', 'always'],
  ],
};
const ENDPOINT_CHECKS: readonly Jump[] = [
  ['filter-input', 'nodeport-endpoints-check', 'new'],
  ['filter-input', 'service-endpoints-check', 'new'],
  ['filter-forward', 'service-endpoints-check', 'new'],
  ['filter-output', 'service-endpoints-check', 'new'],
];

/** Since 1.34. */
const CHECKS_AT_FILTER: Layout = {
  base: [
    ['filter-prerouting-pre-dnat', 'filter', 'prerouting', dnat - 10],
    ['filter-output-pre-dnat', 'filter', 'output', dnat - 10],
    ['filter-input', 'filter', 'input', filter],
    ['filter-forward', 'filter', 'forward', filter],
    ['filter-output', 'filter', 'output', filter],
  ],
  jumps: [
    ...ENDPOINT_CHECKS,
    ['filter-prerouting-pre-dnat', 'firewall-check', 'new'],
    ['filter-output-pre-dnat', 'firewall-check', 'new'],
    ['filter-forward', 'cluster-ips-check', 'new'],
    ['filter-output', 'cluster-ips-check', 'new'],
  ],
};

/** 1.31 to 1.33. */
const CHECKS_BEFORE_DNAT: Layout = {
  base: [
    ['filter-prerouting', 'filter', 'prerouting', dnat - 10],
    ['filter-input', 'filter', 'input', dnat - 10],
    ['filter-forward', 'filter', 'forward', dnat - 10],
    ['filter-output', 'filter', 'output', dnat - 10],
    ['filter-output-post-dnat', 'filter', 'output', dnat + 10],
  ],
  jumps: [
    ...ENDPOINT_CHECKS,
    ['filter-prerouting', 'firewall-check', 'new'],
    ['filter-output', 'firewall-check', 'new'],
    ['filter-forward', 'cluster-ips-check', 'new'],
    ['filter-output-post-dnat', 'cluster-ips-check', 'new'],
  ],
};

/** The base chains of a version. @param kubernetes `1.35`. */
export function baseChains(kubernetes: string): readonly Chain[] {
  const filters = Number(kubernetes.split('.')[1]) >= 34 ? CHECKS_AT_FILTER : CHECKS_BEFORE_DNAT;
  const jumps = [...filters.jumps, ...NAT.jumps];
  return [...filters.base, ...NAT.base].map(([name, type, hook, priority]) => ({
    name,
    type,
    hook,
    priority,
    rules: jumps
      .filter(([from]) => from === name)
      .map(([, to, when]) => ({
        matches: when === 'new' ? [NEW] : [],
        target: { kind: 'jump', chain: to } as const,
        origin: [],
      })),
  }));
}

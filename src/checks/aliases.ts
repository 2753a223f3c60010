/**
 * Other names of rules: those of older lists, and the codes of tools that people come from. A configuration or an ignore
 * may use them; it is told what the rule is called. A name is never given to another rule.
 */

import { RULES } from './rules.ts';

/** By the rule's name: what else it is called. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  'netpol-not-enforced': 'NP001',
  'netpol-selects-nothing': 'NP002 NP003',
  'netpol-peer-matches-nothing': 'NP004 NP007 NP044',
  'netpol-namespace-unmatched': 'NP005',
  'netpol-and-or': 'NP006',
  'netpol-dns-blocked': 'NP008',
  'netpol-dns-no-tcp': 'NP009',
  'netpol-dns-node-local': 'NP010',
  'netpol-dns-port': 'NP011',
  'netpol-service-port': 'NP012',
  'netpol-cluster-ip-block': 'NP013',
  'netpol-pod-ip-block': 'NP014 NP015',
  'dual-stack-policy-one-family': 'NP016',
  'netpol-section-ignored': 'NP017 NP018',
  'netpol-policy-types-implicit': 'NP019 NP020',
  'netpol-one-sided': 'NP021',
  'netpol-no-common-port': 'NP022',
  'netpol-port-name-missing': 'NP023',
  'netpol-port-name-ip-block': 'NP024',
  'netpol-port-unlisted': 'NP025',
  'netpol-dns-protocol': 'NP026',
  'manifest-rejected':
    'NP027 NP028 NP042 NP043 ing-path-invalid ing-host-invalid rt-redirect-with-backends rt-replace-prefix rt-duplicate-filter gateway-redirect-with-backends gateway-replace-prefix gateway-duplicate-filter IST0106',
  'pod-host-network-policy': 'NP029 NP030',
  'netpol-blocks-api-server': 'NP031',
  'netpol-blocks-webhook': 'NP032',
  'netpol-blocks-ingress': 'NP033 NP038 ing-netpol-blocks-controller gw-netpol-blocks-dataplane',
  'netpol-client-ip-block': 'NP034',
  'netpol-allow-all': 'NP035 NP037',
  'netpol-redundant': 'NP036',
  'pod-not-isolated': 'NP039',
  'manifest-duplicate': 'NP040',
  'reference-outside-input': 'NP041',
  'netpol-admin-equal-priority-overlap': 'CNP001',
  'netpol-admin-shadowed-rule': 'CNP002',
  'netpol-admin-baseline-unreachable': 'CNP003',
  'netpol-admin-pass-without-effect': 'CNP004',
  'netpol-admin-allow-overrides-np': 'CNP005',
  'netpol-admin-deny-dns': 'CNP006',
  'netpol-admin-limits': 'CNP007',
  'netpol-admin-networks-hit-pods': 'CNP008',
  'netpol-admin-v1alpha1-removed': 'CNP009',
  'netpol-admin-named-port-protocol': 'CNP010',
  'ingress-backend-missing': 'ing-service-missing',
  'ingress-backend-port': 'ing-port-missing ing-port-is-targetport',
  'service-no-backends': 'ing-no-endpoints',
  'ingress-class-unknown': 'ing-class-missing ing-class-unknown',
  'ingress-path-conflict': 'ing-collision',
  'ingress-path-shadowed': 'ing-shadowed-path',
  'ingress-tls-host': 'ing-tls-not-covering ing-tls-host-unused',
  'ingress-external-name': 'ing-externalname',
  'gateway-route-parent-missing': 'rt-parent-missing rt-no-matching-parent',
  'gateway-route-not-admitted': 'rt-not-allowed rt-hostname-disjoint',
  'gateway-backend-port': 'rt-port-missing',
  'gateway-reference-not-granted': 'rt-ref-not-permitted',
  'gateway-route-shadowed': 'rt-unreachable-rule',
  'gateway-zero-weight': 'rt-weight-zero rt-all-weights-zero',
  'istio-host-unknown': 'IST0101 IST0174',
  'istio-no-proxy': 'IST0103 IST0102',
  'istio-virtualservice-conflict': 'IST0109',
  'istio-sidecar-conflict': 'IST0110 IST0111',
  'istio-destination-port': 'IST0112',
  'istio-service-protocol-conflict': 'IST0116 IST0137',
  'istio-port-protocol': 'IST0118',
  'istio-injection-label': 'IST0123',
  'istio-annotation': 'IST0125 IST0107 IST0108 IST0135 IST0136',
  'istio-selects-nothing': 'IST0127',
  'istio-route-unreachable': 'IST0130 IST0131',
  'istio-gateway-host': 'IST0132',
  'istio-service-entry-capture': 'IST0134',
  'istio-ingress-subset': 'IST0140',
  'istio-reserved': 'IST0144',
  'istio-gateway-conflict': 'IST0145',
  'istio-image-auto': 'IST0146 IST0147',
  'istio-claim-without-authentication': 'IST0149',
  'istio-external-name-port': 'IST0150',
  'istio-gateway-credential': 'IST0161',
  'istio-gateway-port': 'IST0162',
  'istio-internal-gateway': 'IST0165',
  'istio-ineffective-selector': 'IST0166',
  'istio-ineffective-policy': 'IST0167',
  'istio-subset-empty': 'IST0173',
  'istio-service-entry-protocol': 'IST0177',
};

/** Families by their short words: `ing-X` is `ingress-X`. */
const FAMILIES: Readonly<Record<string, string>> = {
  ing: 'ingress',
  gw: 'gateway',
  rt: 'gateway',
  rg: 'gateway',
  btp: 'gateway',
  ngx: 'ingress-nginx',
};

const ALIASES: ReadonlyMap<string, string> = new Map(
  Object.entries(OTHER_NAMES).flatMap(([name, others]) =>
    others.split(' ').map((other) => [other.toLowerCase(), name] as const),
  ),
);

const NAMES: ReadonlySet<string> = new Set(RULES.map(({ name }) => name));

/** The name that a rule has now, by another one of it, in whatever case; undefined: nothing is called so. */
export function nameOfAlias(text: string): string | undefined {
  if (NAMES.has(text)) return undefined;
  const word = text.toLowerCase();
  const known = ALIASES.get(word);
  if (known !== undefined) return known;
  const dash = word.indexOf('-');
  const family = word.slice(0, dash);
  const name = Object.hasOwn(FAMILIES, family) ? `${FAMILIES[family]}${word.slice(dash)}` : '';
  return NAMES.has(name) ? name : undefined;
}

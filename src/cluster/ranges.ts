/** The address ranges of a cluster: those that somebody gave, and defaults for each family without one. */

import { type Cidr, nthAddress, parseCidr } from '../net/cidr.ts';
import type { Ip, IpFamily } from '../net/ip.ts';

/**
 * Ranges when nobody gives some. IPv4: kubeadm's and flannel's. IPv6: kind's, the only distribution with a
 * default of its own for them (kubernetes-sigs/kind:pkg/apis/config/v1alpha4/default.go).
 */
const POD_CIDR: Readonly<Record<IpFamily, string>> = { 4: '10.244.0.0/16', 6: 'fd00:10:244::/56' };
const SERVICE_CIDR: Readonly<Record<IpFamily, string>> = { 4: '10.96.0.0/12', 6: 'fd00:10:96::/112' };
/** kubernetes/kubernetes:cmd/kubeadm/app/constants GetDNSIP: the tenth address of the service range. */
const DNS_ADDRESS_INDEX = 10;

/** Empty lists: nobody gave them. */
export interface Ranges {
  readonly ipFamilies: readonly IpFamily[];
  readonly podCidrs: readonly Cidr[];
  readonly serviceCidrs: readonly Cidr[];
  /** Addresses of the cluster DNS. */
  readonly dnsIps: readonly Ip[];
}

/** Families are those of the ranges where nobody gave them; IPv4 where there are no ranges either. */
export function completeRanges(given: Ranges): Ranges {
  const shown = [...given.serviceCidrs, ...given.podCidrs].map(({ family }) => family);
  const found = [...new Set(given.ipFamilies.length > 0 ? given.ipFamilies : shown)];
  const ipFamilies: readonly IpFamily[] = found.length > 0 ? found : [4];
  const serviceCidrs = forEachFamily(given.serviceCidrs, ipFamilies, SERVICE_CIDR);
  const [first] = serviceCidrs;
  return {
    ipFamilies,
    podCidrs: forEachFamily(given.podCidrs, ipFamilies, POD_CIDR),
    serviceCidrs,
    dnsIps:
      given.dnsIps.length > 0 || first === undefined ? given.dnsIps : [nthAddress(first, DNS_ADDRESS_INDEX)],
  };
}

/** The given ranges, and a default one for each family that they leave out. */
function forEachFamily(
  given: readonly Cidr[],
  families: readonly IpFamily[],
  defaults: Readonly<Record<IpFamily, string>>,
): readonly Cidr[] {
  const missing = families.filter((family) => !given.some((cidr) => cidr.family === family));
  return [...given, ...missing.flatMap((family) => parseCidr(defaults[family]) ?? [])];
}

/**
 * Cluster addresses of Services: the written ones; else a stable hash of the Service's key into the
 * service range of its family (assumption A_CLUSTER_IP).
 */

import type { Report } from '../diagnostics/diagnostic.ts';
import { type Cidr, cidrSize } from '../net/cidr.ts';
import type { Ip, IpFamily } from '../net/ip.ts';
import { allocateIp, type IpRun } from '../net/ip-pool.ts';
import { refTo } from '../source/ref.ts';
import type { ServiceKey } from './cluster.ts';
import { presetIps } from './implied-services.ts';
import type { ClusterProfile } from './profile.ts';
import { hasClusterIp, type ServiceDraft } from './service-draft.ts';

/** IPv6 ranges are larger than anything that is handed out; short addresses read better. */
const LARGEST_RANGE = 0x10000;

interface ClusterIps {
  readonly ips: readonly Ip[];
  readonly assumed: boolean;
}

/**
 * The cluster addresses of each Service.
 * @param drafts in the order of their keys; the first one keeps an address that several have written.
 */
export function allocateClusterIps(
  drafts: readonly ServiceDraft[],
  profile: ClusterProfile,
  report: Report,
): ReadonlyMap<ServiceKey, ClusterIps> {
  const owners = new Map<Ip, ServiceDraft>();
  for (const draft of drafts) {
    for (const ip of draft.body.clusterIps) {
      const owner = owners.get(ip);
      if (owner === undefined) owners.set(ip, draft);
      else reportConflict(ip, { owner, draft }, report);
    }
  }
  const taken = new Set(owners.keys());
  for (const draft of drafts) for (const ip of presetIps(draft, profile)) taken.add(ip);
  return new Map(drafts.map((draft) => [draft.key, clusterIpsOf(draft, { profile, taken, report })]));
}

interface Allocation {
  readonly profile: ClusterProfile;
  readonly taken: Set<Ip>;
  readonly report: Report;
}

function clusterIpsOf(draft: ServiceDraft, { profile, taken, report }: Allocation): ClusterIps {
  const { body, ipFamilies } = draft;
  const written = body.clusterIps;
  if (!hasClusterIp(body) || profile.input === 'stored') return { ips: written, assumed: false };
  const preset = presetIps(draft, profile);
  const chosen = ipFamilies.flatMap((family) => {
    const fixed = [...written, ...preset].find((ip) => ip.family === family);
    return (
      fixed ?? allocateIp(serviceRuns(profile, family), taken, draft.key) ?? reportFull(draft, family, report)
    );
  });
  const ips = [...new Set([...chosen, ...written])];
  return { ips, assumed: ips.length > written.length };
}

function reportFull({ key, origin }: ServiceDraft, family: IpFamily, report: Report): readonly Ip[] {
  report({
    code: 'address-range-full',
    severity: 'warning',
    text: `Service ${key} is left without an IPv${family} address: no service range has a free one`,
    sources: origin === undefined ? [] : [{ at: refTo(origin, 'spec'), role: 'primary' }],
  });
  return [];
}

/**
 * The upper band of the family's first range, then the lower one, which the API server keeps for
 * addresses chosen by hand (KEP-3070: min(max(16, size/16), 256) addresses).
 */
function serviceRuns({ serviceCidrs }: ClusterProfile, family: IpFamily): readonly IpRun[] {
  const cidr = serviceCidrs.find((range) => range.family === family);
  if (cidr === undefined) return [];
  const usable = usableCount(cidr);
  const lower = Math.min(Math.max(16, Math.floor(cidrSize(cidr) / 16)), 256);
  return [
    { cidr, from: 1 + lower, count: usable - lower },
    { cidr, from: 1, count: Math.min(lower, usable) },
  ];
}

/** Without the network address, and in IPv4 the broadcast address. */
function usableCount(cidr: Cidr): number {
  return cidr.family === 4 ? cidrSize(cidr) - 2 : Math.min(cidrSize(cidr), LARGEST_RANGE) - 1;
}

interface Conflict {
  readonly owner: ServiceDraft;
  readonly draft: ServiceDraft;
}

function reportConflict(ip: Ip, { owner, draft }: Conflict, report: Report): void {
  const source = ({ origin, key }: ServiceDraft, role: 'primary' | 'context') =>
    origin === undefined
      ? []
      : [{ at: refTo(origin, 'spec', 'clusterIP'), role, object: `service/${key}`, label: ip.text }];
  report({
    code: 'service-cluster-ip-conflict',
    severity: 'error',
    text: `Services ${owner.key} and ${draft.key} have the same address ${ip.text}: the API server refuses the second one`,
    sources: [...source(draft, 'primary'), ...source(owner, 'context')],
    help: [{ text: 'give one of them another clusterIP, or none', applicability: 'likely' }],
  });
}

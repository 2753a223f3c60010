/** Ranges of the cluster that cannot be right: they overlap, or are too small for what they are for. */

import type { DiagnosticSource, Report } from '../diagnostics/diagnostic.ts';
import { type Cidr, cidrContains, cidrsOverlap } from '../net/cidr.ts';
import { compareIps, WIDTH } from '../net/ip.ts';
import type { Cluster, Node } from './cluster.ts';
import { NODE_RANGE } from './pod-cidrs.ts';

type Ranged = Pick<Cluster, 'profile' | 'nodes'>;

/** The fewest bits that kube-apiserver takes for its range: 8 addresses (getServiceIPAndRanges). */
const SERVICE_BITS = 3;

/** Reports them; they are used as they are written. */
export function reportRangeProblems(cluster: Ranged, report: Report): void {
  reportOverlaps(cluster, report);
  reportNodesInside(cluster, report);
  reportNodesOverlap(cluster, report);
  reportSmall(cluster, report);
}

/** An address of both ranges is a Service's wherever kube-proxy looks, and a pod's to everybody else. */
function reportOverlaps({ profile }: Ranged, report: Report): void {
  for (const pods of profile.podCidrs) {
    const services = profile.serviceCidrs.find((range) => cidrsOverlap(pods, range));
    if (services === undefined) continue;
    report({
      code: 'ranges-overlap',
      severity: 'warning',
      text: `podCIDRs ${pods.text} and serviceCIDRs ${services.text} overlap: a pod may get the address of a Service, and is not reached then`,
      sources: [...placeOf(profile, 'podCIDRs', 'primary'), ...placeOf(profile, 'serviceCIDRs', 'context')],
      help: [{ text: 'give one of them a range of its own', applicability: 'likely' }],
    });
  }
}

/** What is for a node's address inside the service ranges is taken for a Service. */
function reportNodesInside({ profile, nodes }: Ranged, report: Report): void {
  for (const node of nodes) {
    const ip = node.addresses.find((own) => profile.serviceCidrs.some((range) => cidrContains(range, own)));
    if (ip === undefined) continue;
    report({
      code: 'ranges-overlap',
      severity: 'warning',
      text: `${ip.text} of node ${node.name} lies in serviceCIDRs (${listed(profile.serviceCidrs)}): a Service may get the same address`,
      sources: [...ofNode(node, 'primary'), ...placeOf(profile, 'serviceCIDRs', 'context')],
    });
    return;
  }
}

/** In the order of addresses, wider ones first, whatever lies in a range follows it. */
function reportNodesOverlap({ nodes }: Ranged, report: Report): void {
  const owned = nodes.flatMap((node) => node.podCidrs.map((cidr) => ({ node, cidr })));
  const sorted = owned.sort((a, b) => compareIps(a.cidr.base, b.cidr.base) || a.cidr.length - b.cidr.length);
  let [widest] = sorted;
  for (const next of sorted) {
    if (widest === undefined || !cidrsOverlap(widest.cidr, next.cidr)) widest = next;
    if (widest.node === next.node) continue;
    const { node, cidr } = widest;
    report({
      code: 'ranges-overlap',
      severity: 'warning',
      text: `nodes ${node.name} (${cidr.text}) and ${next.node.name} (${next.cidr.text}) have overlapping pod ranges: what is for pods of one may be sent to the other`,
      sources: [...ofNode(next.node, 'primary'), ...ofNode(node, 'context')],
    });
    return;
  }
}

/**
 * Source: kubernetes/kubernetes:cmd/kubeadm/app/apis/kubeadm/validation/validation.go ValidatePodSubnetNodeMask,
 * pkg/controlplane/apiserver/options/options.go getServiceIPAndRanges.
 */
function reportSmall({ profile, nodes }: Ranged, report: Report): void {
  for (const range of profile.podCidrs) {
    const usual = NODE_RANGE[range.family];
    const isDivided = nodes.some(({ assumed }) => assumed.podCidrs);
    if (range.length <= usual || !isDivided) continue;
    report({
      code: 'range-too-small',
      severity: 'warning',
      text: `podCIDRs ${range.text} is smaller than the /${usual} that each node gets of it: kube-controller-manager takes that only with a longer --node-cidr-mask-size`,
      sources: placeOf(profile, 'podCIDRs', 'primary'),
      help: [{ text: `a range of /${usual - 8} has room for 256 nodes`, applicability: 'likely' }],
    });
  }
  for (const range of profile.serviceCidrs) {
    if (WIDTH[range.family] - range.length >= SERVICE_BITS) continue;
    report({
      code: 'range-too-small',
      severity: 'warning',
      text: `serviceCIDRs ${range.text}: the service cluster IP range must be at least 8 IP addresses`,
      sources: placeOf(profile, 'serviceCIDRs', 'primary'),
    });
  }
}

function placeOf(
  { given }: Ranged['profile'],
  key: string,
  role: DiagnosticSource['role'],
): readonly DiagnosticSource[] {
  const at = given.get(key);
  return at === undefined ? [] : [{ at, role }];
}

function ofNode({ origin }: Node, role: DiagnosticSource['role']): readonly DiagnosticSource[] {
  return origin === undefined ? [] : [{ at: origin, role }];
}

function listed(ranges: readonly Cidr[]): string {
  return ranges.map(({ text }) => text).join(', ');
}

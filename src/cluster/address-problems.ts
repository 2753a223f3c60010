/** Written addresses that cannot all be right: two pods have one, or no range of the cluster holds it. */

import type { Report } from '../diagnostics/diagnostic.ts';
import { type Cidr, cidrContains } from '../net/cidr.ts';
import type { Ip } from '../net/ip.ts';
import { refTo, type SourceRef } from '../source/ref.ts';
import type { Cluster } from './cluster.ts';

type Addressed = Pick<Cluster, 'profile' | 'nodes' | 'pods' | 'podByIp' | 'services'>;

/** Reports them; the addresses are used as they are written. */
export function reportAddressProblems(cluster: Addressed, report: Report): void {
  const { profile, nodes, services } = cluster;
  const pods = cluster.pods.filter(({ hostNetwork, assumed }) => !hostNetwork && !assumed.ips);
  for (const pod of pods) {
    for (const ip of pod.ips) {
      const owner = cluster.podByIp.get(ip);
      if (owner === undefined || owner === pod) continue;
      report({
        code: 'pod-ip-conflict',
        severity: 'warning',
        text: `Pods ${owner.key} and ${pod.key} have the same address ${ip.text}; packets to it go to ${owner.key}`,
        sources: [...primary(pod.origin, 'status'), ...context(owner.origin, 'status')],
      });
    }
  }
  const podRanges = [...profile.podCidrs, ...nodes.flatMap(({ podCidrs }) => podCidrs)];
  const podsOutside = outside(
    pods.map(({ key, ips, origin }) => ({ key, ips, at: primary(origin, 'status') })),
    podRanges,
  );
  reportOutside(podsOutside, { what: 'Pod', key: 'podCIDRs', ranges: profile.podCidrs, report });
  const servicesOutside = outside(
    services.map(({ key, clusterIps, origin }) => ({
      key,
      ips: clusterIps,
      at: primary(origin, 'spec', 'clusterIP'),
    })),
    profile.serviceCidrs,
  );
  reportOutside(servicesOutside, {
    what: 'Service',
    key: 'serviceCIDRs',
    ranges: profile.serviceCidrs,
    report,
  });
  reportNodePortsOutside(cluster, report);
}

/** Node ports that are written outside of the range: the API server refuses the Service, if the range is right. */
function reportNodePortsOutside({ profile, services }: Addressed, report: Report): void {
  const [from, to] = profile.nodePortRange;
  if (profile.input === 'stored') return;
  const outsiders = services.flatMap(({ key, body, origin }) =>
    body.ports
      .filter(({ nodePort = from }) => nodePort < from || nodePort > to)
      .map(({ nodePort, path }) => ({ key, nodePort, at: primary(origin, ...path, 'nodePort') })),
  );
  const [first] = outsiders;
  if (first === undefined) return;
  const others = outsiders.length === 1 ? '' : `, as ${outsiders.length - 1} more`;
  report({
    code: 'address-outside-ranges',
    severity: 'warning',
    text: `Service ${first.key} has node port ${first.nodePort}${others}: provided port is not in the valid range. The range of valid ports is ${from}-${to}`,
    sources: first.at,
    help: [
      {
        text: 'say which range the cluster has: nodePortRange in k8snet.yaml, or --set nodePortRange=…',
        applicability: 'has-placeholders',
      },
    ],
  });
}

interface Holder {
  readonly key: string;
  readonly ips: readonly Ip[];
  readonly at: readonly { readonly at: SourceRef; readonly role: 'primary' }[];
}

function outside(holders: readonly Holder[], ranges: readonly Cidr[]): readonly Holder[] {
  const isOutside = (ip: Ip) => !ranges.some((range) => cidrContains(range, ip));
  return holders.filter(({ ips }) => ips.some(isOutside));
}

/** One word for all: where one is outside, the ranges are wrong, and so is every other. */
function reportOutside(
  holders: readonly Holder[],
  {
    what,
    key,
    ranges,
    report,
  }: {
    readonly what: string;
    readonly key: string;
    readonly ranges: readonly Cidr[];
    readonly report: Report;
  },
): void {
  const [first] = holders;
  if (first === undefined) return;
  const others = holders.length === 1 ? '' : `, as ${holders.length - 1} more`;
  const known = ranges.map(({ text }) => text).join(', ');
  report({
    code: 'address-outside-ranges',
    severity: 'warning',
    text: `${what} ${first.key} has ${first.ips.map(({ text }) => text).join(', ')}${others}, outside of ${key} (${known})`,
    sources: first.at,
    help: [
      {
        text: `say which ranges the cluster has: ${key} in k8snet.yaml, or --set ${key}=…`,
        applicability: 'has-placeholders',
      },
    ],
  });
}

function primary(origin: SourceRef | undefined, ...path: SourceRef['path']): Holder['at'] {
  return origin === undefined ? [] : [{ at: refTo(origin, ...path), role: 'primary' }];
}

function context(origin: SourceRef | undefined, ...path: readonly string[]) {
  return origin === undefined ? [] : [{ at: refTo(origin, ...path), role: 'context' as const }];
}

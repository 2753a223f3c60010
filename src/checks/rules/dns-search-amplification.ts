import { asksClusterDns, outsideAddresses } from '../env-addresses.ts';
import { workload } from '../example-manifests.ts';
import type { PodGroup } from '../pod-groups.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const web = (host: string) =>
  workload('web', { container: [`env: [{name: API_URL, value: "https://${host}/"}]`] });
/** kubernetes/kubernetes:pkg/kubelet/network/dns/dns.go. */
const DEFAULT_NDOTS = 5;

export const dnsSearchAmplification: Rule = {
  name: 'dns-search-amplification',
  severity: 'off',
  precision: 'heuristic',
  tier: 3,
  kinds: [],
  what: 'A variable holds a name of the Internet with fewer dots than ndots.',
  why: 'Each look-up asks the whole search list first: several questions that are answered by NXDOMAIN for one that counts.',
  fix: 'end the name with a dot, or lower ndots in dnsConfig',
  sources: ['kubernetes/kubernetes:pkg/kubelet/network/dns/dns.go', 'resolv.conf(5)'],
  examples: { bad: { manifests: web('api.example.com') }, good: { manifests: web('a.b.c.d.example.com') } },
  run: (input) =>
    outsideAddresses(input).flatMap(({ group, entry, path, address: { host } }) => {
      const dots = host.split('.').length - 1;
      const ndots = ndotsOf(group);
      if (dots >= ndots || !asksClusterDns(group)) return [];
      return [
        {
          subject: group.subject,
          path,
          message: `${entry.name} of ${subjectName(group.subject)}: "${host}" has ${dots} of ${ndots} dots, so that the search list is asked first`,
          fact: host,
        },
      ];
    }),
};

function ndotsOf({ spec }: PodGroup): number {
  const option = spec.dnsConfig?.options.find(({ name }) => name === 'ndots');
  const value = Number(option?.value);
  return Number.isInteger(value) ? value : DEFAULT_NDOTS;
}

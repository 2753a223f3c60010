import { groupBy } from '../../collections/grouping.ts';
import type { CheckInput } from '../check-input.ts';
import { type EnvAddress, envAddresses } from '../env-addresses.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { PodGroup } from '../pod-groups.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const API = manifests(service('api', 'selector: {app: api}', 'ports: [{port: 80}]'), workload('api'));
const agent = (...pod: readonly string[]) =>
  workload('agent', {
    pod: ['hostNetwork: true', ...pod],
    container: ['env: [{name: API_URL, value: "http://api:80"}]'],
  });

export const podHostNetworkDns: Rule = {
  name: 'pod-host-network-dns',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: ['Service'],
  what: 'A pod in the network of its node asks the DNS of the node, but a variable of it names a Service of the cluster.',
  why: 'For such pods dnsPolicy ClusterFirst means Default: the name does not resolve.',
  fix: 'set dnsPolicy: ClusterFirstWithHostNet',
  sources: ['kubernetes/kubernetes:pkg/kubelet/network/dns/dns.go'],
  examples: {
    bad: { manifests: manifests(API, agent()) },
    good: { manifests: manifests(API, agent('dnsPolicy: ClusterFirstWithHostNet')) },
  },
  run(input) {
    const byGroup = groupBy(envAddresses(input), ({ group, exists }) => {
      const { hostNetwork, dnsPolicy } = group.spec;
      const asksNode = dnsPolicy !== 'ClusterFirstWithHostNet' && dnsPolicy !== 'None';
      return exists && hostNetwork && asksNode ? group : undefined;
    });
    return [...byGroup].map(([group, addresses]) => hitOf(input, group, addresses));
  },
};

function hitOf(input: CheckInput, group: PodGroup, addresses: readonly EnvAddress[]): Hit {
  const names = [...new Set(addresses.map(({ address }) => address.host))].join(', ');
  return {
    subject: group.subject,
    path: [...group.templatePath, 'spec', 'dnsPolicy'],
    message: `${subjectName(group.subject)} is in the network of its node and asks its DNS, which does not know ${names}`,
    related: addresses.flatMap(({ path, namespace, service: name, address }) => {
      const object = input.service(namespace, name);
      const meant =
        object === undefined
          ? []
          : [{ subject: subjectOf(object), path: ['metadata', 'name'], message: 'is meant' }];
      return [{ subject: group.subject, path, message: `names ${address.host}` }, ...meant];
    }),
    fact: names,
  };
}

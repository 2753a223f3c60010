import { envAddresses } from '../env-addresses.ts';
import { replaceInValue } from '../env-edits.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const API = manifests(service('api', 'selector: {app: api}', 'ports: [{port: 80}]'), workload('api'));
const web = (domain: string) =>
  workload('web', { container: [`env: [{name: API_URL, value: "http://api.default.svc.${domain}"}]`] });

export const dnsWrongClusterDomain: Rule = {
  name: 'dns-wrong-cluster-domain',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: [],
  what: 'A variable names a Service under another domain than that of the cluster.',
  why: 'The cluster DNS does not serve that domain: the name does not resolve.',
  fix: 'write NAME.NAMESPACE, which needs no domain, or say the domain: clusterDomain of the profile',
  sources: ['kubernetes/dns:docs/specification.md'],
  examples: {
    bad: { manifests: manifests(API, web('corp.local')) },
    good: { manifests: manifests(API, web('cluster.local')) },
  },
  run: (input) =>
    envAddresses(input).flatMap((each) => {
      const { group, entry, path, address, foreignDomain } = each;
      if (foreignDomain === undefined) return [];
      const { clusterDomain } = input.snapshot.profile;
      const edit = replaceInValue(each, `.svc.${foreignDomain}`, `.svc.${clusterDomain}`);
      return [
        {
          subject: group.subject,
          path,
          message: `${entry.name} of ${subjectName(group.subject)}: "${address.host}" is under ${foreignDomain}, but the domain of the cluster is ${clusterDomain}`,
          fact: address.host,
          ...(edit === undefined ? {} : { edits: [edit] }),
        },
      ];
    }),
};

import type { CheckInput } from '../check-input.ts';
import { asksClusterDns, type EnvAddress, envAddresses } from '../env-addresses.ts';
import { replaceInValue } from '../env-edits.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import type { ServiceObject } from '../services.ts';
import { servicesByName } from '../services-by-name.ts';
import { subjectName, subjectOf } from '../subject.ts';

const web = (address: string) =>
  workload('web', { container: [`env: [{name: CACHE_ADDR, value: "${address}"}]`] });
const REDIS = service('cache/redis', 'ports: [{port: 6379}]', 'selector: {app: redis}');
const POD = workload('redis', { namespace: 'cache' });

export const envServiceOtherNamespace: Rule = {
  name: 'env-service-other-namespace',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: ['Service'],
  what: 'A variable names a Service by its bare name, but the Service is in another namespace.',
  why: 'A bare name is completed with the namespace of the asking pod: it does not resolve.',
  fix: 'write NAME.NAMESPACE',
  sources: ['kubernetes/website:content/en/docs/concepts/services-networking/dns-pod-service.md'],
  examples: {
    bad: { manifests: manifests(web('redis:6379'), REDIS, POD), set: ['namespace=shop'] },
    good: { manifests: manifests(web('redis.cache:6379'), REDIS, POD), set: ['namespace=shop'] },
  },
  run: (input) =>
    envAddresses(input)
      .filter(({ exists, form, group }) => !exists && form === 'bare' && asksClusterDns(group))
      .flatMap((each) => hitsOf(input, each)),
};

function hitsOf(input: CheckInput, each: EnvAddress): readonly Hit[] {
  const [other, ...more]: readonly ServiceObject[] = servicesByName(input).get(each.service) ?? [];
  if (other === undefined || more.length > 0 || input.isUnplaced(each.group.subject)) return [];
  const { group, entry, path, address } = each;
  const subject = subjectOf(other);
  const wanted = `${address.host}.${subject.namespace}`;
  const edit = replaceInValue(each, address.host, wanted);
  return [
    {
      subject: group.subject,
      path,
      message: `${entry.name} of ${subjectName(group.subject)}: "${address.host}" is not in namespace ${group.namespace}, but in ${subject.namespace}`,
      related: [{ subject, path: ['metadata', 'name'], message: `is in namespace ${subject.namespace}` }],
      fact: address.host,
      help: `write ${wanted}`,
      ...(edit === undefined ? {} : { edits: [edit] }),
    },
  ];
}

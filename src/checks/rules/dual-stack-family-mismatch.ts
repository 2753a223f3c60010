import type { IpFamily } from '../../net/ip.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import type { ServiceObject } from '../services.ts';
import { subjectName, subjectOf } from '../subject.ts';

const WEB = workload('web', { ports: '[{containerPort: 80}]' });
const withPolicy = (policy: string) =>
  service('web', `ipFamilyPolicy: ${policy}`, 'selector: {app: web}', 'ports: [{port: 80}]');
const IPV4 = ['ipFamilies=[IPv4]'];

export const dualStackFamilyMismatch: Rule = {
  name: 'dual-stack-family-mismatch',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['Service'],
  what: 'A Service asks for an address family that the cluster, or the pods that it selects, do not have.',
  why: 'The API server refuses a family that the cluster does not have; where only the pods lack it, the Service has no endpoints of that family.',
  fix: 'write PreferDualStack, or only families that the pods have',
  sources: ['kubernetes/kubernetes:pkg/registry/core/service/storage/alloc.go', 'KEP-563'],
  examples: {
    bad: { manifests: manifests(withPolicy('RequireDualStack'), WEB), set: IPV4 },
    good: { manifests: manifests(withPolicy('PreferDualStack'), WEB), set: IPV4 },
  },
  run: (input) =>
    input.snapshot.objects
      .ofKind('Service')
      .flatMap((each) => againstCluster(input, each) ?? againstPods(input, each)),
};

function againstCluster(
  { snapshot: { profile } }: CheckInput,
  object: ServiceObject,
): readonly Hit[] | undefined {
  if (!profile.given.has('ipFamilies') || object.body.type === 'ExternalName') return undefined;
  const { ipFamilyPolicy, ipFamilies } = object.body;
  const subject = subjectOf(object);
  const has = profile.ipFamilies.map(familyName).join(' and ');
  if (ipFamilyPolicy === 'RequireDualStack' && profile.ipFamilies.length < 2) {
    const message = `${subjectName(subject)} requires two address families, but the cluster has ${has} only`;
    return [{ subject, path: ['spec', 'ipFamilyPolicy'], message }];
  }
  const foreign = ipFamilies.findIndex((family) => !profile.ipFamilies.includes(family));
  if (foreign < 0) return undefined;
  const family = familyName(ipFamilies[foreign]);
  const message = `${subjectName(subject)} asks for ${family}, but the cluster has ${has} only`;
  return [{ subject, path: ['spec', 'ipFamilies', foreign], message, fact: family }];
}

/** Pods whose addresses are written, not invented. */
function againstPods({ snapshot: { control } }: CheckInput, object: ServiceObject): readonly Hit[] {
  const { selector, ipFamilies, type } = object.body;
  if (selector === undefined || type === 'ExternalName') return [];
  const pods = control.selectPods(object.metadata.namespace, selector);
  const known = pods.filter(({ assumed, ips }) => !assumed.ips && ips.length > 0);
  if (known.length === 0) return [];
  const families = new Set(known.flatMap(({ ips }) => ips.map(({ family }) => family)));
  const missing = ipFamilies.findIndex((family) => !families.has(family));
  if (missing < 0) return [];
  const subject = subjectOf(object);
  const family = familyName(ipFamilies[missing]);
  return [
    {
      subject,
      path: ['spec', 'ipFamilies', missing],
      message: `${subjectName(subject)} has ${family} addresses, but none of its ${known.length} pods has one`,
      fact: family,
    },
  ];
}

function familyName(family: IpFamily | undefined): string {
  return `IPv${family}`;
}

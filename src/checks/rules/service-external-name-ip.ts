import { parseIp } from '../../net/ip.ts';
import { service } from '../example-manifests.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const external = (name: string) => service('db', 'type: ExternalName', `externalName: ${name}`);

export const serviceExternalNameIp: Rule = {
  name: 'service-external-name-ip',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: ['Service'],
  what: 'The externalName of a Service is an address.',
  why: 'The cluster DNS answers with a CNAME whose target looks like an address but is a name, which nobody can resolve.',
  fix: 'make a Service without selector, and an EndpointSlice with the address',
  sources: ['kubernetes/website:content/en/docs/concepts/services-networking/service.md#externalname'],
  examples: { bad: { manifests: external('192.0.2.10') }, good: { manifests: external('db.example.com') } },
  run: ({ snapshot }) =>
    snapshot.objects.ofKind('Service').flatMap((each) => {
      const { type, externalName = '' } = each.body;
      if (type !== 'ExternalName' || parseIp(externalName) === undefined) return [];
      const subject = subjectOf(each);
      return [
        {
          subject,
          path: ['spec', 'externalName'],
          message: `${subjectName(subject)}: DNS answers with a name "${externalName}.", not an address`,
          fact: externalName,
        },
      ];
    }),
};

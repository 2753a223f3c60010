import { API_SERVER_SERVICE } from '../../cluster/implied-services.ts';
import { manifests, object, service } from '../example-manifests.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const SERVICE = service('db', 'ports: [{port: 5432}]');

export const serviceNoSelector: Rule = {
  name: 'service-no-selector',
  severity: 'warning',
  precision: 'closed-world',
  tier: 1,
  kinds: ['Service'],
  what: 'A Service has no selector, and no Endpoints or EndpointSlice of the input belongs to it.',
  why: 'Nothing makes endpoints for it: connections to it are refused.',
  fix: 'add a selector, or an EndpointSlice with the label kubernetes.io/service-name',
  examples: {
    bad: { manifests: SERVICE },
    good: {
      manifests: manifests(
        SERVICE,
        object('v1', 'Endpoints', 'db', [
          'subsets: [{addresses: [{ip: 192.0.2.10}], ports: [{port: 5432}]}]',
        ]),
      ),
    },
  },
  run({ snapshot: { control, objects } }) {
    const named = new Set(
      objects.ofKind('Endpoints').map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
    );
    return objects.ofKind('Service').flatMap((each) => {
      const { metadata, body } = each;
      const key = `${metadata.namespace}/${metadata.name}` as const;
      if (body.selector !== undefined || body.type === 'ExternalName' || key === API_SERVER_SERVICE)
        return [];
      if (named.has(key) || control.slicesOf(key).length > 0) return [];
      const subject = subjectOf(each);
      return [
        { subject, path: ['spec'], message: `${subjectName(subject)} has neither selector nor endpoints` },
      ];
    });
  },
};

import { isGenerated } from '../../control/mirror-endpoints.ts';
import { manifests, object, service, workload } from '../example-manifests.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const ENDPOINTS = object('v1', 'Endpoints', 'web', [
  'subsets: [{addresses: [{ip: 192.0.2.1}], ports: [{port: 80}]}]',
]);

export const endpointsOverwritten: Rule = {
  name: 'endpoints-overwritten',
  severity: 'error',
  precision: 'certain',
  tier: 1,
  kinds: ['Endpoints'],
  what: 'There is an Endpoints object by hand for a Service with a selector.',
  why: 'The endpoints controller replaces what is written in it by the pods that the selector selects.',
  fix: 'remove the selector of the Service, or the Endpoints object',
  sources: ['kubernetes/kubernetes:pkg/controller/endpoint/endpoints_controller.go'],
  examples: {
    bad: {
      manifests: manifests(
        ENDPOINTS,
        service('web', 'selector: {app: web}', 'ports: [{port: 80}]'),
        workload('web'),
      ),
    },
    good: { manifests: manifests(ENDPOINTS, service('web', 'ports: [{port: 80}]')) },
  },
  run(input) {
    const { objects, profile } = input.snapshot;
    // What a dump has of them, the controller wrote.
    if (profile.input === 'stored') return [];
    return objects.ofKind('Endpoints').flatMap((each) => {
      const service = input.service(each.metadata.namespace, each.metadata.name);
      if (service?.body.selector === undefined || isGenerated(each)) return [];
      const subject = subjectOf(each);
      const owner = subjectOf(service);
      return [
        {
          subject,
          path: ['metadata', 'name'],
          message: `the endpoints controller will replace ${subjectName(subject)}: ${subjectName(owner)} has a selector`,
          related: [{ subject: owner, path: ['spec', 'selector'], message: 'has a selector' }],
        },
      ];
    });
  },
};

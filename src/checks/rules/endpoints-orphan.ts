import { SERVICE_NAME } from '../../control/slice-labels.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, object, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const ENDPOINTS = object('v1', 'Endpoints', 'ext', [
  'subsets: [{addresses: [{ip: 192.0.2.1}], ports: [{port: 80}]}]',
]);
/** Locks of controllers in old clusters (kubernetes/client-go:tools/leaderelection/resourcelock). */
const LEADER = 'control-plane.alpha.kubernetes.io/leader';

export const endpointsOrphan: Rule = {
  name: 'endpoints-orphan',
  severity: 'warning',
  precision: 'closed-world',
  tier: 1,
  kinds: ['Endpoints', 'EndpointSlice'],
  what: 'An Endpoints object has the name of no Service, or an EndpointSlice names none by its label.',
  why: 'Nobody is sent to its addresses.',
  fix: 'give the Service and the Endpoints one name; an EndpointSlice needs the label kubernetes.io/service-name',
  sources: ['kubernetes/kubernetes:pkg/controller/endpointslicemirroring', 'KEP-752'],
  examples: {
    bad: { manifests: ENDPOINTS },
    good: { manifests: manifests(ENDPOINTS, service('ext', 'ports: [{port: 80}]')) },
  },
  run: (input) => [...endpoints(input), ...slices(input)],
};

function endpoints(input: CheckInput): readonly Hit[] {
  return input.snapshot.objects.ofKind('Endpoints').flatMap((each) => {
    const { namespace, name, annotations } = each.metadata;
    if (input.hasService(namespace, name) || annotations.has(LEADER)) return [];
    const subject = subjectOf(each);
    return [
      { subject, path: ['metadata', 'name'], message: `${subjectName(subject)} belongs to no Service` },
    ];
  });
}

function slices(input: CheckInput): readonly Hit[] {
  return input.snapshot.objects.ofKind('EndpointSlice').flatMap((each): readonly Hit[] => {
    const { namespace, labels } = each.metadata;
    const service = labels.get(SERVICE_NAME);
    if (service !== undefined && input.hasService(namespace, service)) return [];
    const subject = subjectOf(each);
    const own = subjectName(subject);
    if (service === undefined) {
      const message = `${own} belongs to no Service: it has no label ${SERVICE_NAME}`;
      return [{ subject, path: labels.size === 0 ? ['metadata'] : ['metadata', 'labels'], message }];
    }
    const message = `${own} belongs to no Service: there is no ${namespace}/${service}`;
    return [{ subject, path: ['metadata', 'labels', SERVICE_NAME], message, fact: service }];
  });
}

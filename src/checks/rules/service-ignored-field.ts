import { isMapping } from '../../source/document.ts';
import { refTo, valueAt } from '../../source/ref.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import type { Rule } from '../rule.ts';
import type { ServiceObject } from '../services.ts';
import { subjectName, subjectOf } from '../subject.ts';

const DB = workload('db', { ports: '[{containerPort: 5432}]' });
const headless = (...more: readonly string[]) =>
  service('db', 'clusterIP: None', 'selector: {app: db}', 'ports: [{port: 5432}]', ...more);

export const serviceIgnoredField: Rule = {
  name: 'service-ignored-field',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: ['Service'],
  what: 'A Service has a field that its type gives no effect: external addresses or session affinity of a headless one, an externalName of another type than ExternalName.',
  why: 'The API server takes the field, and nothing does what it says.',
  fix: 'remove the field, or change the type of the Service',
  sources: ['kubernetes/kubernetes:pkg/api/service/warnings.go'],
  examples: {
    bad: { manifests: manifests(headless('sessionAffinity: ClientIP'), DB) },
    good: { manifests: manifests(headless(), DB) },
  },
  run: ({ snapshot }) =>
    snapshot.objects.ofKind('Service').flatMap((each) => {
      const subject = subjectOf(each);
      return ignoredFields(each).map(({ field, of }) => ({
        subject,
        path: ['spec', field],
        message: `${field} has no effect on ${subjectName(subject)}, which is ${of}`,
        help: `remove ${field}`,
      }));
    }),
};

interface IgnoredField {
  readonly field: string;
  /** What the Service is. */
  readonly of: string;
}

function ignoredFields({ body, origin }: ServiceObject): readonly IgnoredField[] {
  const written = valueAt(refTo(origin, 'spec'));
  if (!isMapping(written)) return [];
  const isSet = (field: string) => {
    const value = written[field];
    return value !== undefined && value !== null && value !== '' && value !== 'None' && !isEmptyList(value);
  };
  const ofHeadless = body.headless ? ['externalIPs', 'loadBalancerIP', 'sessionAffinity'] : [];
  const ofOthers = body.type === 'ExternalName' ? [] : ['externalName'];
  return [
    ...ofHeadless.filter(isSet).map((field) => ({ field, of: 'headless' })),
    ...ofOthers.filter(isSet).map((field) => ({ field, of: `of type ${body.type}` })),
  ];
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

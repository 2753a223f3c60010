import { replaceValue } from '../../query/text-edit.ts';
import { refTo } from '../../source/ref.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import { clusterNameOf } from '../external-names.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import type { ServiceObject } from '../services.ts';
import { subjectName, subjectOf } from '../subject.ts';

const PG = manifests(service('pg', 'selector: {app: pg}', 'ports: [{port: 5432}]'), workload('pg'));
const external = (name: string) => service('db', 'type: ExternalName', `externalName: ${name}`);

export const serviceExternalNameUnknown: Rule = {
  name: 'service-external-name-unknown',
  severity: 'warning',
  precision: 'closed-world',
  tier: 1,
  kinds: ['Service'],
  what: 'The externalName of a Service means a Service of the cluster that is not there, or means one by a short name.',
  why: 'The target of a CNAME is a whole name, to which no search list is applied: a short name does not resolve.',
  fix: 'write the whole name: SERVICE.NAMESPACE.svc.CLUSTER-DOMAIN',
  sources: ['coredns/coredns:plugin/kubernetes/kubernetes.go', 'RFC 1034 3.6.2'],
  examples: {
    bad: { manifests: manifests(external('pg'), PG) },
    good: { manifests: manifests(external('pg.default.svc.cluster.local'), PG) },
  },
  run: (input) =>
    input.snapshot.objects.ofKind('Service').flatMap((each) => {
      const { type, externalName = '' } = each.body;
      if (type !== 'ExternalName' || externalName === '') return [];
      return missingService(input, each, externalName) ?? shortName(input, each, externalName) ?? [];
    }),
};

function missingService(input: CheckInput, object: ServiceObject, text: string): Hit | undefined {
  const target = clusterNameOf(text, input.snapshot.profile);
  if (target === undefined || input.hasService(target.namespace, target.name)) return undefined;
  const subject = subjectOf(object);
  return {
    subject,
    path: ['spec', 'externalName'],
    message: `${subjectName(subject)} means ${text}, but there is no Service ${target.namespace}/${target.name}`,
    fact: text,
    gate: input.gates.reference('Service', target.namespace),
  };
}

/** `pg`, `pg.data`, `pg.data.svc`: no name outside the cluster ends so. */
function shortName(input: CheckInput, object: ServiceObject, text: string): Hit | undefined {
  const [name = '', namespace = object.metadata.namespace, svc, ...rest] = text.split('.');
  const isShort = rest.length === 0 && (svc === undefined || svc === 'svc');
  if (!isShort || !input.hasService(namespace, name)) return undefined;
  const subject = subjectOf(object);
  const whole = `${name}.${namespace}.svc.${input.snapshot.profile.clusterDomain}`;
  const edit = replaceValue(refTo(object.origin, 'spec', 'externalName'), whole);
  const known = input.service(namespace, name);
  return {
    subject,
    path: ['spec', 'externalName'],
    message: `${subjectName(subject)}: the externalName "${text}" is absolute for DNS, and no search list makes ${whole} of it`,
    related:
      known === undefined
        ? []
        : [{ subject: subjectOf(known), path: ['metadata', 'name'], message: 'is meant' }],
    fact: text,
    help: `externalName: ${whole}`,
    ...(edit === undefined ? {} : { edits: [edit] }),
  };
}

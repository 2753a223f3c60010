import { expandReferences } from '../../control/env/expand.ts';
import { serviceVariables, visibleServices } from '../../control/env/service-variables.ts';
import type { FieldPath } from '../../source/document.ts';
import type { CheckInput } from '../check-input.ts';
import { containerEnvs, type WrittenEnv } from '../container-envs.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import type { ServiceObject } from '../services.ts';
import { subjectName, subjectOf } from '../subject.ts';

const WEB = workload('web', { container: ['env: [{name: API, value: "$(API_SERVICE_HOST)"}]'] });
const api = (...more: readonly string[]) =>
  manifests(service('api', 'selector: {app: api}', 'ports: [{port: 80}]', ...more), workload('api'));

export const envServiceVarUnset: Rule = {
  name: 'env-service-var-unset',
  severity: 'error',
  precision: 'certain',
  tier: 1,
  kinds: [],
  what: 'A value or argument refers to a variable of a Service that the kubelet does not set: the Service is missing in the namespace, headless or an ExternalName, or the pod has no service links.',
  why: 'The text stays as it is written, with the reference in it.',
  fix: 'write the DNS name of the Service',
  sources: [
    'kubernetes/kubernetes:pkg/kubelet/envvars/envvars.go',
    'kubernetes/kubernetes:pkg/kubelet/kubelet_pods.go',
  ],
  examples: {
    bad: { manifests: manifests(WEB, api('clusterIP: None')) },
    good: { manifests: manifests(WEB, api()) },
  },
  run: (input) => containerEnvs(input).flatMap((env) => hitsOf(input, env)),
};

const VARIABLE = /^([A-Z0-9_]+)_SERVICE_(?:HOST|PORT(?:_[A-Z0-9_]+)?)$/;

function hitsOf(input: CheckInput, env: WrittenEnv): readonly Hit[] {
  const used = referencesOf(env).filter(({ name }) => VARIABLE.test(name));
  // A source that nobody shows may have the variable.
  if (used.length === 0 || env.written.envFrom.length > 0) return [];
  const { namespace } = env.group;
  const { services } = input.snapshot.cluster;
  const told = visibleServices(services, { namespace, enableServiceLinks: env.serviceLinks });
  const set = new Set([
    ...told.flatMap((each) => serviceVariables(each).map(({ name }) => name)),
    ...env.written.env.map(({ name }) => name),
  ]);
  return used.filter(({ name }) => !set.has(name)).map((each) => hitOf(input, env, each));
}

interface Reference {
  readonly name: string;
  readonly path: FieldPath;
}

function referencesOf({ written, container }: WrittenEnv): readonly Reference[] {
  const texts = [
    ...written.env.map(({ value, path }) => ({ text: value, path: [...path, 'value'] })),
    ...written.command.map((text, index) => ({ text, path: [...container.path, 'command', index] })),
    ...written.args.map((text, index) => ({ text, path: [...container.path, 'args', index] })),
  ];
  return texts.flatMap(({ text, path }) =>
    text.includes('$(')
      ? expandReferences(text, () => undefined).references.map(({ name }) => ({ name, path }))
      : [],
  );
}

function hitOf(input: CheckInput, { group, serviceLinks }: WrittenEnv, { name, path }: Reference): Hit {
  const prefix = VARIABLE.exec(name)?.[1] ?? '';
  const named = input.snapshot.objects
    .ofKind('Service')
    .filter(({ metadata }) => metadata.name.toUpperCase().replaceAll('-', '_') === prefix);
  const own = named.find(({ metadata }) => metadata.namespace === group.namespace);
  const service = own ?? named[0];
  const reason = reasonOf(own, service, { group, serviceLinks });
  return {
    subject: group.subject,
    path,
    message: `$(${name}) of ${subjectName(group.subject)} stays as it is written: ${reason}`,
    related:
      service === undefined
        ? []
        : [{ subject: subjectOf(service), path: ['metadata', 'name'], message: 'is meant' }],
    fact: name,
    ...(service === undefined ? { gate: input.gates.reference('Service', group.namespace) } : {}),
  };
}

function reasonOf(
  own: ServiceObject | undefined,
  service: ServiceObject | undefined,
  { group, serviceLinks }: Pick<WrittenEnv, 'group' | 'serviceLinks'>,
): string {
  if (own === undefined) {
    return service === undefined
      ? `namespace ${group.namespace} has no such Service`
      : `${subjectName(subjectOf(service))} is in another namespace`;
  }
  const name = subjectName(subjectOf(own));
  if (own.body.type === 'ExternalName') return `${name} is an ExternalName`;
  if (own.body.headless) return `${name} is headless`;
  return serviceLinks ? `${name} has no such port` : 'the pod has enableServiceLinks: false';
}

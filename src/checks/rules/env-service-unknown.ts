import { nearest } from '../../diagnostics/did-you-mean.ts';
import type { CheckInput } from '../check-input.ts';
import { asksClusterDns, type EnvAddress, envAddresses } from '../env-addresses.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { servicesByName } from '../services-by-name.ts';
import { subjectName, subjectOf } from '../subject.ts';

const WEB = workload('web', { container: ['env: [{name: CACHE_ADDR, value: "redis:6379"}]'] });
const redis = (name: string) =>
  manifests(service(name, 'selector: {app: redis}', 'ports: [{port: 6379}]'), workload('redis'));

export const envServiceUnknown: Rule = {
  name: 'env-service-unknown',
  severity: 'warning',
  precision: 'closed-world',
  tier: 1,
  kinds: [],
  what: 'A variable holds the address of a Service that is not there.',
  why: 'The name does not resolve: the program gets no connection.',
  fix: 'correct the name, or say in assume.services that the Service exists',
  examples: {
    bad: { manifests: manifests(WEB, redis('redis-master')) },
    good: { manifests: manifests(WEB, redis('redis')) },
  },
  run: (input) =>
    envAddresses(input)
      .filter(
        ({ exists, foreignDomain, group }) => !exists && foreignDomain === undefined && asksClusterDns(group),
      )
      .filter(
        ({ form, service: name }) => form !== 'bare' || (servicesByName(input).get(name) ?? []).length !== 1,
      )
      .map((each) => hitOf(input, each)),
};

function hitOf(
  input: CheckInput,
  { group, path, entry, address, namespace, service: name, form }: EnvAddress,
): Hit {
  const own = input.snapshot.cluster.services.filter((other) => other.namespace === namespace);
  const [near] = nearest(
    name,
    own.map((other) => other.name),
    1,
  );
  const meant = near === undefined ? undefined : input.service(namespace, near);
  const where = form === 'bare' ? `namespace ${namespace}` : `the cluster (no Service ${namespace}/${name})`;
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  return {
    subject: group.subject,
    path,
    message: `${entry.name} of ${subjectName(group.subject)}: "${address.host}" does not resolve in ${where}${hint}`,
    related:
      meant === undefined
        ? []
        : [{ subject: subjectOf(meant), path: ['metadata', 'name'], message: 'comes near', role: 'closest' }],
    fact: address.host,
    ...(near === undefined ? {} : { help: `write ${near}` }),
    gate: input.gates.reference('Service', namespace),
  };
}

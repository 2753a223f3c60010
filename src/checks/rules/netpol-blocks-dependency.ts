import { findPort } from '../../control/endpoint-ports.ts';
import type { ServicePortSpec } from '../../k8s/service-body.ts';
import type { CompiledPolicy, Direction } from '../../policy/policy.ts';
import type { CheckInput } from '../check-input.ts';
import { isEnforced, verdictOf } from '../connections.ts';
import { type EnvAddress, envAddresses } from '../env-addresses.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import type { PodGroup } from '../pod-groups.ts';
import { podOfGroup, policyEvidence } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { selectingByKey } from '../services.ts';
import { subjectName } from '../subject.ts';

const AROUND = [
  workload('web', { container: ['env: [{name: API_URL, value: "http://api"}]'] }),
  workload('api', { ports: '[{containerPort: 8080}]' }),
  service('api', 'selector: {app: api}', 'ports: [{port: 80, targetPort: 8080}]'),
];

export const netpolBlocksDependency: Rule = {
  name: 'netpol-blocks-dependency',
  severity: 'error',
  precision: 'certain',
  tier: 1,
  kinds: ['NetworkPolicy', 'ClusterNetworkPolicy', 'AdminNetworkPolicy', 'BaselineAdminNetworkPolicy'],
  what: 'A variable of a container names a Service, and policies refuse the connection to all of its pods.',
  why: 'What the manifests configure cannot work: the program runs into a timeout.',
  fix: 'admit the connection: egress at the client, ingress at the pods of the Service, at the port of the pods',
  sources: ['kubernetes/website:content/en/docs/concepts/services-networking/network-policies.md'],
  examples: {
    bad: { manifests: manifests(...AROUND, policyOf('api', 'ingress: []')) },
    good: {
      manifests: manifests(
        ...AROUND,
        policyOf('api', 'ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]'),
      ),
    },
  },
  run: (input) =>
    isEnforced(input)
      ? envAddresses(input)
          .filter(({ exists, foreignDomain }) => exists && foreignDomain === undefined)
          .flatMap((each) => hitOf(input, each))
      : [],
};

function hitOf(input: CheckInput, each: EnvAddress): readonly Hit[] {
  const { group, entry, path, namespace, service: name, address } = each;
  const found = selectingByKey(input).get(`${namespace}/${name}`);
  if (found === undefined || found.service.body.headless) return [];
  const { ports } = found.service.body;
  const port = address.port === undefined ? ports[0] : ports.find((own) => own.port === address.port);
  if (port === undefined || (address.port === undefined && ports.length > 1)) return [];
  const refusals = found.groups.map((backend) => refusalOf(input, { client: group, backend, port }));
  const [first] = refusals;
  if (first === undefined || refusals.includes(undefined)) return [];
  const { direction, backend, target, policies } = first;
  const where = direction === 'egress' ? group : backend;
  return [
    {
      subject: group.subject,
      path,
      message: `${entry.name} of ${subjectName(group.subject)} leads to Service ${namespace}/${name}, and the ${direction} policies of ${subjectName(where.subject)} refuse the connection (port ${target})`,
      related: policies.map((policy) => policyEvidence(policy, `isolates ${where.name} for ${direction}`)),
      fact: `${namespace}/${name} ${port.port}`,
    },
  ];
}

interface Dependency {
  readonly client: PodGroup;
  readonly backend: PodGroup;
  readonly port: ServicePortSpec;
}

interface Refusal {
  readonly direction: Direction;
  readonly backend: PodGroup;
  readonly target: number;
  /** What has a say there. */
  readonly policies: readonly CompiledPolicy[];
}

/** undefined: the connection is admitted, or nobody can know. */
function refusalOf(input: CheckInput, { client, backend, port }: Dependency): Refusal | undefined {
  const [from, to] = [podOfGroup(input, client), podOfGroup(input, backend)];
  const target = findPort(backend, port);
  const { protocol } = port;
  if (from === undefined || to === undefined || target === undefined || protocol === 'icmp') return undefined;
  for (const direction of ['egress', 'ingress'] as const) {
    const verdict = verdictOf(input, { from, to, protocol, port: target }, direction);
    if (verdict.action === 'allow') continue;
    const policies = [...verdict.isolating, ...verdict.rules.map(({ policy }) => policy)];
    return { direction, backend, target, policies: [...new Set(policies)] };
  }
  return undefined;
}

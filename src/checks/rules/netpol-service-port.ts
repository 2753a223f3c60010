import { findPort } from '../../control/endpoint-ports.ts';
import type { ServicePortSpec } from '../../k8s/service-body.ts';
import type { PortItem } from '../../policy/policy.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import type { PodGroup } from '../pod-groups.ts';
import { destinationsOf, pathIn, type RuleView, ruleViews } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { type SelectingService, servicesOfGroup } from '../services.ts';
import { subjectName } from '../subject.ts';

const AROUND = [
  workload('web', { ports: '[{containerPort: 8080}]' }),
  service('web', 'selector: {app: web}', 'ports: [{port: 80, targetPort: 8080}]'),
];

export const netpolServicePort: Rule = {
  name: 'netpol-service-port',
  severity: 'error',
  precision: 'certain',
  tier: 1,
  kinds: ['NetworkPolicy'],
  what: 'A rule admits the port of a Service, where the pods listen on another one.',
  why: 'Policies see packets behind the translation of Service addresses: with the port of the pod. What the rule was meant for is refused.',
  fix: 'write the target port of the Service',
  sources: ['kubernetes/website:content/en/docs/concepts/services-networking/network-policies.md'],
  examples: {
    bad: { manifests: manifests(...AROUND, policyOf('web', 'ingress: [{ports: [{port: 80}]}]')) },
    good: { manifests: manifests(...AROUND, policyOf('web', 'ingress: [{ports: [{port: 8080}]}]')) },
  },
  run: (input) =>
    ruleViews(input).flatMap((view) => (view.rule.ports ?? []).flatMap((item) => hitOf(input, view, item))),
};

function hitOf(input: CheckInput, view: RuleView, item: PortItem): readonly Hit[] {
  if (item.kind !== 'range' || item.from !== item.to) return [];
  const { policy, subject, rule } = view;
  const meant = serviceMeant(input, view, item);
  if (meant === undefined) return [];
  const { service: found, port, target } = meant;
  const name = subjectName(found.subject);
  return [
    {
      subject,
      path: [...pathIn(policy, item.origin), 'port'],
      message: `${subjectName(subject)} admits ${item.from}, the port of ${name}; policies see ${target}, which the rule does not admit`,
      related: [{ subject: found.subject, path: port.path, message: `port ${item.from} goes to ${target}` }],
      fact: `${item.from} ${target}`,
      help: `write ${target} in place of ${item.from}${rule.ports?.length === 1 ? '' : ', or beside it'}`,
    },
  ];
}

type SinglePort = Extract<PortItem, { readonly kind: 'range' }>;

interface Meant {
  readonly service: SelectingService;
  readonly port: ServicePortSpec;
  readonly target: number;
}

/** The Service in front of the pods whose port it is; undefined where a pod declares the port itself. */
function serviceMeant(input: CheckInput, view: RuleView, item: SinglePort): Meant | undefined {
  const pods = destinationsOf(input, view) ?? [];
  const isDeclared = pods.some(({ ports }) =>
    ports.some(({ containerPort, protocol }) => containerPort === item.from && protocol === item.protocol),
  );
  if (isDeclared || pods.length === 0) return undefined;
  for (const group of pods) {
    for (const service of servicesOfGroup(input).get(group) ?? []) {
      const meant = portMeant(view, item, { service, group });
      if (meant !== undefined) return meant;
    }
  }
  return undefined;
}

/** The port of a Service that has the number and leads elsewhere in the pods, where the rule does not admit it. */
function portMeant(
  view: RuleView,
  item: SinglePort,
  { service, group }: { readonly service: SelectingService; readonly group: PodGroup },
): Meant | undefined {
  for (const port of service.service.body.ports) {
    if (port.port !== item.from || port.protocol !== item.protocol) continue;
    const target = findPort(group, port);
    if (target === undefined || target === item.from) continue;
    if (!isAdmitted(view, { item, target, group })) return { service, port, target };
  }
  return undefined;
}

function isAdmitted(
  { rule }: RuleView,
  { item, target, group }: { readonly item: SinglePort; readonly target: number; readonly group: PodGroup },
): boolean {
  return (rule.ports ?? []).some((each) => {
    if (each.kind === 'range') {
      return each.protocol === item.protocol && each.from <= target && target <= each.to;
    }
    if (each.kind !== 'named') return false;
    return group.ports.some(({ name, containerPort }) => name === each.name && containerPort === target);
  });
}

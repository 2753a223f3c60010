import { PROXY_PORTS } from '../../control/mesh/capture-settings.ts';
import type { PortItem } from '../../policy/policy.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import { isInMesh } from '../meshes.ts';
import type { PodGroup } from '../pod-groups.ts';
import { destinationsOf, pathIn, printPortItem, type RuleView, ruleViews } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { portsEvidence } from '../services.ts';
import { subjectName } from '../subject.ts';

const WEB = workload('web', { ports: '[{containerPort: 8080}]' });

export const netpolPortUnlisted: Rule = {
  name: 'netpol-port-unlisted',
  severity: 'info',
  precision: 'heuristic',
  tier: 2,
  kinds: ['NetworkPolicy'],
  what: 'A rule admits a port that none of the pods declares, though they declare others.',
  why: 'Declared ports are documentation: a process may listen on more. If none does, the rule admits nothing.',
  fix: 'write the port that the pods listen on, or declare it in their containers',
  examples: {
    bad: { manifests: manifests(WEB, policyOf('web', 'ingress: [{ports: [{port: 9090}]}]')) },
    good: { manifests: manifests(WEB, policyOf('web', 'ingress: [{ports: [{port: 8080}]}]')) },
  },
  run: (input) =>
    ruleViews(input).flatMap((view) => (view.rule.ports ?? []).flatMap((item) => hitOf(input, view, item))),
};

function hitOf(input: CheckInput, view: RuleView, item: PortItem): readonly Hit[] {
  if (item.kind !== 'range' || item.from !== item.to) return [];
  const declaring = (destinationsOf(input, view) ?? []).filter(({ ports }) => ports.length > 0);
  const [first] = declaring;
  const isDeclared = declaring.some(({ ports }) =>
    ports.some(({ containerPort, protocol }) => containerPort === item.from && protocol === item.protocol),
  );
  if (first === undefined || isDeclared || isMeshPort(input, item, declaring)) return [];
  const { policy, subject } = view;
  return [
    {
      subject,
      path: [...pathIn(policy, item.origin), 'port'],
      message: `${subjectName(subject)} admits ${printPortItem(item)}, which no pod declares that the rule is about`,
      related: [portsEvidence(first)],
      fact: printPortItem(item),
      cause: { rule: 'netpol-service-port', subject },
    },
  ];
}

/** HBONE, which nobody declares and ztunnel listens for. */
function isMeshPort(
  input: CheckInput,
  { from, protocol }: Extract<PortItem, { readonly kind: 'range' }>,
  groups: readonly PodGroup[],
): boolean {
  if (from !== PROXY_PORTS.hbone || protocol !== 'tcp') return false;
  return groups.some((group) => isInMesh(input, group) === true);
}

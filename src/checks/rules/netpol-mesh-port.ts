import type { PolicyRule } from '../../policy/policy.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import { namespace, policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import type { PodGroup } from '../pod-groups.ts';
import { pathIn, type RuleView, ruleViews } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

/** HBONE, by which the ztunnels of an ambient mesh speak with each other. */
const MESH_PORT = 15_008;
const MODE_LABEL = 'istio.io/dataplane-mode';

const AROUND = [namespace('default', `${MODE_LABEL}: ambient`), workload('web')];

export const netpolMeshPort: Rule = {
  name: 'netpol-mesh-port',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['NetworkPolicy'],
  what: 'Pods of an ambient mesh admit some ports only, and not the port of the mesh.',
  why: `In an ambient mesh connections between pods arrive at port ${MESH_PORT}, whatever port they are for: they are refused.`,
  fix: `admit TCP ${MESH_PORT} too`,
  sources: ['istio/istio.io:content/en/docs/ambient/usage/networkpolicy/index.md'],
  examples: {
    bad: { manifests: manifests(...AROUND, policyOf('web', 'ingress: [{ports: [{port: 8080}]}]')) },
    good: {
      manifests: manifests(
        ...AROUND,
        policyOf('web', `ingress: [{ports: [{port: 8080}, {port: ${MESH_PORT}}]}]`),
      ),
    },
  },
  run: (input) => ruleViews(input).flatMap((view) => hitsOf(input, view)),
};

function hitsOf(input: CheckInput, { policy, subject, rule, selected }: RuleView): readonly Hit[] {
  if (policy.direction !== 'ingress' || policy.rules.some(admitsMesh)) return [];
  const group = selected.find((each) => isAmbient(input, each));
  if (group === undefined) return [];
  return [
    {
      subject,
      path: [...pathIn(policy, rule.origin), 'ports'],
      message: `${subjectName(subject)} admits some ports of ${subjectName(group.subject)}, which is in an ambient mesh, but not its port ${MESH_PORT}`,
      related: [
        {
          subject: group.subject,
          path: [...group.templatePath, 'metadata', 'labels'],
          message: 'is in the mesh',
        },
      ],
      fact: String(rule.index),
    },
  ];
}

function admitsMesh({ ports }: PolicyRule): boolean {
  return (
    ports === undefined ||
    ports.some(
      (item) =>
        item.kind === 'range' && item.protocol === 'tcp' && item.from <= MESH_PORT && MESH_PORT <= item.to,
    )
  );
}

function isAmbient({ snapshot }: CheckInput, { namespace: name, labels }: PodGroup): boolean {
  const mode = labels.get(MODE_LABEL) ?? snapshot.cluster.namespaces.get(name)?.labels.get(MODE_LABEL);
  return mode === 'ambient';
}

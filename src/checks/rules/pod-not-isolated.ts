import { manifests, object, workload } from '../example-manifests.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const WEB = workload('web', { ports: '[{containerPort: 80}]' });
const policy = (app: string) =>
  object('networking.k8s.io/v1', 'NetworkPolicy', 'p', [
    `spec: {podSelector: {matchLabels: {app: ${app}}}, policyTypes: [Ingress]}`,
  ]);

export const podNotIsolated: Rule = {
  name: 'pod-not-isolated',
  severity: 'off',
  precision: 'certain',
  tier: 1,
  kinds: [],
  what: 'No policy isolates a pod for ingress.',
  why: 'Every pod of the cluster may connect to it.',
  fix: 'write a NetworkPolicy that selects it, or a default deny for the namespace',
  examples: {
    bad: { manifests: manifests(WEB, policy('db')) },
    good: { manifests: manifests(WEB, policy('web')) },
  },
  run({ snapshot: { objects }, groups }) {
    const isolated = new Set(
      objects
        .ofKind('NetworkPolicy')
        .filter(({ body }) => body.policyTypes.length === 0 || body.policyTypes.includes('Ingress'))
        .flatMap(({ metadata, body }) => groups.match(metadata.namespace, body.podSelector.selector)),
    );
    return groups.all
      .filter((group) => group.origin !== undefined && !group.spec.hostNetwork && !isolated.has(group))
      .map(({ subject }) => ({
        subject,
        path: ['metadata', 'labels'],
        message: `no policy isolates the pods of ${subjectName(subject)} for ingress`,
      }));
  },
};

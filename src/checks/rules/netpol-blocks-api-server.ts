import type { OtherObject } from '../../k8s/object.ts';
import { mappingAt, mappingsAt, rawObjectsOfKind, scalarText } from '../../k8s/raw-objects.ts';
import type { PolicyRule } from '../../policy/policy.ts';
import { refTo, valueAt } from '../../source/ref.ts';
import { admitsOutside } from '../admission.ts';
import { type CheckInput, type OfInput, perInput } from '../check-input.ts';
import { isolating } from '../connections.ts';
import { manifests, object, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import type { PodGroup } from '../pod-groups.ts';
import { policyEvidence } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { accountOf, accountsOf } from '../service-accounts.ts';
import { subjectName, subjectOf } from '../subject.ts';

/** The Service's, and the usual ones of the API server itself. */
const PORTS = [443, 6443, 8443];

const AROUND = [
  workload('operator', { pod: ['serviceAccountName: operator'] }),
  object('rbac.authorization.k8s.io/v1', 'RoleBinding', 'operator', [
    'roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: operator}',
    'subjects: [{kind: ServiceAccount, name: operator}]',
  ]),
];

export const netpolBlocksApiServer: Rule = {
  name: 'netpol-blocks-api-server',
  severity: 'warning',
  precision: 'heuristic',
  tier: 2,
  kinds: ['NetworkPolicy'],
  what: 'Pods whose service account has a role may not send to the API server.',
  why: 'The API server is no pod: selectors never match it. A program that lists or watches objects gets timeouts and does not become ready.',
  fix: 'admit TCP 443 and 6443 to the addresses of the API server (ipBlock), or without `to`',
  sources: ['cilium/cilium:Documentation/security/policy/language.rst'],
  examples: {
    bad: {
      manifests: manifests(...AROUND, egress('[{to: [{namespaceSelector: {}}]}]')),
    },
    good: { manifests: manifests(...AROUND, egress('[{ports: [{port: 443}, {port: 6443}]}]')) },
  },
  run: (input) => input.groups.all.flatMap((group) => hitOf(input, group)),
};

function egress(rules: string): string {
  return policyOf('operator', 'policyTypes: [Egress]', `egress: ${rules}`);
}

function hitOf(input: CheckInput, group: PodGroup): readonly Hit[] {
  if (group.origin === undefined) return [];
  const binding = bindings(input).get(`${group.namespace}/${accountOf(group)}`);
  if (binding === undefined || !hasToken(input, group)) return [];
  const policies = isolating(input, group, 'egress');
  const rules = policies.flatMap((policy) => policy.rules);
  if (policies.length === 0 || rules.some(mayReach)) return [];
  const { subject, templatePath } = group;
  return [
    {
      subject,
      path: ['metadata', 'name'],
      message: `${subjectName(subject)} runs as ${accountOf(group)}, which has a role, and may not send to the API server: no egress rule admits TCP 443 or 6443 to an address that is no pod`,
      related: [
        ...policies.map((policy) => policyEvidence(policy, 'isolates it for egress')),
        {
          subject,
          path: [...templatePath, 'spec', 'serviceAccountName'],
          message: `${subjectName(binding)} gives it a role`,
        },
      ],
      fact: accountOf(group),
    },
  ];
}

/** Where the API server is, no manifest says: any address will do. */
function mayReach(rule: PolicyRule): boolean {
  if (!admitsOutside(rule) && rule.peers?.some(({ kind }) => kind !== 'pods') !== true) return false;
  return (
    rule.ports === undefined ||
    rule.ports.some(
      (item) =>
        item.kind === 'range' &&
        item.protocol === 'tcp' &&
        PORTS.some((port) => item.from <= port && port <= item.to),
    )
  );
}

/** By `namespace/name` of a service account: the first binding that is about it. */
const bindings: OfInput<ReadonlyMap<string, ReturnType<typeof subjectOf>>> = perInput(({ snapshot }) => {
  const found = new Map<string, ReturnType<typeof subjectOf>>();
  for (const kind of ['RoleBinding', 'ClusterRoleBinding']) {
    for (const each of rawObjectsOfKind(snapshot.objects, kind)) {
      if (isForAdmission(snapshot, each)) continue;
      for (const account of accountsOf(each, snapshot.profile.namespace)) {
        if (!found.has(account)) found.set(account, subjectOf(each));
      }
    }
  }
  return found;
});

/** A role that only lets pods use a security constraint is none that a program asks the API server by. */
function isForAdmission({ objects }: CheckInput['snapshot'], binding: OtherObject): boolean {
  const { kind, name } = mappingAt(binding.raw, 'roleRef');
  const role = rawObjectsOfKind(objects, scalarText(kind)).find(
    (each) => each.name === name && (kind === 'ClusterRole' || each.namespace === binding.namespace),
  );
  const rules = role === undefined ? [] : mappingsAt(role.raw, 'rules');
  return (
    rules.length > 0 &&
    rules.every(({ verbs }) => Array.isArray(verbs) && verbs.every((verb) => verb === 'use'))
  );
}

/** Is the token of the account mounted? The pod's own word wins (kubernetes/api:core/v1/types.go AutomountServiceAccountToken). */
function hasToken({ snapshot }: CheckInput, group: PodGroup): boolean {
  const { origin, templatePath, namespace } = group;
  if (origin === undefined) return false;
  const own = valueAt(refTo(origin, ...templatePath, 'spec', 'automountServiceAccountToken'));
  if (typeof own === 'boolean') return own;
  const account = rawObjectsOfKind(snapshot.objects, 'ServiceAccount').find(
    (each) => each.namespace === namespace && each.name === accountOf(group),
  );
  return account === undefined || valueAt(refTo(account.origin, 'automountServiceAccountToken')) !== false;
}

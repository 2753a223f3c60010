/**
 * The closed-world gates: manifests are seldom the whole cluster, so that "nothing has this label" is a claim
 * about objects that nobody showed. A gate says why such a claim may be wrong. The finding is kept, as an
 * info `reference-outside-input`; where the input is known to be complete, no gate stands.
 */

import { once, onceEach } from '../collections/once.ts';
import { groupOf } from '../k8s/names.ts';
import type { OtherObject } from '../k8s/object.ts';
import { mappingAt, mappingsAt, scalarText } from '../k8s/raw-objects.ts';
import type { ObjectSet } from '../k8s/read.ts';
import type { Evidence, Gate } from './hit.ts';
import type { PodGroup, PodGroups } from './pod-groups.ts';
import { accountOf, accountsOf } from './service-accounts.ts';
import { subjectName, subjectOf } from './subject.ts';

export interface Gates {
  /** Of "there is no such object": is there any of its kind in the namespace? undefined: the claim stands. */
  reference(kind: string, namespace: string): Gate | undefined;
  /** Of "no pod is selected" in these namespaces: can the input show all pods of them? */
  selection(namespaces: readonly string[]): Gate | undefined;
}

export interface GateFacts {
  readonly objects: ObjectSet;
  readonly groups: PodGroups;
  /** Of namespaced objects that name none. */
  readonly namespace: string;
  /** Does the input hold every object of the namespace? */
  isComplete(namespace: string): boolean;
}

/** The gates of an input; what they ask of it is read when they are first asked. */
export function gatesOf(facts: GateFacts): Gates {
  const { objects, isComplete } = facts;
  const written = onceEach((kind: string) => namespacesWith(objects, kind));
  const makers = once(() => podMakers(objects));
  const grants = once(() => podGrants(facts));
  return {
    reference: (kind, namespace) =>
      isComplete(namespace) || written(kind).has(namespace)
        ? undefined
        : { reason: `it is outside the input, which has no ${kind}${inNamespace(namespace)}`, related: [] },
    selection(namespaces) {
      const open = namespaces.filter((namespace) => !isComplete(namespace));
      if (open.length === 0) return undefined;
      return (
        withoutWorkload(facts, namespaces) ??
        open.map((namespace) => makerGate(makers().get(namespace))).find((gate) => gate !== undefined) ??
        open.map((namespace) => grantGate(grants(), namespace)).find((gate) => gate !== undefined)
      );
    },
  };
}

/** Nothing for kinds of the whole cluster. */
function inNamespace(namespace: string): string {
  return namespace === '' ? '' : ` in namespace ${namespace}`;
}

function namespacesWith(objects: ObjectSet, kind: string): ReadonlySet<string> {
  const read = objects.objects
    .filter((object) => object.kind === kind)
    .map(({ metadata }) => metadata.namespace);
  return new Set([...read, ...objects.otherOfKind(kind).map(({ namespace }) => namespace)]);
}

function withoutWorkload({ groups }: GateFacts, namespaces: readonly string[]): Gate | undefined {
  const isShown = namespaces.some((namespace) =>
    groups.inNamespace(namespace).some(({ origin }) => origin !== undefined),
  );
  if (isShown) return undefined;
  const where = namespaces.length === 1 ? `namespace ${namespaces[0]}` : 'these namespaces';
  return { reason: `the pods are outside the input, which has no workload in ${where}`, related: [] };
}

/** Groups whose kinds configure networks or store things, and make no pods. */
const PASSIVE_GROUPS: ReadonlySet<string> = new Set([
  'networking.istio.io',
  'security.istio.io',
  'telemetry.istio.io',
  'extensions.istio.io',
  'cilium.io',
  'projectcalico.org',
  'crd.projectcalico.org',
  'crd.antrea.io',
  'k8s.ovn.org',
  'traefik.io',
  'traefik.containo.us',
  'cert-manager.io',
  'acme.cert-manager.io',
  'external-secrets.io',
  'bitnami.com',
  'kyverno.io',
  'getambassador.io',
  'projectcontour.io',
]);
const PASSIVE_KINDS: ReadonlySet<string> = new Set([
  'ServiceMonitor',
  'PodMonitor',
  'PrometheusRule',
  'Probe',
  'ScaledObject',
]);

/** The first custom resource of each namespace that some operator may make pods for. */
function podMakers({ others }: ObjectSet): ReadonlyMap<string, OtherObject> {
  const makers = new Map<string, OtherObject>();
  for (const object of others) {
    const group = groupOf(object.apiVersion);
    const isCustom = group.includes('.') && !group.endsWith('.k8s.io') && !PASSIVE_GROUPS.has(group);
    if (!isCustom || PASSIVE_KINDS.has(object.kind)) continue;
    if (!makers.has(object.namespace) && Object.keys(mappingAt(object.raw, 'spec')).length > 0) {
      makers.set(object.namespace, object);
    }
  }
  return makers;
}

function makerGate(maker: OtherObject | undefined): Gate | undefined {
  if (maker === undefined) return undefined;
  const subject = subjectOf(maker);
  const related: Evidence = {
    subject,
    path: ['kind'],
    message: 'an operator may make pods for it',
    role: 'gate',
  };
  return { reason: `an operator makes the pods for ${subjectName(subject)}`, related: [related] };
}

/** A workload that may make pods by itself, and where. */
interface Grant {
  readonly group: PodGroup;
  /** `ClusterRoleBinding longhorn-bind`. */
  readonly binding: string;
  /** undefined: in all namespaces. */
  readonly namespace: string | undefined;
}

function grantGate(grants: readonly Grant[], namespace: string): Gate | undefined {
  const grant = grants.find((each) => each.namespace === undefined || each.namespace === namespace);
  if (grant === undefined) return undefined;
  const { subject, templatePath } = grant.group;
  const related: Evidence = {
    subject,
    path: [...templatePath, 'spec', 'serviceAccountName'],
    message: `may make pods by ${grant.binding}`,
    role: 'gate',
  };
  return {
    reason: `${subjectName(subject)} makes the pods, as ${grant.binding} allows it`,
    related: [related],
  };
}

const MAKING_RESOURCES: ReadonlySet<unknown> = new Set([
  '*',
  'pods',
  'deployments',
  'statefulsets',
  'daemonsets',
  'replicasets',
  'replicationcontrollers',
  'jobs',
  'cronjobs',
]);

/** Who of the input may make pods, by the roles and bindings of the input. */
function podGrants({ objects, groups, namespace }: GateFacts): readonly Grant[] {
  const roles = new Set(
    ['Role', 'ClusterRole'].flatMap((kind) =>
      objects
        .otherOfKind(kind)
        .filter(mayMakePods)
        .map((role) => `${kind} ${kind === 'Role' ? role.namespace : ''}/${role.name}`),
    ),
  );
  if (roles.size === 0) return [];
  const byAccount = new Map<string, PodGroup>();
  for (const group of groups.all) {
    const account = `${group.namespace}/${accountOf(group)}`;
    if (!byAccount.has(account)) byAccount.set(account, group);
  }
  return ['RoleBinding', 'ClusterRoleBinding'].flatMap((kind) =>
    objects.otherOfKind(kind).flatMap((binding) => {
      const { kind: roleKind, name } = mappingAt(binding.raw, 'roleRef');
      const roleNamespace = roleKind === 'Role' ? binding.namespace : '';
      if (!roles.has(`${scalarText(roleKind)} ${roleNamespace}/${scalarText(name)}`)) return [];
      const scope = kind === 'RoleBinding' ? binding.namespace : undefined;
      return accountsOf(binding, namespace).flatMap((account): readonly Grant[] => {
        const group = byAccount.get(account);
        return group === undefined ? [] : [{ group, binding: `${kind} ${binding.name}`, namespace: scope }];
      });
    }),
  );
}

function mayMakePods({ raw }: OtherObject): boolean {
  return mappingsAt(raw, 'rules').some(({ verbs, resources }) => {
    const mayCreate = Array.isArray(verbs) && verbs.some((verb) => verb === '*' || verb === 'create');
    return mayCreate && Array.isArray(resources) && resources.some((each) => MAKING_RESOURCES.has(each));
  });
}

/**
 * What is in the input, can touch this answer, and is not modelled: each such thing is a diagnostic, and
 * an assumption (that it changes nothing) which decides the result.
 */

import type { Cluster, Pod } from '../cluster/cluster.ts';
import { proxyMembership } from '../control/mesh/proxies.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { selectorMatches } from '../k8s/selector.ts';
import type { UnmodelledObject } from '../k8s/unmodelled.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import type { PolicyIndex } from '../policy/policy-index.ts';
import type { Asking } from './asking.ts';
import type { PathDraft } from './paths.ts';
import { foreignNotes } from './policy-doubts.ts';
import { unmodelledNear } from './unmodelled-index.ts';

/** Diagnostics for the unmodelled CNI and objects that these paths meet. */
export function unmodelledFindings(asking: Asking, drafts: readonly PathDraft[]): readonly Diagnostic[] {
  const { policy } = asking.snapshot.dataplane.cni.facets;
  const ends = podsAtTheEnds(asking, drafts);
  const touching = objectsTouching(asking, ends);
  const counted = touching.filter(({ concern }) => policy.enforces || concern !== 'policy');
  const foreign = policiesOf(asking.snapshot.foreignPolicies, ends);
  const ignored = policy.enforces ? 0 : foreign.length;
  const known = policiesOf(asking.snapshot.policies, ends).length;
  const policies = known + ignored + touching.length - counted.length;
  const isUnsure = counted.some(({ concern }) => concern === 'policy') || foreign.length > 0;
  if (policy.enforces && (policies > 0 || isUnsure)) {
    assumePolicyEngine(asking, isUnsure || drafts.some(({ isDenied }) => isDenied));
  }
  return [
    ...unmodelledCni(asking),
    ...(policy.enforces ? [] : unenforced(asking, policies)),
    ...(policy.enforces ? foreignFindings(asking, foreign) : []),
    ...counted.map((object) => unmodelled(asking, object)),
  ];
}

/** The policies that select one of the pods, one for each object. */
function policiesOf({ selecting }: PolicyIndex, ends: readonly Pod[]): readonly CompiledPolicy[] {
  const found = ends.flatMap((pod) =>
    (['egress', 'ingress'] as const).flatMap((direction) =>
      selecting(pod, direction).flatMap(({ policies }) => policies),
    ),
  );
  return [...new Map(found.map((policy) => [policy.origin, policy])).values()];
}

function unmodelledCni({ snapshot }: Asking): readonly Diagnostic[] {
  const { unmodelled: cni, facets } = snapshot.dataplane.cni;
  if (cni === undefined) return [];
  return [
    {
      code: 'unmodelled',
      severity: 'warning',
      text: `the manifests show ${cni.name}, which is not modelled yet: the wiring is ${facets.label}`,
      sources: cni.origin === undefined ? [] : [{ at: cni.origin, role: 'context' }],
    },
  ];
}

/**
 * Policies count because nobody says which CNI there is: another one may enforce none, which decides where
 * they deny, or where nobody knows.
 */
function assumePolicyEngine({ snapshot, assumptions }: Asking, decisive: boolean): void {
  const { source } = snapshot.dataplane.cni;
  if (source !== 'assumed' || snapshot.profile.cni.enforcesPolicy !== undefined) return;
  assumptions.add('A_POLICY_ENGINE', { decisive });
}

/** Policies of another CNI's API. */
function foreignFindings(asking: Asking, policies: readonly CompiledPolicy[]): readonly Diagnostic[] {
  const found = foreignNotes(asking.snapshot, policies);
  const values = found
    .filter(({ code }) => code === 'unmodelled')
    .map(({ sources: [at] }) => at?.object ?? '');
  if (values.length > 0) asking.assumptions.add('A_UNMODELLED', { values, decisive: true });
  return found;
}

/** A CNI without a policy engine: policies change nothing, which is worth a word. */
function unenforced({ snapshot }: Asking, count: number): readonly Diagnostic[] {
  if (count === 0) return [];
  const { label } = snapshot.dataplane.cni.facets;
  return [
    {
      code: 'policy-not-enforced',
      severity: 'info',
      text: `plain ${label.split('-')[0]} enforces no NetworkPolicy; the ${count} here change${count === 1 ? 's' : ''} nothing`,
      sources: [],
    },
  ];
}

function unmodelled(asking: Asking, object: UnmodelledObject): Diagnostic {
  const name = `${object.kind} ${object.namespace === '' ? '' : `${object.namespace}/`}${object.name}`;
  asking.assumptions.add('A_UNMODELLED', { values: [name], decisive: true });
  return {
    code: 'unmodelled',
    severity: 'warning',
    text: `${name} may decide this connection; ${object.kind} is not modelled yet`,
    sources: [{ at: object.origin, role: 'context' }],
  };
}

/** The pods whose connections these are; hostNetwork pods have none of their own. */
function podsAtTheEnds({ snapshot, source }: Asking, drafts: readonly PathDraft[]): readonly Pod[] {
  const pods = new Set<Pod>(source.kind === 'pod' ? [source.pod] : []);
  for (const key of drafts.flatMap(({ path }) => path.backends)) {
    const pod = snapshot.cluster.podByKey.get(key as Pod['key']);
    if (pod !== undefined) pods.add(pod);
  }
  return [...pods].filter(({ hostNetwork }) => !hostNetwork);
}

/** Objects whose selector covers one of the pods. */
function objectsTouching({ snapshot }: Asking, ends: readonly Pod[]): readonly UnmodelledObject[] {
  const namespaces = new Set(ends.map(({ namespace }) => namespace));
  return unmodelledNear(snapshot.objects, namespaces).filter((object) =>
    ends.some((pod) => covers(object, pod) && (object.concern !== 'mesh' || hasProxy(snapshot.cluster, pod))),
  );
}

/** Configuration of a mesh's proxies matters where one is. */
function hasProxy(cluster: Cluster, pod: Pod): boolean {
  const { membership } = proxyMembership(cluster)(pod);
  return membership === 'sidecar' || membership === 'gateway';
}

function covers(object: UnmodelledObject, pod: Pod): boolean {
  const { namespace, selector } = object.subject;
  if (namespace !== undefined && namespace !== pod.namespace) return false;
  return selector === 'unknown' || selectorMatches(selector, pod.labels);
}

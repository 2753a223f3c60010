/**
 * What is in the input, can touch this answer, and is not modelled: each such thing is a diagnostic, and
 * an assumption (that it changes nothing) which decides the result.
 */

import type { Pod } from '../cluster/cluster.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { selectorMatches } from '../k8s/selector.ts';
import { type UnmodelledObject, unmodelledObjects } from '../k8s/unmodelled.ts';
import type { Asking } from './asking.ts';
import type { PathDraft } from './paths.ts';

/** Diagnostics for the unmodelled CNI and objects that these paths meet. */
export function unmodelledFindings(asking: Asking, drafts: readonly PathDraft[]): readonly Diagnostic[] {
  const { cni } = asking.snapshot.dataplane;
  const findings: Diagnostic[] = [];
  if (cni.unmodelled !== undefined) {
    findings.push({
      code: 'unmodelled',
      severity: 'warning',
      text: `the manifests show ${cni.unmodelled.name}, which is not modelled yet: the wiring is ${cni.facets.label}`,
      sources: cni.unmodelled.origin === undefined ? [] : [{ at: cni.unmodelled.origin, role: 'context' }],
    });
  }
  const touching = objectsTouching(asking, drafts);
  const policies = touching.filter(({ concern }) => concern === 'policy');
  if (!cni.facets.policy.enforces) return [...findings, ...unenforced(asking, policies.length)];
  return [...findings, ...touching.map((object) => unmodelled(asking, object))];
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

/** Objects whose selector covers a pod at either end of a path. */
function objectsTouching(asking: Asking, drafts: readonly PathDraft[]): readonly UnmodelledObject[] {
  const { cluster, objects } = asking.snapshot;
  const pods = new Map<string, Pod>();
  if (asking.source.kind === 'pod') pods.set(asking.source.pod.key, asking.source.pod);
  for (const key of drafts.flatMap(({ path }) => path.backends)) {
    const pod = cluster.podByKey.get(key as Pod['key']);
    if (pod !== undefined) pods.set(key, pod);
  }
  const ends = [...pods.values()].filter((pod) => !pod.hostNetwork);
  return unmodelledObjects(objects).filter(
    (object) => object.concern !== 'mesh' && ends.some((pod) => covers(object, pod)),
  );
}

function covers(object: UnmodelledObject, pod: Pod): boolean {
  const { namespace, selector } = object.subject;
  if (namespace !== undefined && namespace !== pod.namespace) return false;
  return selector === 'unknown' || selectorMatches(selector, pod.labels);
}

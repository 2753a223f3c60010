/** The question of `k8snet env`: which variables a container starts with, and where each comes from. */

import type { Pod } from '../cluster/cluster.ts';
import type { Variable } from '../control/env/container-environment.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { type AssumptionSet, assumptionSet } from './assumptions.ts';
import { chosenContainer, containerKind, startOrder } from './container-choice.ts';
import type { EnvAnswer, VariableAnswer } from './env-answer.ts';
import { envCaveats } from './env-caveats.ts';
import { objectNamer } from './namer.ts';
import { podPlace } from './place.ts';
import { podEnvironment } from './pod-environment.ts';
import { isYounger, startOf } from './service-age.ts';
import type { Snapshot } from './snapshot.ts';
import { diagnosticAnswer, type ObjectNamer, sourceAnswer } from './source-answer.ts';
import { resolvePod } from './target.ts';
import { TOOL } from './tool.ts';

export interface EnvQuestion {
  /** A pod, or a workload for its first pod. */
  readonly pod: string;
  /** Its name; without one the container that kubectl takes. */
  readonly container?: string;
}

/**
 * The environment of a container at its next start.
 * @throws UsageError
 */
export function envQuestion(snapshot: Snapshot, question: EnvQuestion): EnvAnswer {
  const { cluster } = snapshot;
  const pod = resolvePod(cluster, question.pod);
  const container = chosenContainer(pod, question.container);
  const found: Diagnostic[] = [];
  const made = podEnvironment(cluster, pod, container, (diagnostic) => void found.push(diagnostic));
  const namer = objectNamer(snapshot.objects);
  const started = startOf(pod, container);
  const asked = { snapshot, named: question.container, pod, container, made, started };
  return {
    schema: 'k8snet/env/1',
    tool: TOOL,
    pod: podPlace(pod),
    container: { name: container.name, kind: containerKind(pod, container) },
    containers: startOrder(pod).map(({ name }) => name),
    enableServiceLinks: made.enableServiceLinks,
    variables: made.variables.map((variable) => variableAnswer(variable, { namer, started })),
    caveats: [...found, ...envCaveats(asked)].map((caveat) => diagnosticAnswer(caveat, namer)),
    assumptions: assumptions(pod, made.variables).list(),
  };
}

function variableAnswer(
  { name, value, from, service, at, overriddenBy }: Variable,
  { namer, started }: { readonly namer: ObjectNamer; readonly started: string | undefined },
): VariableAnswer {
  const place = (ref: Variable['at']) => (ref === undefined ? {} : { source: sourceAnswer(ref, { namer }) });
  const winner =
    overriddenBy === undefined ? undefined : { from: ownSort(overriddenBy), ...place(overriddenBy.at) };
  return {
    name,
    ...valueAnswer(value),
    from,
    ...(service === undefined ? {} : { service: service.key }),
    ...place(at),
    ...(winner === undefined ? {} : { overriddenBy: winner }),
    ...(service !== undefined && isYounger(service, started) ? { afterRestart: true } : {}),
  };
}

/** What counts instead of another is always the container's own. */
function ownSort({ from }: Variable): 'env' | 'env-from' {
  return from === 'env-from' ? from : 'env';
}

function valueAnswer(value: Variable['value']): Pick<VariableAnswer, 'value' | 'hidden'> {
  switch (value.kind) {
    case 'known':
      return { value: value.text };
    case 'secret':
      return { hidden: { reason: 'secret', text: 'out of a Secret' } };
    case 'unknown':
      return { hidden: { reason: 'unknown', text: value.why } };
  }
}

function assumptions(pod: Pod, variables: readonly Variable[]): AssumptionSet {
  const set = assumptionSet();
  if (variables.some(({ service }) => service?.assumed.clusterIps)) set.add('A_CLUSTER_IP');
  const isOf = (path: string) =>
    variables.some(({ from, value }) => from === 'env' && isAddress(pod, value, path));
  if (pod.assumed.ips && isOf('ip')) set.add('A_POD_IP');
  if (pod.assumed.node && isOf('node')) set.add('A_NODES');
  return set;
}

/** Is the value one of the pod's invented facts? */
function isAddress(pod: Pod, value: Variable['value'], what: string): boolean {
  if (value.kind !== 'known' || value.text === '') return false;
  return what === 'ip' ? pod.ips.some(({ text }) => value.text.includes(text)) : value.text === pod.node;
}

/** The steps of an Envoy of the mesh, in its own names. */

import type { MeshBranch, MeshOutcome } from '../../../l7/istio/outcome.ts';
import type { SourceRef } from '../../../source/ref.ts';
import { refTo } from '../../../source/ref.ts';
import type { StepAnswer } from '../../answer.ts';
import type { Asking } from '../../asking.ts';
import { placeOf } from '../step-place.ts';

/** `listener 0.0.0.0_9080, host reviews.default.svc.cluster.local:9080`: the virtual host's name is mostly that of a Service. */
export function listenerStep(listener: string, { virtualHost }: MeshOutcome): StepAnswer {
  const host = virtualHost === undefined ? '' : `, host ${virtualHost}`;
  return { kind: 'proxy', text: `listener ${listener}${host}` };
}

/** The rule that decided, with its line; `no VirtualService` where the service's own route did. */
export function ruleSteps(
  asking: Pick<Asking, 'namer'>,
  { route, l4Rule, set }: MeshOutcome,
): readonly StepAnswer[] {
  if (route?.kind === 'default') {
    return [{ kind: 'l7-route', text: `no VirtualService is for ${route.host}` }];
  }
  const placed = route?.placed ?? l4Rule;
  if (placed === undefined || set === undefined) return [];
  const conditions = route?.compiled().conditions.map(({ text }) => text) ?? [];
  const asks = conditions.length === 0 ? '' : `: ${conditions.join(' and ')}`;
  const text = `VirtualService ${set.key} ${placed.label}${asks}`;
  return [{ kind: 'l7-route', text, ...placeOf(asking, route?.at ?? placed.at) }];
}

/** `→ outbound|9080|v1|reviews.default.svc.cluster.local, mTLS`, with the line of the subset. @param how it is dialled. */
export function clusterStep(
  asking: Pick<Asking, 'namer'>,
  { cluster, loadBalancer, tls, chosenSubset, at }: MeshBranch,
  how = '',
): StepAnswer {
  const text = `→ ${cluster}${how}`;
  const place = placeOf(asking, subsetAt(chosenSubset) ?? at);
  return { kind: 'l7-route', text, ...place, detail: { loadBalancer, tls } };
}

function subsetAt(subset: MeshBranch['chosenSubset']): SourceRef | undefined {
  return subset === undefined ? undefined : refTo(subset.owner.origin, ...subset.path);
}

/** A delay that the rule injects. */
export function delaySteps({ fault }: MeshOutcome): readonly StepAnswer[] {
  const delay = fault?.delay;
  if (delay === undefined || delay.percent === 0) return [];
  const part = delay.percent === 100 ? 'every request' : `${delay.percent} % of the requests`;
  return [{ kind: 'proxy', text: `delays ${part} by ${delay.fixedDelay} (DI)` }];
}

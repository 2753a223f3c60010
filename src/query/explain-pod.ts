/** The question of `explain pod/NAME`: which policies are about a pod, and what it may send and receive. */

import type { Pod } from '../cluster/cluster.ts';
import type { Direction } from '../policy/policy.ts';
import { isIsolating } from '../policy/stages.ts';
import { policyLabel } from './explain-policy.ts';
import { matrixQuestion } from './matrix/matrix.ts';
import { objectNamer } from './namer.ts';
import type { PodExplanation, SelectingAnswer } from './policy-explanation.ts';
import type { Snapshot } from './snapshot.ts';
import { sourceAnswer } from './source-answer.ts';
import { resolveTarget } from './target.ts';
import { TOOL } from './tool.ts';
import { UsageError } from './usage-error.ts';

/**
 * Explains a pod, or the first pod of a workload.
 * @throws UsageError that lists the candidates.
 */
export function explainPod(snapshot: Snapshot, text: string): PodExplanation {
  const { cluster, dataplane, objects } = snapshot;
  const target = resolveTarget(cluster, text, { kind: 'external', name: '', address: '' });
  const [pod] = target.kind === 'pods' ? target.pods : [];
  if (pod === undefined) throw new UsageError(`"${text}" is no pod`);
  const receives = matrixQuestion(snapshot, { to: text });
  const sends = matrixQuestion(snapshot, { from: text });
  const namer = objectNamer(objects);
  return {
    schema: 'k8snet/explain-pod/1',
    tool: TOOL,
    pod: {
      namespace: pod.namespace,
      name: pod.name,
      ...(pod.workload === undefined ? {} : { workload: pod.workload }),
      ...(pod.node === undefined ? {} : { node: pod.node }),
      hostNetwork: pod.hostNetwork,
      labels: Object.fromEntries(pod.labels),
      addresses: pod.ips.map((ip) => ip.text),
      ports: pod.ports.map(({ name, containerPort, protocol }) => ({
        ...(name === undefined ? {} : { name }),
        port: containerPort,
        protocol,
      })),
      ...(pod.origin === undefined ? {} : { at: sourceAnswer(pod.origin, { namer }) }),
    },
    enforced: dataplane.cni.facets.policy.enforces,
    ingress: selectingAnswer(snapshot, pod, 'ingress'),
    egress: selectingAnswer(snapshot, pod, 'egress'),
    receives: receives.overview,
    sends: sends.overview,
    findings: receives.diagnostics.filter(({ sources }) =>
      isOfNamespace(sources?.[0]?.object, pod.namespace),
    ),
  };
}

/** Policies that select nothing may have meant this pod, if they are of its namespace. */
function isOfNamespace(object: string | undefined, namespace: string): boolean {
  return object?.startsWith(`networkpolicy/${namespace}/`) === true;
}

/** A pod in its node's network is the subject of none. */
function selectingAnswer({ policies, objects }: Snapshot, pod: Pod, direction: Direction): SelectingAnswer {
  if (pod.hostNetwork) return { isolated: false, policies: [] };
  const namer = objectNamer(objects);
  const stages = policies.selecting(pod, direction);
  return {
    isolated: stages.some(isIsolating),
    policies: stages.flatMap(({ tier, policies: own }) =>
      own.map((policy) => ({
        policy: policyLabel(policy),
        tier: tier.name,
        at: sourceAnswer(policy.because, { namer }),
      })),
    ),
  };
}

/** `k8snet explain pod/NAME`: the policies about a pod, what it may send and receive. */

import { POD_FORMATS } from '../../render/formats.ts';
import { type ExplainTarget, explainWith, namesKind } from './target.ts';

const WORDS: readonly string[] = [
  ...['pod', 'pods', 'po', 'job', 'jobs', 'cronjob', 'cronjobs', 'cj'],
  ...['deployment', 'deployments', 'deploy', 'statefulset', 'statefulsets', 'sts'],
  ...['daemonset', 'daemonsets', 'ds', 'replicaset', 'replicasets', 'rs'],
  ...['replicationcontroller', 'replicationcontrollers', 'rc'],
];

export const podTarget: ExplainTarget = {
  shape: 'pod/NAME',
  text: '(deploy/NAME, …) the policies about a pod, what it may send and receive',
  takes: (target) => namesKind(target, WORDS),
  run: (io, run) =>
    explainWith(io, run, {
      formats: POD_FORMATS,
      ask: async (snapshot) => (await import('../../query/explain-pod.ts')).explainPod(snapshot, run.target),
    }),
};

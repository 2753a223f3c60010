/** `k8snet explain cluster`: what was understood of the manifests. */

import { CLUSTER_FORMATS } from '../../render/formats.ts';
import { type ExplainTarget, explainWith } from './target.ts';

export const clusterTarget: ExplainTarget = {
  shape: 'cluster',
  text: 'objects, nodes, pods, Services and settings, each with its source (the default)',
  takes: (target) => target === 'cluster',
  run: (io, run) =>
    explainWith(io, run, {
      formats: CLUSTER_FORMATS,
      ask: async (snapshot) => (await import('../../query/explain-cluster.ts')).explainCluster(snapshot),
    }),
};

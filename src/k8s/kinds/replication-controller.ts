import { readStringMap } from '../fields.ts';
import type { KindReader } from '../object.ts';
import { type WorkloadBody, workloadReader } from './workload.ts';

/** Its selector is a plain map of labels; an empty one means the template's labels. */
export const replicationControllerReader: KindReader<'ReplicationController', WorkloadBody> = workloadReader({
  kind: 'ReplicationController',
  apiVersions: ['v1'],
  replicasField: 'replicas',
  readSelector: (spec) => {
    const matchLabels = readStringMap(spec, 'selector');
    return matchLabels.size === 0 ? undefined : { matchLabels, matchExpressions: [] };
  },
});

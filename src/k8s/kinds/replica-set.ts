import type { KindReader } from '../object.ts';
import { type WorkloadBody, workloadReader } from './workload.ts';

export const replicaSetReader: KindReader<'ReplicaSet', WorkloadBody> = workloadReader({
  kind: 'ReplicaSet',
  apiVersions: ['apps/v1', 'apps/v1beta2', 'extensions/v1beta1'],
  replicasField: 'replicas',
});

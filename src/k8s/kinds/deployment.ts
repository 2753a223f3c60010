import type { KindReader } from '../object.ts';
import { type WorkloadBody, workloadReader } from './workload.ts';

export const deploymentReader: KindReader<'Deployment', WorkloadBody> = workloadReader({
  kind: 'Deployment',
  apiVersions: ['apps/v1', 'apps/v1beta2', 'apps/v1beta1', 'extensions/v1beta1'],
  replicasField: 'replicas',
});

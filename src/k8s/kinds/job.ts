import type { KindReader } from '../object.ts';
import { type WorkloadBody, workloadReader } from './workload.ts';

export const jobReader: KindReader<'Job', WorkloadBody> = workloadReader({
  kind: 'Job',
  apiVersions: ['batch/v1'],
  replicasField: 'parallelism',
});

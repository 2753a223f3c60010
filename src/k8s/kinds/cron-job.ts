import type { KindReader } from '../object.ts';
import { type WorkloadBody, workloadReader } from './workload.ts';

export const cronJobReader: KindReader<'CronJob', WorkloadBody> = workloadReader({
  kind: 'CronJob',
  apiVersions: ['batch/v1', 'batch/v1beta1'],
  templateAt: ['jobTemplate', 'spec'],
});

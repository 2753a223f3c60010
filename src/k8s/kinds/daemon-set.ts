import type { KindReader } from '../object.ts';
import { type WorkloadBody, workloadReader } from './workload.ts';

export const daemonSetReader: KindReader<'DaemonSet', WorkloadBody> = workloadReader({
  kind: 'DaemonSet',
  apiVersions: ['apps/v1', 'apps/v1beta2', 'extensions/v1beta1'],
});

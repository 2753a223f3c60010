import { pickStrings, readInteger, readSection } from '../fields.ts';
import type { KindReader } from '../object.ts';
import { type WorkloadBody, workloadReader } from './workload.ts';

export const statefulSetReader: KindReader<'StatefulSet', WorkloadBody> = workloadReader({
  kind: 'StatefulSet',
  apiVersions: ['apps/v1', 'apps/v1beta2', 'apps/v1beta1'],
  replicasField: 'replicas',
  readIdentity: (spec) => ({
    ...pickStrings(spec, ['serviceName']),
    ordinalStart: readInteger(readSection(spec, 'ordinals'), 'start', { min: 0 }) ?? 0,
  }),
});

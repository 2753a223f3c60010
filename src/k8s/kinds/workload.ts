/** What the workload kinds have in common: a template and how many pods are made from it. */

import { type Fields, readInteger, readSection } from '../fields.ts';
import type { K8sObject, KindReader } from '../object.ts';
import { readSelector } from '../read-selector.ts';
import type { LabelSelector } from '../selector.ts';
import { type PodTemplate, readPodTemplate } from './pod-spec.ts';

export interface WorkloadBody {
  readonly template: PodTemplate;
  /** Pods wanted: spec.replicas; for a Job spec.parallelism; for a CronJob 1; a DaemonSet has one per node. */
  readonly replicas: number;
  readonly selector?: LabelSelector;
  /** StatefulSet only. */
  readonly serviceName?: string;
  /** StatefulSet only: spec.ordinals.start. */
  readonly ordinalStart: number;
}

export type WorkloadKind =
  | 'Deployment'
  | 'ReplicaSet'
  | 'StatefulSet'
  | 'DaemonSet'
  | 'Job'
  | 'CronJob'
  | 'ReplicationController';

export type WorkloadObject = { [Kind in WorkloadKind]: K8sObject<Kind, WorkloadBody> }[WorkloadKind];

/** What tells one workload kind from the others. */
export interface WorkloadTraits<Kind extends WorkloadKind> {
  readonly kind: Kind;
  readonly apiVersions: readonly string[];
  /** Fields of `spec` on the way to the template; default none. */
  readonly templateAt?: readonly string[];
  /** The field of `spec` that says how many pods there are; undefined: one. */
  readonly replicasField?: string;
  /** Reads what only pods with an identity have. */
  readonly readIdentity?: (spec: Fields) => Pick<WorkloadBody, 'serviceName' | 'ordinalStart'>;
  /** How the selector is written; default a LabelSelector. */
  readonly readSelector?: (spec: Fields) => LabelSelector | undefined;
}

/** A reader for a workload kind. */
export function workloadReader<Kind extends WorkloadKind>(
  traits: WorkloadTraits<Kind>,
): KindReader<Kind, WorkloadBody> {
  return {
    kind: traits.kind,
    apiVersions: traits.apiVersions,
    namespaced: true,
    read: (fields, _metadata, options) => {
      const spec = readSection(fields, 'spec');
      const { replicasField } = traits;
      const replicas = replicasField === undefined ? undefined : readInteger(spec, replicasField, { min: 0 });
      const selector = (traits.readSelector ?? readLabelSelector)(spec);
      return {
        template: readPodTemplate((traits.templateAt ?? []).reduce(readSection, spec), options),
        replicas: replicas ?? 1,
        ...(selector === undefined ? {} : { selector }),
        ...(traits.readIdentity?.(spec) ?? { ordinalStart: 0 }),
      };
    },
  };
}

function readLabelSelector(spec: Fields): LabelSelector | undefined {
  return readSelector(spec, 'selector');
}

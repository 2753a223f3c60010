/**
 * The fields of the objects that people write most: Services, Pods, what makes pods, and policies. A field that is not here
 * is a slip of the hand, or of another version; the API server leaves it out with a warning in these words.
 * Source: kubernetes/kubernetes:staging/src/k8s.io/api/{core,apps,batch}/v1/types.go (v1.35, and fields that older
 * versions had). Other kinds, and the insides of fields that are `true` here, are not looked at.
 */

import { nearest } from '../diagnostics/did-you-mean.ts';
import { type FieldPath, isMapping } from '../source/document.ts';
import { printPath, refTo } from '../source/ref.ts';
import { ANY_OTHER, type FieldTree, leaves } from './field-tree.ts';
import type { Fields } from './fields.ts';
import { POLICY_SPECS } from './known-policy-fields.ts';

const METADATA = leaves(
  `name generateName namespace selfLink uid resourceVersion generation creationTimestamp deletionTimestamp
  deletionGracePeriodSeconds labels annotations ownerReferences finalizers managedFields clusterName initializers`,
);

const CONTAINER: FieldTree = {
  ...leaves(
    `name image command args workingDir envFrom env resources resizePolicy restartPolicy restartPolicyRules
    volumeMounts volumeDevices livenessProbe readinessProbe startupProbe lifecycle terminationMessagePath
    terminationMessagePolicy imagePullPolicy securityContext stdin stdinOnce tty targetContainerName`,
  ),
  ports: leaves('name hostPort containerPort protocol hostIP'),
};

const POD_SPEC: FieldTree = {
  ...leaves(
    `volumes restartPolicy terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy nodeSelector
    serviceAccountName serviceAccount automountServiceAccountToken nodeName hostNetwork hostPID hostIPC
    shareProcessNamespace securityContext imagePullSecrets hostname subdomain affinity schedulerName tolerations
    hostAliases priorityClassName priority readinessGates runtimeClassName enableServiceLinks preemptionPolicy
    overhead topologySpreadConstraints setHostnameAsFQDN os hostUsers schedulingGates resourceClaims resources
    hostnameOverride workloadRef`,
  ),
  dnsConfig: { ...leaves('nameservers searches'), options: leaves('name value') },
  containers: CONTAINER,
  initContainers: CONTAINER,
  ephemeralContainers: CONTAINER,
};

const TEMPLATE: FieldTree = { metadata: METADATA, spec: POD_SPEC };

const JOB_SPEC: FieldTree = {
  ...leaves(
    `parallelism completions activeDeadlineSeconds podFailurePolicy successPolicy backoffLimit backoffLimitPerIndex
    maxFailedIndexes selector manualSelector ttlSecondsAfterFinished completionMode suspend podReplacementPolicy
    managedBy`,
  ),
  template: TEMPLATE,
};

const SPECS: ReadonlyMap<string, FieldTree> = new Map<string, FieldTree>([
  [
    'v1 Service',
    {
      ...leaves(
        `selector clusterIP clusterIPs type externalIPs sessionAffinity loadBalancerIP loadBalancerSourceRanges
        externalName externalTrafficPolicy healthCheckNodePort publishNotReadyAddresses sessionAffinityConfig
        ipFamilies ipFamily ipFamilyPolicy allocateLoadBalancerNodePorts loadBalancerClass internalTrafficPolicy
        trafficDistribution topologyKeys`,
      ),
      ports: leaves('name protocol appProtocol port targetPort nodePort'),
    },
  ],
  ['v1 Pod', POD_SPEC],
  ['v1 ReplicationController', { ...leaves('replicas minReadySeconds selector'), template: TEMPLATE }],
  [
    'apps/v1 Deployment',
    {
      ...leaves(
        'replicas selector strategy minReadySeconds revisionHistoryLimit paused progressDeadlineSeconds rollbackTo',
      ),
      template: TEMPLATE,
    },
  ],
  ['apps/v1 ReplicaSet', { ...leaves('replicas minReadySeconds selector'), template: TEMPLATE }],
  [
    'apps/v1 DaemonSet',
    {
      ...leaves('selector updateStrategy minReadySeconds revisionHistoryLimit templateGeneration'),
      template: TEMPLATE,
    },
  ],
  [
    'apps/v1 StatefulSet',
    {
      ...leaves(
        `replicas selector volumeClaimTemplates serviceName podManagementPolicy updateStrategy revisionHistoryLimit
        minReadySeconds persistentVolumeClaimRetentionPolicy ordinals`,
      ),
      template: TEMPLATE,
    },
  ],
  ['batch/v1 Job', JOB_SPEC],
  [
    'batch/v1 CronJob',
    {
      ...leaves(
        `schedule timeZone startingDeadlineSeconds concurrencyPolicy suspend successfulJobsHistoryLimit
        failedJobsHistoryLimit`,
      ),
      jobTemplate: { metadata: METADATA, spec: JOB_SPEC },
    },
  ],
  ...POLICY_SPECS,
]);

/** Reports the fields of an object that its kind does not have, all at once. They change nothing. */
export function reportUnknownFields(fields: Fields, apiVersion: string, kind: string): void {
  const spec = SPECS.get(`${apiVersion} ${kind}`);
  if (spec === undefined) return;
  const tree = { ...leaves('apiVersion kind status'), metadata: METADATA, spec };
  const unknown = unknownIn(fields.raw, tree, []);
  const [first] = unknown;
  if (first === undefined) return;
  fields.report({
    code: 'unknown-field',
    severity: 'warning',
    text: unknown.map(({ path }) => `unknown field "${printPath(path)}"`).join(', '),
    sources: unknown.map(({ path }, index) => ({
      at: refTo(fields.origin, ...path),
      role: index === 0 ? 'primary' : 'context',
      object: fields.object,
    })),
    ...(first.near === undefined
      ? {}
      : { help: [{ text: `did you mean ${first.near}?`, applicability: 'likely' as const }] }),
  });
}

interface UnknownField {
  readonly path: FieldPath;
  /** The known field that comes nearest. */
  readonly near: string | undefined;
}

function unknownIn(value: unknown, tree: FieldTree, path: FieldPath): readonly UnknownField[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => unknownIn(item, tree, [...path, index]));
  if (!isMapping(value)) return [];
  return Object.keys(value).flatMap((key) => {
    const below = Object.hasOwn(tree, key) ? tree[key] : undefined;
    if (below === undefined) {
      if (Object.hasOwn(tree, ANY_OTHER)) return [];
      return [{ path: [...path, key], near: nearest(key, Object.keys(tree), 1)[0] }];
    }
    return below === true ? [] : unknownIn(value[key], below, [...path, key]);
  });
}

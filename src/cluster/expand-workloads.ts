/**
 * Workloads to pods. A replica whose suffix the API server would choose is named `<workload>#<i>`
 * (assumption A_POD_NAME); a StatefulSet's pods have their real names. A workload that has live Pods in
 * the input, or that another workload of the input controls, makes none.
 */

import { compareText } from '../collections/order.ts';
import type { Report } from '../diagnostics/diagnostic.ts';
import type { PodSpec } from '../k8s/kinds/pod-spec.ts';
import type { WorkloadKind, WorkloadObject } from '../k8s/kinds/workload.ts';
import type { Labels } from '../k8s/object.ts';
import type { ObjectSet } from '../k8s/read.ts';
import { refTo } from '../source/ref.ts';
import type { PodKey } from './cluster.ts';
import { type OwnerIndex, workloadKey } from './owners.ts';
import { type PodDraft, podKey, type Workload } from './pod-draft.ts';

/** Kubernetes supports no larger clusters (kubernetes/website: setup/best-practices/cluster-large). */
const MOST_PODS = 150_000;

const REPLICATED: readonly Exclude<WorkloadKind, 'DaemonSet'>[] = [
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'Job',
  'CronJob',
  'ReplicationController',
];

export interface Expansion {
  readonly objects: ObjectSet;
  readonly owners: OwnerIndex;
  /** Workloads with Pod objects in the input, by `workloadKey`. */
  readonly alive: ReadonlySet<string>;
  /** Names that are taken; the new ones are added. */
  readonly names: Set<PodKey>;
  readonly report: Report;
}

/** Pods of every workload but DaemonSets, workloads in the order of their names. */
export function expandReplicas(expansion: Expansion): readonly PodDraft[] {
  return templates(expansion, REPLICATED).flatMap(({ name, controller, object }) => {
    const room = MOST_PODS - expansion.names.size;
    const wanted = Math.min(object.body.replicas, room);
    if (object.body.replicas > room) reportTooMany(expansion, object);
    if (object.kind === 'StatefulSet') return statefulPods(expansion, object, wanted);
    return numberedPods(expansion, { object, workload: controller ?? { kind: object.kind, name } }, wanted);
  });
}

/**
 * One pod of each DaemonSet for each node that it fits.
 * @param nodesFor names of the nodes that a pod of this specification may run on, in order.
 */
export function expandDaemonSets(
  expansion: Expansion,
  nodesFor: (spec: PodSpec) => readonly string[],
): readonly PodDraft[] {
  return templates(expansion, ['DaemonSet']).flatMap(({ object, name }) => {
    const nodes = nodesFor(object.body.template.spec);
    const drafts = numberedPods(expansion, { object, workload: { kind: 'DaemonSet', name } }, nodes.length);
    return drafts.flatMap((draft, index) =>
      nodes.slice(index, index + 1).map((node) => ({ ...draft, node })),
    );
  });
}

interface Template {
  readonly object: WorkloadObject;
  readonly name: string;
  readonly controller?: Workload;
}

/** The workloads that make pods of their own, by namespace and name. */
function templates(
  { objects, owners, alive }: Expansion,
  kinds: readonly WorkloadKind[],
): readonly Template[] {
  const found: Template[] = [];
  for (const object of kinds.flatMap((kind): readonly WorkloadObject[] => objects.ofKind(kind))) {
    const { namespace, name } = object.metadata;
    const controller =
      object.kind === 'ReplicaSet' || object.kind === 'Job' ? owners.controllerOf(object) : undefined;
    if (controller !== undefined && owners.has(namespace, controller)) continue;
    if (alive.has(workloadKey(namespace, controller ?? { kind: object.kind, name }))) continue;
    found.push({ object, name, ...(controller === undefined ? {} : { controller }) });
  }
  return found.sort(
    (a, b) =>
      compareText(a.object.metadata.namespace, b.object.metadata.namespace) || compareText(a.name, b.name),
  );
}

interface Numbered {
  readonly object: WorkloadObject;
  /** What the pods are shown to belong to, and named after. */
  readonly workload: Workload;
}

function numberedPods(
  { names }: Expansion,
  { object, workload }: Numbered,
  wanted: number,
): readonly PodDraft[] {
  const { namespace } = object.metadata;
  const drafts: PodDraft[] = [];
  const labels = jobLabels(object);
  for (let number = 1; drafts.length < wanted; number++) {
    const name = `${workload.name}#${number}`;
    const key = podKey(namespace, name);
    if (names.has(key)) continue;
    names.add(key);
    const { spec } = object.body.template;
    drafts.push(draftOf(object, { key, name, nameAssumed: true, labels, workload, spec }));
  }
  return drafts;
}

/** Source: kubernetes/kubernetes:pkg/controller/statefulset/stateful_set_utils.go initIdentity, updateIdentity. */
function statefulPods({ names }: Expansion, object: WorkloadObject, wanted: number): readonly PodDraft[] {
  const { namespace, name: setName } = object.metadata;
  const { template, ordinalStart, serviceName } = object.body;
  const { hostname: _hostname, subdomain: _subdomain, ...spec } = template.spec;
  const drafts: PodDraft[] = [];
  for (let ordinal = ordinalStart; ordinal < ordinalStart + wanted; ordinal++) {
    const name = `${setName}-${ordinal}`;
    const key = podKey(namespace, name);
    if (names.has(key)) continue;
    names.add(key);
    drafts.push(
      draftOf(object, {
        key,
        name,
        nameAssumed: false,
        labels: new Map([
          ...template.labels,
          ['statefulset.kubernetes.io/pod-name', name],
          ['apps.kubernetes.io/pod-index', String(ordinal)],
        ]),
        workload: { kind: 'StatefulSet', name: setName },
        spec: { ...spec, hostname: name, ...(serviceName ? { subdomain: serviceName } : {}) },
      }),
    );
  }
  return drafts;
}

/** Labels that the Job controller adds (kubernetes/kubernetes:pkg/apis/batch/types.go JobNameLabel). */
function jobLabels({ kind, metadata, body }: WorkloadObject): Labels {
  const { labels } = body.template;
  if (kind !== 'Job') return labels;
  return new Map([...labels, ['batch.kubernetes.io/job-name', metadata.name], ['job-name', metadata.name]]);
}

type OwnPart = Pick<PodDraft, 'key' | 'name' | 'nameAssumed' | 'labels' | 'workload' | 'spec'>;

function draftOf({ metadata, body, origin }: WorkloadObject, own: OwnPart): PodDraft {
  const { key, name, nameAssumed, labels, workload, spec } = own;
  return {
    key,
    namespace: metadata.namespace,
    name,
    nameAssumed,
    labels,
    annotations: body.template.annotations,
    workload,
    spec,
    node: spec.nodeName || undefined,
    knownIps: [],
    hostIp: undefined,
    phase: 'Running',
    ready: undefined,
    terminating: false,
    origin,
    templatePath: body.template.path,
  };
}

function reportTooMany({ report }: Expansion, { kind, metadata, origin, body }: WorkloadObject): void {
  report({
    code: 'too-many-pods',
    severity: 'warning',
    text: `${kind} ${metadata.namespace}/${metadata.name} asks for ${body.replicas} pods; a cluster may have ${MOST_PODS}, the rest is left out`,
    sources: [{ at: refTo(origin, 'spec'), role: 'primary' }],
  });
}

/** The environment of a pod's container, read from the manifest when somebody asks. */

import type { Cluster, Pod } from '../cluster/cluster.ts';
import { podSpecRef } from '../cluster/pod-spec-ref.ts';
import { type ContainerEnvironment, containerEnvironment } from '../control/env/container-environment.ts';
import type { Report } from '../diagnostics/diagnostic.ts';
import { type ContainerEnv, readContainerEnv } from '../k8s/container-env.ts';
import { type Fields, readBoolean } from '../k8s/fields.ts';
import type { Container } from '../k8s/kinds/pod-spec.ts';
import { objectLabel } from '../k8s/names.ts';
import { isMapping } from '../source/document.ts';
import { refTo, type SourceRef, valueAt } from '../source/ref.ts';

export interface PodEnvironment extends ContainerEnvironment {
  readonly written: ContainerEnv;
  readonly enableServiceLinks: boolean;
}

const NOTHING: ContainerEnv = { env: [], envFrom: [], command: [], args: [] };

/** The environment of a container. What is written wrong is reported. */
export function podEnvironment(
  cluster: Cluster,
  pod: Pod,
  container: Container,
  report: Report,
): PodEnvironment {
  const { origin } = pod;
  const fields = origin === undefined ? undefined : fieldsAt(pod, refTo(origin, ...container.path), report);
  const spec = podSpecRef(pod);
  const specFields = spec === undefined ? undefined : fieldsAt(pod, spec, report);
  const written = fields === undefined ? NOTHING : readContainerEnv(fields);
  const enableServiceLinks =
    (specFields === undefined ? undefined : readBoolean(specFields, 'enableServiceLinks')) ?? true;
  const made = containerEnvironment({ cluster, pod, container, env: written, enableServiceLinks });
  return { ...made, written, enableServiceLinks };
}

/** A mapping of the pod's object, as the field readers take it. */
function fieldsAt(pod: Pod, at: SourceRef, report: Report): Fields | undefined {
  const { origin } = pod;
  const raw = valueAt(at);
  if (origin === undefined || !isMapping(raw)) return undefined;
  const { kind, name } = pod.workload ?? { kind: 'Pod', name: pod.name };
  const path = at.path.slice(origin.path.length);
  return { raw, origin, object: objectLabel(kind, pod.namespace, name), path, report };
}

/** The environment of every container of the input, as it is written. */

import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { type ContainerEnv, readContainerEnv } from '../k8s/container-env.ts';
import type { Container } from '../k8s/kinds/pod-spec.ts';
import { objectLabel } from '../k8s/names.ts';
import { isMapping } from '../source/document.ts';
import { refTo, valueAt } from '../source/ref.ts';
import { type OfInput, perInput } from './check-input.ts';
import type { PodGroup } from './pod-groups.ts';

export interface WrittenEnv {
  readonly group: PodGroup;
  readonly container: Container;
  readonly written: ContainerEnv;
  /** spec.enableServiceLinks of the pod. */
  readonly serviceLinks: boolean;
  /** What the API server would refuse of it. */
  readonly refused: readonly Diagnostic[];
}

/** One entry for each container and init container. */
export const containerEnvs: OfInput<readonly WrittenEnv[]> = perInput(({ groups }) =>
  groups.all.flatMap((group) => {
    const { origin, spec, templatePath } = group;
    if (origin === undefined) return [];
    const serviceLinks = valueAt(refTo(origin, ...templatePath, 'spec', 'enableServiceLinks')) !== false;
    return [...spec.containers, ...spec.initContainers].flatMap((container) => {
      const raw = valueAt(refTo(origin, ...container.path));
      if (!isMapping(raw)) return [];
      const refused: Diagnostic[] = [];
      const written = readContainerEnv({
        raw,
        origin,
        object: objectLabel(group.kind, group.namespace, group.name),
        path: container.path,
        report: (diagnostic) => void refused.push(diagnostic),
      });
      return [{ group, container, written, serviceLinks, refused }];
    });
  }),
);

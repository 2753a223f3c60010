/**
 * Custom resources that may make the pods that a Service waits for: an operator reads them, we do not, so
 * that the Service has no pods is then no more than what the manifests say.
 */

import type { ClusterService } from '../cluster/cluster.ts';
import { onceFor } from '../collections/once.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Labels, OtherObject } from '../k8s/object.ts';
import type { ObjectSet } from '../k8s/read.ts';
import type { Asking } from './asking.ts';

/**
 * Custom resources in the Service's namespace whose name is a value of its selector, as operators label
 * the pods that they make (`prometheus: k8s` of Prometheus k8s).
 */
export function unmodelledOwners(asking: Asking, service: ClusterService): readonly Diagnostic[] {
  const values = new Set(service.body.selector?.values() ?? []);
  return customResources(asking.snapshot.objects)
    .filter((object) => object.namespace === service.namespace && values.has(object.name))
    .map((object) => {
      const name = `${object.kind} ${object.namespace}/${object.name}`;
      asking.assumptions.add('A_UNMODELLED', { values: [name], decisive: true });
      return {
        code: 'unmodelled',
        severity: 'warning',
        text: `${name} may make the pods that Service ${service.name} selects; its operator is not modelled`,
        sources: [{ at: object.origin, role: 'context' }],
      };
    });
}

/**
 * A custom resource that may make the pods that labels ask for: in one of the namespaces, with its name or its kind, in small
 * letters, as a value (`app.kubernetes.io/name: prometheus`).
 */
export function makerOf(
  objects: ObjectSet,
  namespaces: ReadonlySet<string>,
  labels: Labels,
): OtherObject | undefined {
  const values = new Set(labels.values());
  return customResources(objects).find(
    ({ namespace, name, kind }) =>
      namespaces.has(namespace) && (values.has(name) || values.has(kind.toLowerCase())),
  );
}

const customResources = onceFor((objects: ObjectSet) => objects.others.filter(isCustom));

/** Of a group that is not Kubernetes' own: `monitoring.coreos.com/v1`, not `apps/v1` or `policy/v1`. */
function isCustom({ apiVersion, kind }: OtherObject): boolean {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return (
    group.includes('.') &&
    !group.endsWith('.k8s.io') &&
    !group.endsWith('.istio.io') &&
    !kind.endsWith('List')
  );
}

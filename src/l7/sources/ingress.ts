/** The rules of Ingress objects as routes, in the order in which a controller takes them. */

import { compareText } from '../../collections/order.ts';
import type { ControlPlane } from '../../control/control-plane.ts';
import type { IngressObject, IngressRule } from '../../k8s/kinds/ingress.ts';
import { refTo } from '../../source/ref.ts';
import { type PortChoice, resolveBackend } from '../backends.ts';
import type { Route } from '../route-table.ts';

/** The routes of one Ingress. */
export interface IngressRoutes {
  readonly ingress: IngressObject;
  readonly defaultRoute?: Route;
  readonly rules: readonly { readonly rule: IngressRule; readonly routes: readonly Route[] }[];
}

/**
 * By age, oldest first; of one second by namespace and name, last first. Those without a creationTimestamp are
 * not created yet: they come after, in the order of the input. Source:
 * kubernetes/ingress-nginx:internal/ingress/controller/store/store.go sortIngressSlice.
 */
export function inOrderOfAge(ingresses: readonly IngressObject[]): readonly IngressObject[] {
  const key = ({ metadata }: IngressObject) => `${metadata.namespace}/${metadata.name}`;
  const age = ({ metadata }: IngressObject) => metadata.creationTimestamp ?? '~';
  return [...ingresses].sort(
    (a, b) =>
      compareText(age(a), age(b)) ||
      (a.metadata.creationTimestamp === undefined ? 0 : compareText(key(b), key(a))),
  );
}

/** Resolves the backends of an Ingress. */
export function ingressRoutes(
  control: ControlPlane,
  ingress: IngressObject,
  choose: PortChoice,
): IngressRoutes {
  const { defaultBackend, rules } = ingress.body;
  return {
    ingress,
    ...(defaultBackend === undefined
      ? {}
      : {
          defaultRoute: {
            kind: 'default-backend' as const,
            ingress,
            host: '*',
            path: '',
            backend: resolveBackend(control, ingress, defaultBackend, choose),
            at: refTo(ingress.origin, ...defaultBackend.path),
          },
        }),
    rules: rules.map((rule) => ({
      rule,
      routes: (rule.paths ?? []).map(({ path, pathType, backend, at }) => ({
        kind: 'rule' as const,
        ingress,
        host: rule.host === '' ? '*' : rule.host,
        path: path === '' ? '/' : path,
        pathType,
        backend: resolveBackend(control, ingress, backend, choose),
        at: refTo(ingress.origin, ...at),
      })),
    })),
  };
}

/** Every route of an Ingress, its default backend last. */
export function allRoutes({ rules, defaultRoute }: IngressRoutes): readonly Route[] {
  return [...rules.flatMap(({ routes }) => routes), ...(defaultRoute === undefined ? [] : [defaultRoute])];
}

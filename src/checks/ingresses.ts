/** Ingresses and what their backends name, for the rules that judge them. */

import type { IngressBackend, IngressObject, IngressServiceBackend } from '../k8s/kinds/ingress.ts';
import { namesAction } from '../l7/controllers/aws-alb/actions.ts';
import { type IngressOwner, ingressOwners } from '../l7/ingress-owner.ts';
import type { FieldPath } from '../source/document.ts';
import { refTo, valueAt } from '../source/ref.ts';
import { type OfInput, perInput } from './check-input.ts';
import { type Subject, subjectOf } from './subject.ts';

/** A backend that is a Service. */
export interface BackendView {
  readonly ingress: IngressObject;
  readonly subject: Subject;
  readonly backend: IngressServiceBackend;
}

/** Every backend of every Ingress that is a Service, the default backend last. */
export const backendViews: OfInput<readonly BackendView[]> = perInput(({ snapshot }) =>
  snapshot.objects.ofKind('Ingress').flatMap((ingress) => {
    const { rules, defaultBackend } = ingress.body;
    const own: readonly IngressBackend[] = rules.flatMap(({ paths }) =>
      (paths ?? []).map((path) => path.backend),
    );
    return [...own, ...(defaultBackend === undefined ? [] : [defaultBackend])].flatMap((backend) =>
      backend.kind === 'service' && !namesAction(backend)
        ? [{ ingress, subject: subjectOf(ingress), backend }]
        : [],
    );
  }),
);

/** Who serves an Ingress. */
export const ownerOfIngress: OfInput<(ingress: IngressObject) => IngressOwner> = perInput(
  ({ snapshot: { cluster, profile } }) => ingressOwners(cluster, profile.ingressController),
);

/** `backend.service.name`, or `backend.serviceName` of the versions before v1. */
export function servicePath({ ingress, backend }: BackendView): FieldPath {
  return isOldForm(ingress) ? [...backend.path, 'serviceName'] : [...backend.path, 'name'];
}

/** `backend.service.port.number` or `.name`, or `backend.servicePort`. */
export function portPath({ ingress, backend }: BackendView): FieldPath {
  if (isOldForm(ingress)) return [...backend.path, 'servicePort'];
  const key = typeof backend.port === 'number' ? 'number' : 'name';
  return [...backend.path, 'port', key];
}

function isOldForm({ origin }: IngressObject): boolean {
  return valueAt(refTo(origin, 'apiVersion')) !== 'networking.k8s.io/v1';
}

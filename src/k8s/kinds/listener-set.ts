/**
 * ListenerSet: listeners that join those of a Gateway. Source:
 * kubernetes-sigs/gateway-api:apis/v1/listenerset_types.go.
 */

import { type Fields, readSection, requireMapping } from '../fields.ts';
import { type ListenerBody, readListeners } from '../gateway-parts/listeners.ts';
import { GATEWAY_GROUP, type ObjectRef, readObjectRef } from '../gateway-parts/references.ts';
import type { K8sObject, KindReader } from '../object.ts';

export interface ListenerSetBody {
  /** undefined: it names none. */
  readonly parent?: ObjectRef;
  readonly listeners: readonly ListenerBody[];
}

export type ListenerSetObject = K8sObject<'ListenerSet' | 'XListenerSet', ListenerSetBody>;

/** `spec` of a ListenerSet, under its name of today or the older one. */
export function readListenerSet(fields: Fields): ListenerSetBody {
  const spec = readSection(fields, 'spec');
  const parentRef = requireMapping(spec, 'parentRef');
  const parent =
    parentRef === undefined ? undefined : readObjectRef(parentRef, { group: GATEWAY_GROUP, kind: 'Gateway' });
  return { ...(parent === undefined ? {} : { parent }), listeners: readListeners(spec) };
}

export const listenerSetReader: KindReader<'ListenerSet', ListenerSetBody> = {
  kind: 'ListenerSet',
  apiVersions: ['gateway.networking.k8s.io/v1'],
  namespaced: true,
  read: readListenerSet,
};

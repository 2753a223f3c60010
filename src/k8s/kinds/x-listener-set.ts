/** XListenerSet: what a ListenerSet was called until Gateway API v1.5. */

import type { KindReader } from '../object.ts';
import { type ListenerSetBody, readListenerSet } from './listener-set.ts';

export const xListenerSetReader: KindReader<'XListenerSet', ListenerSetBody> = {
  kind: 'XListenerSet',
  apiVersions: ['gateway.networking.x-k8s.io/v1alpha1'],
  namespaced: true,
  read: readListenerSet,
};

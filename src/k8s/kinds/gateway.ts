/** Gateway: the listeners that routes attach to. Source: kubernetes-sigs/gateway-api:apis/v1/gateway_types.go. */

import { readMapping, readMappings, readSection, readString, reportRequired } from '../fields.ts';
import { type FrontendTls, readFrontendTls } from '../gateway-parts/frontend-tls.ts';
import {
  type AllowedNamespaces,
  type ListenerBody,
  readAllowedNamespaces,
  readListeners,
} from '../gateway-parts/listeners.ts';
import type { K8sObject, KindReader } from '../object.ts';

export interface GatewayBody {
  readonly className: string;
  readonly listeners: readonly ListenerBody[];
  /** Whose ListenerSets may add listeners. */
  readonly allowedListeners: AllowedNamespaces;
  /** Whom it asks for certificates. */
  readonly frontend: FrontendTls;
  /** status.addresses, else spec.addresses: addresses and host names. */
  readonly addresses: readonly string[];
}

export type GatewayObject = K8sObject<'Gateway', GatewayBody>;

export const gatewayReader: KindReader<'Gateway', GatewayBody> = {
  kind: 'Gateway',
  apiVersions: ['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1alpha2'],
  stillServed: ['gateway.networking.k8s.io/v1beta1'],
  namespaced: true,
  read: (fields) => {
    const spec = readSection(fields, 'spec');
    const className = readString(spec, 'gatewayClassName') ?? '';
    if (className === '') reportRequired(spec, 'gatewayClassName');
    const listeners = readListeners(spec);
    if (readMappings(spec, 'listeners').length === 0) reportRequired(spec, 'listeners');
    const allowed = readMapping(spec, 'allowedListeners');
    const [given, asked] = [readSection(fields, 'status'), spec].map((part) =>
      readMappings(part, 'addresses').flatMap((entry) => readString(entry, 'value') || []),
    );
    return {
      className,
      listeners,
      allowedListeners:
        allowed === undefined ? { from: 'None' } : readAllowedNamespaces(allowed, { missing: 'None' }),
      frontend: readFrontendTls(spec),
      addresses: given === undefined || given.length === 0 ? (asked ?? []) : given,
    };
  },
};

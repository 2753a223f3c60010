/** GatewayClass: whose controller takes its Gateways. Source: kubernetes-sigs/gateway-api:apis/v1/gatewayclass_types.go. */

import { pickStrings, readSection } from '../fields.ts';
import type { K8sObject, KindReader } from '../object.ts';

export interface GatewayClassBody {
  /** `gateway.envoyproxy.io/gatewayclass-controller`; undefined: none is written. */
  readonly controllerName?: string;
}

export type GatewayClassObject = K8sObject<'GatewayClass', GatewayClassBody>;

export const gatewayClassReader: KindReader<'GatewayClass', GatewayClassBody> = {
  kind: 'GatewayClass',
  apiVersions: ['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1alpha2'],
  stillServed: ['gateway.networking.k8s.io/v1beta1'],
  namespaced: false,
  read: (fields) => pickStrings(readSection(fields, 'spec'), ['controllerName']),
};

/**
 * Sidecar of Istio: what the proxies of a namespace, or of some pods of it, know of the mesh.
 * Source: istio/api:networking/v1alpha3/sidecar.proto, istio/istio:pkg/config/validation/validation.go.
 */

import type { FieldPath } from '../../source/document.ts';
import {
  type Fields,
  readEnum,
  readMapping,
  readMappings,
  readPort,
  readSection,
  readString,
  readStrings,
  reportInvalid,
  requireString,
} from '../fields.ts';
import { readNetworkingLabels } from '../istio-parts/selector.ts';
import type { K8sObject, KindReader, Labels } from '../object.ts';

export interface ListenerPort {
  readonly number: number;
  /** As written. */
  readonly protocol: string;
}

export interface EgressListener {
  /** undefined: every port that no other listener takes. */
  readonly port?: ListenerPort;
  readonly bind: string;
  /** `namespace/host`, as written. */
  readonly hosts: readonly string[];
  readonly path: FieldPath;
}

export interface IngressListener {
  readonly port: ListenerPort;
  /** `127.0.0.1:8080`, `0.0.0.0:8080`, `unix:///…`; empty: the pod's address, same port. */
  readonly defaultEndpoint: string;
  readonly path: FieldPath;
}

export type OutboundMode = 'ALLOW_ANY' | 'REGISTRY_ONLY';

export interface SidecarBody {
  readonly workloadSelector?: Labels;
  readonly egress: readonly EgressListener[];
  readonly ingress: readonly IngressListener[];
  /** undefined: as the mesh. */
  readonly outboundTrafficPolicy?: OutboundMode;
}

export type SidecarObject = K8sObject<'Sidecar', SidecarBody>;

export const sidecarReader: KindReader<'Sidecar', SidecarBody> = {
  kind: 'Sidecar',
  apiVersions: ['networking.istio.io/v1', 'networking.istio.io/v1beta1', 'networking.istio.io/v1alpha3'],
  stillServed: ['networking.istio.io/v1beta1', 'networking.istio.io/v1alpha3'],
  namespaced: true,
  read: (fields) => {
    const spec = readSection(fields, 'spec');
    const workloadSelector = readNetworkingLabels(spec);
    const policy = readMapping(spec, 'outboundTrafficPolicy');
    const mode =
      policy === undefined
        ? undefined
        : // The first word of the enum, where a policy has no mode.
          (readEnum(policy, 'mode', ['REGISTRY_ONLY', 'ALLOW_ANY'] as const) ?? 'REGISTRY_ONLY');
    return {
      ...(workloadSelector === undefined ? {} : { workloadSelector }),
      egress: readMappings(spec, 'egress').map(readEgress),
      ingress: readMappings(spec, 'ingress').flatMap(readIngress),
      ...(mode === undefined ? {} : { outboundTrafficPolicy: mode }),
    };
  },
};

function readEgress(fields: Fields): EgressListener {
  const hosts = readStrings(fields, 'hosts').filter((host, index) => {
    const isComplete = host.includes('/');
    if (!isComplete) reportInvalid(fields, ['hosts', index], host, 'must be of form namespace/dnsName');
    return isComplete;
  });
  const port = readListenerPort(fields);
  return {
    ...(port === undefined ? {} : { port }),
    bind: readString(fields, 'bind') ?? '',
    hosts,
    path: fields.path,
  };
}

function readIngress(fields: Fields): readonly IngressListener[] {
  const port = readListenerPort(fields);
  if (port === undefined) return [];
  return [{ port, defaultEndpoint: readString(fields, 'defaultEndpoint') ?? '', path: fields.path }];
}

function readListenerPort(fields: Fields): ListenerPort | undefined {
  const port = readMapping(fields, 'port');
  const number = port === undefined ? undefined : readPort(port, 'number');
  if (port === undefined || number === undefined) return undefined;
  return { number, protocol: requireString(port, 'protocol') ?? '' };
}

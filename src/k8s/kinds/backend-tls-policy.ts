/**
 * BackendTLSPolicy: how a gateway speaks TLS to a Service. Source:
 * kubernetes-sigs/gateway-api:apis/v1/backendtlspolicy_types.go.
 */

import { readMapping, readMappings, readSection, readString, reportRequired } from '../fields.ts';
import { type ObjectRef, readObjectRef } from '../gateway-parts/references.ts';
import type { K8sObject, KindReader } from '../object.ts';

/** A Service of the policy's namespace, or one port of it. */
export interface PolicyTarget extends ObjectRef {
  /** The name of a port of the Service. */
  readonly sectionName?: string;
}

export interface BackendTlsPolicyBody {
  readonly targets: readonly PolicyTarget[];
  /** The name that is asked for and verified; empty where none is written. */
  readonly hostname: string;
  readonly certificateAuthorities: readonly ObjectRef[];
  /** The system's own certificates. */
  readonly wellKnown: boolean;
}

export type BackendTlsPolicyObject = K8sObject<'BackendTLSPolicy', BackendTlsPolicyBody>;

export const backendTlsPolicyReader: KindReader<'BackendTLSPolicy', BackendTlsPolicyBody> = {
  kind: 'BackendTLSPolicy',
  apiVersions: [
    'gateway.networking.k8s.io/v1',
    'gateway.networking.k8s.io/v1alpha3',
    'gateway.networking.k8s.io/v1alpha2',
  ],
  namespaced: true,
  read: (fields) => {
    const spec = readSection(fields, 'spec');
    const old = readMapping(spec, 'targetRef');
    const targets = old === undefined ? readMappings(spec, 'targetRefs') : [old];
    // v1alpha2 called it `tls`.
    const validation = readSection(spec, readMapping(spec, 'tls') === undefined ? 'validation' : 'tls');
    const hostname = readString(validation, 'hostname') ?? '';
    if (hostname === '') reportRequired(validation, 'hostname');
    const authorities = ['caCertificateRefs', 'caCertRefs'].flatMap((key) => readMappings(validation, key));
    const wellKnown = ['wellKnownCACertificates', 'wellKnownCACerts'].some(
      (key) => (readString(validation, key) ?? '') !== '',
    );
    return {
      targets: targets.flatMap((target) => {
        const ref = readObjectRef(target, { group: '', kind: 'Service' });
        const sectionName = readString(target, 'sectionName') ?? '';
        return ref === undefined ? [] : [{ ...ref, ...(sectionName === '' ? {} : { sectionName }) }];
      }),
      hostname,
      certificateAuthorities: authorities.flatMap(
        (entry) => readObjectRef(entry, { group: '', kind: 'ConfigMap' }) ?? [],
      ),
      wellKnown,
    };
  },
};

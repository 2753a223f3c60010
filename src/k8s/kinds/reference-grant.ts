/**
 * ReferenceGrant: who may refer to objects of its namespace. Source:
 * kubernetes-sigs/gateway-api:apis/v1beta1/referencegrant_types.go.
 */

import { type Fields, readMappings, readSection, readString, requireString } from '../fields.ts';
import type { K8sObject, KindReader } from '../object.ts';

export interface GrantFrom {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
}

export interface GrantTo {
  readonly group: string;
  readonly kind: string;
  /** undefined: every object of the kind. */
  readonly name?: string;
}

export interface ReferenceGrantBody {
  readonly from: readonly GrantFrom[];
  readonly to: readonly GrantTo[];
}

export type ReferenceGrantObject = K8sObject<'ReferenceGrant', ReferenceGrantBody>;

export const referenceGrantReader: KindReader<'ReferenceGrant', ReferenceGrantBody> = {
  kind: 'ReferenceGrant',
  apiVersions: ['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1alpha2'],
  stillServed: ['gateway.networking.k8s.io/v1beta1'],
  namespaced: true,
  read: (fields) => {
    const spec = readSection(fields, 'spec');
    return {
      from: readMappings(spec, 'from').flatMap(readFrom),
      to: readMappings(spec, 'to').flatMap(readTo),
    };
  },
};

function readFrom(fields: Fields): readonly GrantFrom[] {
  const [group, kind, namespace] = ['group', 'kind', 'namespace'].map((key) => requireString(fields, key));
  return group === undefined || kind === undefined || namespace === undefined
    ? []
    : [{ group, kind, namespace }];
}

function readTo(fields: Fields): readonly GrantTo[] {
  const group = requireString(fields, 'group');
  const kind = requireString(fields, 'kind');
  const name = readString(fields, 'name');
  if (group === undefined || kind === undefined) return [];
  return [{ group, kind, ...(name === undefined || name === '' ? {} : { name }) }];
}

/**
 * RequestAuthentication of Istio: whose tokens a workload's proxy checks.
 * Source: istio/api:security/v1beta1/request_authentication.proto.
 */

import { type Fields, readMappings, readSection, readString, readStrings, requireString } from '../fields.ts';
import { type PolicyScope, readPolicyScope } from '../istio-parts/policy-scope.ts';
import type { KindReader } from '../object.ts';

export interface JwtRule {
  readonly issuer: string;
  /** Headers that may hold the token, in lower case; empty with no parameters: `authorization`. */
  readonly fromHeaders: readonly string[];
  readonly fromParams: readonly string[];
}

export interface RequestAuthenticationBody extends PolicyScope {
  readonly jwtRules: readonly JwtRule[];
}

export const requestAuthenticationReader: KindReader<'RequestAuthentication', RequestAuthenticationBody> = {
  kind: 'RequestAuthentication',
  apiVersions: ['security.istio.io/v1', 'security.istio.io/v1beta1'],
  stillServed: ['security.istio.io/v1beta1'],
  namespaced: true,
  read: (fields) => {
    const spec = readSection(fields, 'spec');
    return {
      ...readPolicyScope(spec),
      jwtRules: readMappings(spec, 'jwtRules').map(readJwtRule),
    };
  },
};

function readJwtRule(fields: Fields): JwtRule {
  return {
    issuer: requireString(fields, 'issuer') ?? '',
    fromHeaders: readMappings(fields, 'fromHeaders').flatMap((header) => {
      const name = readString(header, 'name');
      return name === undefined ? [] : [name.toLowerCase()];
    }),
    fromParams: readStrings(fields, 'fromParams'),
  };
}

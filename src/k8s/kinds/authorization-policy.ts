/**
 * AuthorizationPolicy of Istio: which requests a workload's proxy lets pass.
 * Source: istio/api:security/v1beta1/authorization_policy.proto.
 */

import type { FieldPath } from '../../source/document.ts';
import {
  type Fields,
  readEnum,
  readMapping,
  readMappings,
  readSection,
  readString,
  readStrings,
  requireString,
} from '../fields.ts';
import { type PolicyScope, readPolicyScope } from '../istio-parts/policy-scope.ts';
import type { K8sObject, KindReader } from '../object.ts';

export type AuthorizationAction = 'ALLOW' | 'DENY' | 'AUDIT' | 'CUSTOM';

/** Values of a field, and those that must not be. */
export interface ValueLists {
  readonly values: readonly string[];
  readonly notValues: readonly string[];
}

/** By the field's name: `principals`, `ports`. Only fields that say something are there. */
export type FieldLists = ReadonlyMap<string, ValueLists>;

export interface AuthorizationCondition extends ValueLists {
  /** `request.headers[x-id]`, `source.ip`. */
  readonly key: string;
}

export interface AuthorizationRule {
  /** undefined: any source. */
  readonly from?: readonly FieldLists[];
  /** undefined: any operation. */
  readonly to?: readonly FieldLists[];
  readonly when: readonly AuthorizationCondition[];
  readonly path: FieldPath;
}

export interface AuthorizationPolicyBody extends PolicyScope {
  readonly action: AuthorizationAction;
  readonly rules: readonly AuthorizationRule[];
  /** Of action CUSTOM: who decides. */
  readonly provider: string;
}

export type AuthorizationPolicyObject = K8sObject<'AuthorizationPolicy', AuthorizationPolicyBody>;

const ACTIONS = ['ALLOW', 'DENY', 'AUDIT', 'CUSTOM'] as const;

const SOURCE_FIELDS = [
  'principals',
  'requestPrincipals',
  'namespaces',
  'serviceAccounts',
  'ipBlocks',
  'remoteIpBlocks',
] as const;
const OPERATION_FIELDS = ['hosts', 'ports', 'methods', 'paths'] as const;

export const authorizationPolicyReader: KindReader<'AuthorizationPolicy', AuthorizationPolicyBody> = {
  kind: 'AuthorizationPolicy',
  apiVersions: ['security.istio.io/v1', 'security.istio.io/v1beta1'],
  stillServed: ['security.istio.io/v1beta1'],
  namespaced: true,
  read: (fields) => {
    const spec = readSection(fields, 'spec');
    const provider = readMapping(spec, 'provider');
    return {
      ...readPolicyScope(spec),
      action: readEnum(spec, 'action', ACTIONS) ?? 'ALLOW',
      rules: readMappings(spec, 'rules').map(readRule),
      provider: provider === undefined ? '' : (readString(provider, 'name') ?? ''),
    };
  },
};

function readRule(fields: Fields): AuthorizationRule {
  const from = readParts(fields, 'from', 'source', SOURCE_FIELDS);
  const to = readParts(fields, 'to', 'operation', OPERATION_FIELDS);
  return {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    when: readMappings(fields, 'when').map((each) => ({
      key: requireString(each, 'key') ?? '',
      values: readStrings(each, 'values'),
      notValues: readStrings(each, 'notValues'),
    })),
    path: fields.path,
  };
}

function readParts(
  fields: Fields,
  key: 'from' | 'to',
  inner: 'source' | 'operation',
  names: readonly string[],
): readonly FieldLists[] | undefined {
  const parts = readMappings(fields, key);
  if (parts.length === 0) return undefined;
  return parts.map((part) => readLists(readSection(part, inner), names));
}

/** `principals` and `notPrincipals`, and so on. */
function readLists(fields: Fields, names: readonly string[]): FieldLists {
  const lists = new Map<string, ValueLists>();
  for (const name of names) {
    const values = readStrings(fields, name);
    const notValues = readStrings(fields, `not${name.charAt(0).toUpperCase()}${name.slice(1)}`);
    if (values.length > 0 || notValues.length > 0) lists.set(name, { values, notValues });
  }
  return lists;
}

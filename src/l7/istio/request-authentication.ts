/**
 * Tokens: one that is sent must be of an issuer that the workload knows; none may be sent. Signatures are not
 * checked: a token counts as its issuer's. Source: istio/api:security/v1beta1/request_authentication.proto,
 * istio/istio:pilot/pkg/security/authn/policy_applier.go, envoyproxy/envoy:source/extensions/filters/http/jwt_authn.
 * Rules: docs/semantics/istio.md 11.9.
 */

import type { JwtRule } from '../../k8s/kinds/request-authentication.ts';
import type { ObjectSet } from '../../k8s/read.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';
import { splitQuery } from '../request.ts';
import type { TokenIdentity } from './authorization-fields.ts';
import type { MeshRequest } from './mesh-request.ts';
import { type PolicySubject, policiesAbout } from './policy-scope.ts';
import type { MeshSettings } from './settings.ts';

export type TokenVerdict =
  | { readonly kind: 'none' }
  | { readonly kind: 'taken'; readonly token: TokenIdentity; readonly because: readonly SourceRef[] }
  | { readonly kind: 'refused'; readonly text: string; readonly because: readonly SourceRef[] };

export type Authenticate = (
  subject: PolicySubject,
  request: Pick<MeshRequest, 'headers' | 'uri'>,
) => TokenVerdict;

const NONE: TokenVerdict = { kind: 'none' };
const BEARER = 'Bearer ';

/** @returns what a workload's proxy makes of the token of a request. */
export function requestAuthentication(objects: ObjectSet, settings: MeshSettings): Authenticate {
  const about = policiesAbout(objects.ofKind('RequestAuthentication'), settings);
  return (subject, request) => {
    const selecting = about(subject);
    const rules = selecting.flatMap(({ body }) => body.jwtRules);
    const text = rules.length === 0 ? undefined : tokenOf(request, rules);
    if (text === undefined) return NONE;
    const because = selecting.map(({ origin }) => refTo(origin, 'spec'));
    const token = decodeToken(text);
    if (token === undefined) return { kind: 'refused', text: 'the token is no JWT', because };
    if (rules.some(({ issuer }) => issuer === token.issuer)) return { kind: 'taken', token, because };
    return { kind: 'refused', text: `no rule is for the issuer ${token.issuer}`, because };
  };
}

function tokenOf(
  { headers, uri }: Pick<MeshRequest, 'headers' | 'uri'>,
  rules: readonly JwtRule[],
): string | undefined {
  const { query } = splitQuery(uri);
  const parameters = new URLSearchParams(query);
  for (const { fromHeaders, fromParams } of rules) {
    const names = fromHeaders.length === 0 && fromParams.length === 0 ? ['authorization'] : fromHeaders;
    const sent = names.map((name) => headers.get(name)).find((value) => value !== undefined);
    const found = sent ?? fromParams.map((name) => parameters.get(name)).find((value) => value !== null);
    if (found === undefined || found === null) continue;
    if (!names.includes('authorization')) return found;
    if (found.startsWith(BEARER)) return found.slice(BEARER.length);
  }
  return undefined;
}

/** The payload of a token (RFC 7519); its signature is not looked at. */
function decodeToken(text: string): TokenIdentity | undefined {
  const parts = text.split('.');
  const [, payload = ''] = parts;
  if (parts.length !== 3) return undefined;
  try {
    const bytes = Uint8Array.from(atob(payload.replace(/-/g, '+').replace(/_/g, '/')), (character) =>
      character.charCodeAt(0),
    );
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) return undefined;
    return identityOf(claims as Readonly<Record<string, unknown>>);
  } catch {
    return undefined;
  }
}

function identityOf(claims: Readonly<Record<string, unknown>>): TokenIdentity {
  const text = (key: string) => (typeof claims[key] === 'string' ? claims[key] : '');
  const audience = claims['aud'];
  return {
    issuer: text('iss'),
    subject: text('sub'),
    audiences: Array.isArray(audience)
      ? audience.map(String)
      : audience === undefined
        ? []
        : [String(audience)],
    presenter: text('azp'),
    claims,
  };
}

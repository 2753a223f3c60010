/**
 * AuthorizationPolicies: any DENY that matches denies; without any ALLOW the rest passes; else one ALLOW must match.
 * Source: istio/istio:pilot/pkg/security/authz/builder/builder.go, pilot/pkg/security/authz/model/generator.go,
 * pilot/pkg/model/authorization.go. Rules: docs/semantics/istio.md 11.4 to 11.8.
 */

import type {
  AuthorizationPolicyObject,
  AuthorizationRule,
  FieldLists,
} from '../../k8s/kinds/authorization-policy.ts';
import type { ObjectSet } from '../../k8s/read.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';
import { oldestFirst } from './age.ts';
import { type AuthorizationRequest, conditionHolds, isHttpOnly, listsHold } from './authorization-fields.ts';
import { type PolicySubject, policiesAbout } from './policy-scope.ts';
import type { MeshSettings } from './settings.ts';

export interface AuthorizationDecision {
  readonly verdict: 'allow' | 'deny';
  /** The rule that matched; of a denial because no rule allows, the policies that select the workload. */
  readonly because: readonly SourceRef[];
  /** The policy of the first of them, `namespace/name`; undefined: none selects the workload. */
  readonly policy?: string;
  /** Policies whose decision an external authorizer makes. */
  readonly external: readonly AuthorizationPolicyObject[];
}

export type Authorize = (subject: PolicySubject, request: AuthorizationRequest) => AuthorizationDecision;

const DRY_RUN = 'istio.io/dry-run';

/** @returns the decision of a workload's proxy. */
export function authorization(objects: ObjectSet, settings: MeshSettings): Authorize {
  const all = oldestFirst(objects.ofKind('AuthorizationPolicy')).filter(
    // A dry run decides nothing.
    ({ metadata }) => metadata.annotations.get(DRY_RUN) !== 'true',
  );
  const about = policiesAbout(all, settings);
  return (subject, request) => decide(about(subject), request);
}

function decide(
  policies: readonly AuthorizationPolicyObject[],
  request: AuthorizationRequest,
): AuthorizationDecision {
  const byAction = (action: string) => policies.filter(({ body }) => body.action === action);
  const external = byAction('CUSTOM').filter((policy) => matchingRule(policy, request) !== undefined);
  const denying = firstMatch(byAction('DENY'), request);
  if (denying !== undefined) return { verdict: 'deny', ...denying, external };
  const allowing = byAction('ALLOW');
  if (allowing.length === 0) return { verdict: 'allow', because: [], external };
  const allowed = firstMatch(allowing, request);
  if (allowed !== undefined) return { verdict: 'allow', ...allowed, external };
  const [first] = allowing;
  return {
    verdict: 'deny',
    because: allowing.map(({ origin }) => refTo(origin, 'spec')),
    ...(first === undefined ? {} : { policy: nameOf(first) }),
    external,
  };
}

function firstMatch(
  policies: readonly AuthorizationPolicyObject[],
  request: AuthorizationRequest,
): Pick<AuthorizationDecision, 'because' | 'policy'> | undefined {
  for (const policy of policies) {
    const rule = matchingRule(policy, request);
    if (rule !== undefined) return { because: [refTo(policy.origin, ...rule.path)], policy: nameOf(policy) };
  }
  return undefined;
}

function nameOf({ metadata }: AuthorizationPolicyObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** A policy without rules never matches; a rule without anything in it always does. */
function matchingRule(
  { body }: AuthorizationPolicyObject,
  request: AuthorizationRequest,
): AuthorizationRule | undefined {
  const isDeny = body.action === 'DENY' || body.action === 'CUSTOM';
  return body.rules.find((rule) => ruleMatches(rule, request, isDeny ? 'deny' : 'allow'));
}

/**
 * On a port without HTTP, what only HTTP has cannot be told: a rule that allows is left out, one that denies goes on
 * without those fields, and is the wider for it.
 */
function ruleMatches(
  rule: AuthorizationRule,
  request: AuthorizationRequest,
  purpose: 'allow' | 'deny',
): boolean {
  const isPlain = request.http === undefined;
  if (isPlain && purpose === 'allow' && hasHttpFields(rule)) return false;
  const parts = [rule.from, rule.to].every(
    (part) =>
      part === undefined || part.some((lists) => listsHold(isPlain ? withoutHttp(lists) : lists, request)),
  );
  if (!parts) return false;
  const conditions = isPlain ? rule.when.filter(({ key }) => !isHttpOnly(key)) : rule.when;
  return conditions.every((condition) => conditionHolds(condition, request));
}

function hasHttpFields({ from = [], to = [], when }: AuthorizationRule): boolean {
  return (
    [...from, ...to].some((lists) => [...lists.keys()].some(isHttpOnly)) ||
    when.some(({ key }) => isHttpOnly(key))
  );
}

function withoutHttp(lists: FieldLists): FieldLists {
  return new Map([...lists].filter(([name]) => !isHttpOnly(name)));
}

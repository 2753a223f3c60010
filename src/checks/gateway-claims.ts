/** Which requests the rules of routes claim at each listener, for the rules that look for two of them. */

import type { MatchingRule } from '../k8s/gateway-parts/route.ts';
import { byAge } from '../l7/gateway-api/age.ts';
import type { Attachment, RouteObject } from '../l7/gateway-api/model.ts';
import type { FieldPath } from '../source/document.ts';
import { type OfInput, perInput } from './check-input.ts';
import { gatewaysOf, MATCHING_KINDS } from './gateways.ts';

/** A rule at a listener. */
export interface Claim {
  readonly route: RouteObject;
  readonly rule: MatchingRule<unknown>;
  /** A text for each match under each hostname, equal where the requests are the same. */
  readonly keys: readonly ClaimKey[];
}

export interface ClaimKey {
  readonly key: string;
  /** Of the match; of the rule, where it has none. */
  readonly path: FieldPath;
}

/** Every rule at each listener that it is attached to; those that win come first. */
export const claimsOf: OfInput<readonly Claim[]> = perInput((input) =>
  gatewaysOf(input)
    .statuses.flatMap(({ attachments }) => attachments)
    .toSorted((a, b) => byAge(a.route, b.route))
    .filter(({ route }) => MATCHING_KINDS.includes(route.kind))
    .flatMap((attachment) =>
      (attachment.route.body.rules as readonly MatchingRule<unknown>[]).map((rule) => ({
        route: attachment.route,
        rule,
        keys: keysOf(attachment, rule),
      })),
    ),
);

function keysOf(
  { listener, hostnames, route }: Attachment,
  rule: MatchingRule<unknown>,
): readonly ClaimKey[] {
  const { gateway, body } = listener;
  const where = `${route.kind} ${gateway.metadata.namespace}/${gateway.metadata.name} ${body.name} ${body.port}`;
  const { matches = [], path } = rule;
  const texts =
    matches.length === 0
      ? [{ text: 'everything', path }]
      : matches.map((match, index) => ({ text: JSON.stringify(match), path: [...path, 'matches', index] }));
  return hostnames.flatMap(({ effective }) =>
    texts.map((each) => ({ key: `${where} ${effective} ${each.text}`, path: each.path })),
  );
}

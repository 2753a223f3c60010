import type { MatchingRule } from '../../k8s/gateway-parts/route.ts';
import type { HttpMatch, HttpRouteObject } from '../../k8s/kinds/http-route.ts';
import { byAge } from '../../l7/gateway-api/age.ts';
import type { Attachment } from '../../l7/gateway-api/model.ts';
import type { CheckInput } from '../check-input.ts';
import { gateway, httpRoute } from '../example-gateways.ts';
import { manifests, service } from '../example-manifests.ts';
import { gatewaysOf } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const REFS = { parent: '{name: edge}', backends: '{name: web, port: 80}' };
const AROUND = [
  gateway('edge'),
  service('web', 'selector: {app: web}', 'ports: [{port: 80}]'),
  httpRoute('first', REFS, 'hostnames: [shop.example.com]'),
];

export const gatewayRouteShadowed: Rule = {
  name: 'gateway-route-shadowed',
  severity: 'info',
  precision: 'certain',
  tier: 3,
  kinds: ['HTTPRoute'],
  what: 'A rule of a route has the matches of an earlier one, at the same listener and hostname.',
  why: 'The older route wins, then the first by name, then the first rule: this one gets no request.',
  fix: 'take the rule away, or let it match something else',
  sources: ['kubernetes-sigs/gateway-api:apis/v1/httproute_types.go HTTPRouteRule.matches'],
  examples: {
    bad: { manifests: manifests(...AROUND, httpRoute('second', REFS, 'hostnames: [shop.example.com]')) },
    good: { manifests: manifests(...AROUND, httpRoute('second', REFS, 'hostnames: [api.example.com]')) },
  },
  run: hitsOf,
};

interface Claim {
  readonly route: HttpRouteObject;
  readonly rule: MatchingRule<HttpMatch>;
}

function hitsOf(input: CheckInput): readonly Hit[] {
  const claims = new Map<string, Claim>();
  const lost = new Map<MatchingRule<HttpMatch>, { readonly loser: Claim; readonly winner: Claim }>();
  const kept = new Set<MatchingRule<HttpMatch>>();
  for (const [claim, keys] of claimsOf(input)) {
    const winners = keys.map((key) => claims.get(key));
    for (const key of keys) if (!claims.has(key)) claims.set(key, claim);
    const [winner] = winners;
    if (winner === undefined || winners.includes(undefined)) kept.add(claim.rule);
    else if (winner.rule !== claim.rule) lost.set(claim.rule, { loser: claim, winner });
  }
  return [...lost].filter(([rule]) => !kept.has(rule)).map(([, each]) => hitOf(each.loser, each.winner));
}

/** Every rule at each listener, with a text for each match under each hostname; the winners come first. */
function* claimsOf(input: CheckInput): Generator<readonly [Claim, readonly string[]]> {
  const attachments = gatewaysOf(input).statuses.flatMap((status) => status.attachments);
  for (const attachment of attachments.toSorted((a, b) => byAge(a.route, b.route))) {
    const { route } = attachment;
    if (route.kind !== 'HTTPRoute') continue;
    for (const rule of route.body.rules) yield [{ route, rule }, matchKeys(attachment, rule)];
  }
}

function matchKeys(
  { listener, hostnames }: Attachment,
  { matches = [] }: MatchingRule<HttpMatch>,
): readonly string[] {
  const {
    gateway: { metadata },
    body,
  } = listener;
  const where = `${metadata.namespace}/${metadata.name} ${body.name} ${body.port}`;
  const texts = matches.length === 0 ? ['every path'] : matches.map((match) => JSON.stringify(match));
  return hostnames.flatMap(({ effective }) => texts.map((text) => `${where} ${effective} ${text}`));
}

function hitOf({ route, rule }: Claim, winner: Claim): Hit {
  const subject = subjectOf(route);
  return {
    subject,
    path: rule.path,
    message: `a rule of ${subjectName(subject)} gets no request: ${subjectName(subjectOf(winner.route))} has the same matches and comes first`,
    related: [{ subject: subjectOf(winner.route), path: winner.rule.path, message: 'wins' }],
    fact: subjectName(subjectOf(winner.route)),
  };
}

import type { CheckInput } from '../check-input.ts';
import { gateway, httpRoute } from '../example-gateways.ts';
import { manifests, service } from '../example-manifests.ts';
import { type Claim, claimsOf } from '../gateway-claims.ts';
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
  kinds: ['HTTPRoute', 'GRPCRoute'],
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

function hitsOf(input: CheckInput): readonly Hit[] {
  const first = new Map<string, Claim>();
  const lost = new Map<Claim['rule'], { readonly loser: Claim; readonly winner: Claim }>();
  const kept = new Set<Claim['rule']>();
  for (const claim of claimsOf(input)) {
    const winners = claim.keys.map(({ key }) => first.get(key));
    for (const { key } of claim.keys) if (!first.has(key)) first.set(key, claim);
    const [winner] = winners;
    if (winner === undefined || winners.includes(undefined)) kept.add(claim.rule);
    else if (winner.rule !== claim.rule) lost.set(claim.rule, { loser: claim, winner });
  }
  return [...lost].filter(([rule]) => !kept.has(rule)).map(([, each]) => hitOf(each.loser, each.winner));
}

function hitOf({ route, rule }: Claim, winner: Claim): Hit {
  const subject = subjectOf(route);
  return {
    subject,
    path: rule.path,
    message: `a rule of ${subjectName(subject)} gets no request: ${subjectName(subjectOf(winner.route))} has the same matches and comes first`,
    related: [{ subject: subjectOf(winner.route), path: winner.rule.path, message: 'wins' }],
    fact: subjectName(subjectOf(winner.route)),
    cause: { rule: 'gateway-tie-by-age', subject },
  };
}

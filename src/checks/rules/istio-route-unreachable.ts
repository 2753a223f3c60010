import type { HttpMatch } from '../../k8s/istio-parts/http-match.ts';
import type { HttpRule } from '../../k8s/istio-parts/http-rule.ts';
import type { VirtualServiceObject } from '../../k8s/kinds/virtual-service.ts';
import { takesAllOf } from '../../l7/istio/match-cover.ts';
import type { FieldPath } from '../../source/document.ts';
import { manifests } from '../example-manifests.ts';
import { VERSIONS, virtualService } from '../example-meshes.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

export const istioRouteUnreachable: Rule = {
  name: 'istio-route-unreachable',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: ['VirtualService'],
  what: 'A match of a VirtualService stands behind one that takes all of its requests.',
  why: 'Rules are tried in their order, and the first that matches decides: this one never gets a request.',
  fix: 'put the narrower match first',
  sources: ['istio/istio:pilot/pkg/networking/core/route/route.go BuildHTTPRoutesForVirtualService'],
  examples: {
    bad: { manifests: manifests(VERSIONS, routes('/a', '/a/b')) },
    good: { manifests: manifests(VERSIONS, routes('/a/b', '/a')) },
  },
  run: (input) => input.snapshot.objects.ofKind('VirtualService').flatMap(hitsOf),
};

function routes(first: string, second: string): string {
  const rule = (prefix: string) =>
    `{match: [{uri: {prefix: ${prefix}}}], route: [{destination: {host: my-service}}]}`;
  return virtualService('web', 'hosts: [my-service]', `http: [${rule(first)}, ${rule(second)}]`);
}

interface Condition {
  readonly rule: HttpRule;
  /** One, or none where the rule takes everything. */
  readonly match: readonly HttpMatch[];
  readonly path: FieldPath;
}

function hitsOf(object: VirtualServiceObject): readonly Hit[] {
  const subject = subjectOf(object);
  const all = object.body.http.flatMap(conditionsOf);
  return all.flatMap((condition, index): readonly Hit[] => {
    const winner = all.slice(0, index).find((earlier) => hides(earlier, condition));
    if (winner === undefined) return [];
    return [
      {
        subject,
        path: condition.path,
        message: `a match of ${subjectName(subject)} gets no request: an earlier one takes all of them`,
        related: [{ subject, path: winner.path, message: 'comes first' }],
        fact: condition.path.slice(0, 3).join('.'),
      },
    ];
  });
}

function conditionsOf(rule: HttpRule): readonly Condition[] {
  if (rule.match.length === 0) return [{ rule, match: [], path: rule.path }];
  return rule.match.map((match) => ({ rule, match: [match], path: match.path }));
}

/** A rule that delegates takes nothing by itself: what its delegate does not match goes on. */
function hides(earlier: Condition, later: Condition): boolean {
  return earlier.rule.delegate === undefined && takesAllOf(earlier.match, later.match);
}

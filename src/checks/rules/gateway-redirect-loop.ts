import type { Attachment } from '../../l7/gateway-api/model.ts';
import { gateway, gatewayObject } from '../example-gateways.ts';
import { manifests } from '../example-manifests.ts';
import { gatewaysOf, type RouteRuleView, routeRuleViews } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const EDGE = gateway(
  'edge',
  '{name: http, port: 80, protocol: HTTP}, {name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: web-tls}]}}',
);

export const gatewayRedirectLoop: Rule = {
  name: 'gateway-redirect-loop',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['HTTPRoute'],
  what: 'A redirect leads to the URL that it answers: from https to https of the same host and path.',
  why: 'The browser follows it again and again, and gives up with "too many redirects".',
  fix: 'attach the redirect to the HTTP listener alone (sectionName)',
  sources: ['kubernetes-sigs/gateway-api:site-src/guides/http-redirect-rewrite.md'],
  examples: {
    bad: { manifests: manifests(EDGE, redirect('{name: edge}')) },
    good: { manifests: manifests(EDGE, redirect('{name: edge, sectionName: http}')) },
  },
  run: (input) => {
    const attachments = gatewaysOf(input).statuses.flatMap((status) => status.attachments);
    return routeRuleViews(input).flatMap((view) => hitsOf(view, attachments));
  },
};

function redirect(parent: string): string {
  return gatewayObject(
    'HTTPRoute',
    'redirect',
    `parentRefs: [${parent}], rules: [{filters: [{type: RequestRedirect, requestRedirect: {scheme: https}}]}]`,
  );
}

function hitsOf(
  { route, subject, filters }: RouteRuleView,
  attachments: readonly Attachment[],
): readonly Hit[] {
  return filters.flatMap((filter): readonly Hit[] => {
    if (filter.kind !== 'redirect' || filter.newPath !== undefined) return [];
    const scheme = filter.scheme;
    const isOwn = ({ listener: { body }, hostnames, route: of }: Attachment) => {
      const own = body.protocol === 'HTTPS' ? 'https' : 'http';
      const isSamePort =
        filter.port === undefined ? scheme !== 'http' || body.port === 80 : filter.port === body.port;
      const isSameHost =
        filter.hostname === undefined || hostnames.every(({ effective }) => effective === filter.hostname);
      return of === route && (scheme ?? own) === own && isSamePort && isSameHost;
    };
    const loop = attachments.find(isOwn);
    if (loop === undefined) return [];
    const { listener } = loop;
    return [
      {
        subject,
        path: filter.path,
        message: `at listener ${listener.body.name} this redirect of ${subjectName(subject)} leads to the URL that was asked for`,
        fact: listener.body.name,
      },
    ];
  });
}

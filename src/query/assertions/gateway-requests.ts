/** Requests of `url:` assertions that a Gateway of the Gateway API takes. */

import { hostPatterns } from '../../l7/request.ts';
import { explainGateway } from '../gateway/explain-gateway.ts';
import type { GatewayRequestAnswer } from '../gateway/gateway-answer.ts';
import type { LoserAnswer, RoutedRequest } from '../ingress-answer.ts';
import type { Snapshot } from '../snapshot.ts';
import { UsageError } from '../usage-error.ts';
import type { RequestAssertion } from './assertion.ts';
import type { Outcome } from './test-answer.ts';

type Question = RequestAssertion['question'];

/** What a request came to at a Gateway. */
export interface GatewayLanding extends Pick<Outcome, 'assumptions'> {
  /** In the words of an answer about Ingresses; undefined: no connection comes about. */
  readonly request: RoutedRequest | undefined;
  /** `refused` or `rejected`, where there is none. */
  readonly connection: string;
  readonly losers: readonly LoserAnswer[];
}

/** A Gateway takes the hosts that no rule of an Ingress names; a question about a controller is one about Ingresses. */
export function isRoutedByGateway({ objects }: Snapshot, { url, controller }: Question): boolean {
  if (objects.ofKind('Gateway').length === 0 || controller !== undefined) return false;
  const names = hostPatterns(hostOf(url));
  const rules = objects.ofKind('Ingress').flatMap(({ body }) => body.rules);
  return !rules.some((rule) => names.includes(rule.host));
}

/** Does a route of the Gateway API name the host? Then it is none of Istio's own rules that is asked about. */
export function isNamedByRoute(snapshot: Snapshot, question: Question): boolean {
  if (question.from !== undefined || !isRoutedByGateway(snapshot, question)) return false;
  const host = hostOf(question.url);
  const routes = [...snapshot.objects.ofKind('HTTPRoute'), ...snapshot.objects.ofKind('GRPCRoute')];
  return routes.some(({ body }) =>
    body.hostnames?.some((name) => name === host || (name.startsWith('*.') && host.endsWith(name.slice(1)))),
  );
}

function hostOf(url: string): string {
  return /^(?:[a-z]+:\/\/)?([^/:?#]+)/i.exec(url)?.[1]?.toLowerCase() ?? '';
}

/**
 * Routes the request at the Gateways.
 * @throws UsageError where none has a listener that could take it.
 */
export function landAtGateway(snapshot: Snapshot, question: Question): GatewayLanding {
  const { request, losers = [], assumptions } = explainGateway(snapshot, question);
  if (request === undefined) throw new UsageError('no Gateway takes the request');
  return {
    request: routedAtGateway(request),
    connection: request.connection ?? 'refused',
    losers: losers.map(({ rule, beatenBy, reason, at }) => ({
      rule,
      ...(beatenBy === undefined ? {} : { beatenBy }),
      reason,
      at,
    })),
    assumptions,
  };
}

/** The Gateway stands where an answer about Ingresses has the controller. */
function routedAtGateway(answer: GatewayRequestAnswer): RoutedRequest | undefined {
  const { status, url, method, via: controller, reason, backend } = answer;
  const { weights, matched, at, rewrittenPath, rewrittenHost, redirect, requestHeaders, tlsSecret } = answer;
  if (status === undefined && backend === null) return undefined;
  return {
    ...{ url, method, controller, status: status ?? 200, reason, backend },
    ...(weights === undefined ? {} : { weights }),
    ...(matched === undefined ? {} : { matched }),
    ...(at === undefined ? {} : { at }),
    ...(rewrittenPath === undefined ? {} : { rewrittenPath }),
    ...(rewrittenHost === undefined ? {} : { rewrittenHost }),
    ...(redirect === undefined ? {} : { redirect }),
    ...(requestHeaders === undefined ? {} : { requestHeaders }),
    ...(tlsSecret === undefined ? {} : { tlsSecret }),
  };
}

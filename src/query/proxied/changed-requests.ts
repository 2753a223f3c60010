/** What proxies of every kind say of a request that they change, or send elsewhere. */

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { RouteRequest } from '../../l7/request.ts';
import type { StepAnswer } from '../answer.ts';

/** A step for each part of the request that is not sent on as it came. */
export function rewriteSteps(
  { host, uri }: Pick<RouteRequest, 'host' | 'uri'>,
  sent: Pick<RouteRequest, 'host' | 'uri'>,
): readonly StepAnswer[] {
  const changes = [
    ...(sent.uri === uri ? [] : [{ field: 'path' as const, from: uri, to: sent.uri }]),
    ...(sent.host === host ? [] : [{ field: 'host' as const, from: host, to: sent.host }]),
  ];
  return changes.map((change) => ({
    kind: 'l7-rewrite',
    text: `${change.field} ${change.from} ⇒ ${change.to}`,
    changes: [change],
  }));
}

/** The client is sent to another URL, whole. @param from as the question names it. */
export function redirected(location: string, from: string): Diagnostic {
  const asked = from === 'internet' ? location : `${from} ${location}`;
  return {
    code: 'redirected',
    severity: 'info',
    text: `the client goes on to ${location}: that is another question`,
    sources: [],
    help: [{ text: `k8snet trace ${asked}` }],
  };
}

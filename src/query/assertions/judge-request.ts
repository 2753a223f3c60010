/** Lands a URL where it is expected to? */

import { explainIngress } from '../explain-ingress.ts';
import type { RoutedRequest } from '../ingress-answer.ts';
import type { Snapshot } from '../snapshot.ts';
import { UsageError } from '../usage-error.ts';
import type { RequestAssertion } from './assertion.ts';
import type { Outcome } from './test-answer.ts';

/**
 * Routes the request and compares: with a status, a Location, or all the backends that can get it.
 * @throws UsageError where nothing takes requests from outside.
 */
export function judgeRequest(snapshot: Snapshot, { question, expect }: RequestAssertion): Outcome {
  if (snapshot.objects.ofKind('Ingress').length === 0)
    throw new UsageError('there is no Ingress to take requests');
  const { request, losers = [], assumptions } = explainIngress(snapshot, question);
  if (request === undefined) throw new UsageError(`no Ingress takes ${question.url}`);
  const compared = { expected: expect.join(', '), actual: actualWords(request) };
  if (holds(snapshot, request, expect)) return { status: 'passed', ...compared };
  return { status: 'failed', ...compared, request: { request, losers }, assumptions };
}

function holds({ profile }: Snapshot, request: RoutedRequest, expect: readonly string[]): boolean {
  const [first = ''] = expect;
  if (expect.length === 1 && /^[1-5]\d\d$/.test(first)) return request.status === Number(first);
  if (expect.length === 1 && (first.startsWith('/') || first.includes('://')))
    return request.redirect === first;
  const backends = backendsOf(request);
  const wanted = expect.map((text) => backendForm(text, profile.namespace));
  return (
    request.status < 400 &&
    backends.length === wanted.length &&
    backends.every((backend) => wanted.some((text) => isSame(backend, text)))
  );
}

function backendsOf({ backend, weights }: RoutedRequest): readonly string[] {
  if (weights !== undefined) return Object.keys(weights);
  return backend === null ? [] : [backend];
}

/** `svc/api:80`, `shop/svc/api` as answers name them: `shop/api:80`. */
function backendForm(text: string, namespace: string): string {
  const parts = text.split('/').filter((part) => !/^(?:svc|services?)$/.test(part));
  return parts.length === 1 ? `${namespace}/${parts[0]}` : parts.join('/');
}

function isSame(backend: string, wanted: string): boolean {
  return backend === wanted || backend.replace(/:[^:]*$/, '') === wanted;
}

function actualWords(request: RoutedRequest): string {
  const { status, redirect, reason } = request;
  if (redirect !== undefined) return `${status}, Location ${redirect}`;
  const backends = backendsOf(request);
  return backends.length === 0 || status >= 400 ? `${status}: ${reason}` : backends.join(', ');
}

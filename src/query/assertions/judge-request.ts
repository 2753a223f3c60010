/** Lands a URL where it is expected to? */

import { explainIngress } from '../explain-ingress.ts';
import type { RoutedRequest } from '../ingress-answer.ts';
import type { Snapshot } from '../snapshot.ts';
import { UsageError } from '../usage-error.ts';
import type { RequestAssertion } from './assertion.ts';
import { type GatewayLanding, isNamedByRoute, isRoutedByGateway, landAtGateway } from './gateway-requests.ts';
import { isRoutedByIstio, landInMesh } from './mesh-requests.ts';
import type { Outcome } from './test-answer.ts';

/**
 * Routes the request and compares: with a status, a Location, or all the backends that can get it.
 * @throws UsageError where nothing takes requests from outside.
 */
export function judgeRequest(snapshot: Snapshot, { question, expect }: RequestAssertion): Outcome {
  if (!isNamedByRoute(snapshot, question) && isRoutedByIstio(snapshot, question)) {
    const landed = landInMesh(snapshot, question);
    const isHeld = holds(snapshot, landed, expect);
    return {
      status: isHeld ? 'passed' : 'failed',
      expected: expect.join(', '),
      actual: actualWords(landed),
    };
  }
  const asked = isRoutedByGateway(snapshot, question)
    ? landAtGateway(snapshot, question)
    : landAtIngress(snapshot, question);
  const { request, losers, connection = '', assumptions = [] } = asked;
  if (request === undefined) return judgeConnection(connection, expect);
  const landed = { ...request, backends: backendsOf(request) };
  const compared = { expected: expect.join(', '), actual: actualWords(landed) };
  if (holds(snapshot, landed, expect)) return { status: 'passed', ...compared };
  return { status: 'failed', ...compared, request: { request, losers }, assumptions };
}

function landAtIngress(
  snapshot: Snapshot,
  question: RequestAssertion['question'],
): Omit<GatewayLanding, 'connection'> & { readonly connection?: string } {
  if (snapshot.objects.ofKind('Ingress').length === 0)
    throw new UsageError('there is no Ingress or Gateway to take requests');
  const { request, losers = [], assumptions } = explainIngress(snapshot, question);
  if (request === undefined) throw new UsageError(`no Ingress takes ${question.url}`);
  return { request, losers, assumptions };
}

/** No HTTP is spoken: `refused`, `rejected`. */
function judgeConnection(connection: string, expect: readonly string[]): Outcome {
  const isHeld = expect.length === 1 && expect[0] === connection;
  return {
    status: isHeld ? 'passed' : 'failed',
    expected: expect.join(', '),
    actual: `connection ${connection}`,
  };
}

/** What is compared of an answer, whoever gives it. */
type Landed = Pick<RoutedRequest, 'status' | 'redirect' | 'reason'> & {
  readonly backends: readonly string[];
};

function holds({ profile }: Snapshot, request: Landed, expect: readonly string[]): boolean {
  const [first = ''] = expect;
  if (expect.length === 1 && /^[1-5]\d\d$/.test(first)) return request.status === Number(first);
  if (expect.length === 1 && (first.startsWith('/') || first.includes('://')))
    return request.redirect === first;
  const { backends } = request;
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

function actualWords({ status, redirect, reason, backends }: Landed): string {
  if (redirect !== undefined) return `${status}, Location ${redirect}`;
  return backends.length === 0 || status >= 400 ? `${status}: ${reason}` : backends.join(', ');
}

/**
 * Where a URL lands that Istio routes: by a Gateway's VirtualServices for clients outside, by the sidecar of a pod that asks.
 */

import { istioNames } from '../../control/dns/istio-names.ts';
import { hostsMatch } from '../../l7/istio/names.ts';
import { hostName, parseRequest, type RouteRequest } from '../../l7/request.ts';
import { readHeader } from '../http-request.ts';
import { explainVirtualService } from '../istio/explain-virtual-service.ts';
import { objectNamer } from '../namer.ts';
import { destinationName, istioSides } from '../routing-diff/istio-side.ts';
import type { Snapshot } from '../snapshot.ts';
import { UsageError } from '../usage-error.ts';
import type { RequestAssertion } from './assertion.ts';

/** What a test compares. */
export interface LandedRequest {
  /** 0: no connection. */
  readonly status: number;
  /** `shop/web:80`, each once. */
  readonly backends: readonly string[];
  readonly redirect?: string;
  readonly reason: string;
}

type Question = RequestAssertion['question'];

/** Is it Istio that routes the request? An Ingress that names the host comes first. */
export function isRoutedByIstio({ objects, cluster }: Snapshot, { url, from }: Question): boolean {
  if (objects.ofKind('VirtualService').length === 0) return false;
  const ingresses = objects.ofKind('Ingress');
  const host = hostName(parseRequest(url)?.host ?? '');
  if (ingresses.some(({ body }) => body.rules.some((rule) => rule.host === host))) return false;
  if (from !== undefined || ingresses.length === 0) return true;
  return istioNames(cluster).some((name) => hostsMatch(name.host.toLowerCase(), host));
}

/**
 * Routes it.
 * @throws UsageError where nothing listens for it.
 */
export function landInMesh(snapshot: Snapshot, question: Question): LandedRequest {
  return question.from === undefined ? atGateway(snapshot, question) : fromPod(snapshot, question);
}

function atGateway(snapshot: Snapshot, question: Question): LandedRequest {
  const request = requestOf(question);
  const { protocol, port } = new URL(question.url);
  const scheme = protocol.replace(':', '');
  const door = `${scheme} ${port === '' ? (scheme === 'https' ? 443 : 80) : port}`;
  const witness = { ...request, isGrpc: false };
  const answers = istioSides(snapshot, objectNamer(snapshot.objects)).flatMap(
    (side) => side.answer(witness, { door, url: question.url }) ?? [],
  );
  const best = answers.find(({ outcome }) => outcome.matched !== undefined) ?? answers[0];
  if (best === undefined) throw new UsageError(`no Gateway has a server for ${question.url}`);
  const { status, backends, redirect, reason } = best.outcome;
  return {
    status,
    backends: [...new Set(Object.keys(backends).filter(isService).map(withoutSubset))],
    reason,
    ...(redirect === undefined ? {} : { redirect }),
  };
}

/** What a fault takes off is nobody's. */
function isService(name: string): boolean {
  return !name.startsWith('fault ');
}

function withoutSubset(name: string): string {
  return name.replace(/ .*$/, '');
}

function requestOf({ url, method, headers = [] }: Question): RouteRequest {
  const request = parseRequest(url, {
    headers: headers.map(readHeader),
    ...(method === undefined ? {} : { method }),
  });
  if (request === undefined)
    throw new UsageError(`"${url}": must be a URL like https://shop.example.com/api`);
  return request;
}

function fromPod(snapshot: Snapshot, { controller: _, name: __, ...question }: Question): LandedRequest {
  const { request } = explainVirtualService(snapshot, question);
  if (request === undefined) throw new UsageError(`no proxy takes ${question.url}`);
  const { status, result, destinations, redirect, reason } = request;
  const arrives = result === 'delivered' || result === 'partial' || result === 'passthrough';
  return {
    status: status ?? (arrives ? 200 : 0),
    backends: [...new Set(destinations.map(({ host, port }) => destinationName(host, port)))],
    reason,
    ...(redirect === undefined ? {} : { redirect: redirect.location }),
  };
}

/** Answers as short lines: what Envoy did is recorded so, and ours is compared so. */

import {
  gatewayApi,
  istioMesh,
  loadSnapshot,
  type MeshBranch,
  type MeshOutcome,
  parseGatewayRequest,
  parseMeshRequest,
  type Snapshot,
} from '../../../src/index.ts';
import { type AskedRequest, clusterOf, NAMESPACE, SEEN_HEADERS, type World } from './manifests.ts';

/** What Envoy did with the requests to a world, each answer as its possible lines. */
export interface RecordedCase {
  readonly world: World;
  readonly answers: readonly (readonly [AskedRequest, readonly string[]])[];
}

export interface RecordedEnvoy {
  /** Its version. */
  readonly envoy: string;
  readonly seed: number;
  readonly cases: readonly RecordedCase[];
}

/** A request as a backend got it. */
export interface Arrived {
  /** `a`, `a/v1`. */
  readonly backend: string;
  readonly uri: string;
  readonly host: string;
  /** By name in lower case; several of a name in one, with commas. */
  readonly headers: ReadonlyMap<string, string>;
}

/** `a /new/b host=x.internal x-user=set`. */
export function arrivedLine({ backend, uri, host, headers }: Arrived): string {
  const seen = SEEN_HEADERS.flatMap((name) => {
    const value = headers.get(name);
    return value === undefined ? [] : [`${name}=${value}`];
  });
  return [backend, uri, `host=${host}`, ...seen].join(' ');
}

/** `301 http://to.example/`, `418 short and stout`, `404`. */
export function localLine(status: number, detail = ''): string {
  return `${status} ${detail}`.trimEnd();
}

/** `GET a.example /a?q=1 x-user=a`. */
export function requestLine({ method, host, uri, headers }: AskedRequest): string {
  return [method, host, uri, ...headers.map(([name, value]) => `${name}=${value}`)].join(' ');
}

export interface OurAnswer {
  /** What can become of the request, each as a line, sorted. */
  readonly lines: readonly string[];
  /** Texts of what is said not to be modelled. */
  readonly doubts: readonly string[];
}

/** Our engine on the same manifests. */
export function ourAnswers(world: World): (request: AskedRequest) => OurAnswer {
  const files = [{ name: 'cluster.json', text: clusterOf(world) }];
  const snapshot = loadSnapshot({ files, profile: { flags: { set: [] } } });
  return world.api === 'istio' ? istioAnswers(snapshot) : apiAnswers(snapshot);
}

function istioAnswers({ control, cluster }: Snapshot): (request: AskedRequest) => OurAnswer {
  const mesh = istioMesh(control);
  const via = cluster.services.find(({ name }) => name === 'edge');
  if (via === undefined) throw new Error('the gateway has a Service');
  return ({ method, host, uri, headers }) => {
    const request = parseMeshRequest(`http://gateway${uri}`, {
      method,
      headers: [['host', host], ...headers],
    });
    if (request === undefined) throw new Error(`${uri} is no path`);
    const outcome = mesh.route({ request, via });
    return { lines: outcomeLines(outcome), doubts: outcome.unmodelled.map(({ text }) => text) };
  };
}

function outcomeLines({ branches, status, redirect, body, flag }: MeshOutcome): readonly string[] {
  if (branches.length === 0) {
    const detail = redirect?.location ?? body ?? (flag === 'FI' ? 'fault filter abort' : '');
    return [localLine(status ?? 0, detail)];
  }
  return [...new Set(branches.map(branchLine))].sort();
}

function branchLine({ host, subset, failure, sent }: MeshBranch): string {
  if (failure !== undefined) return localLine(failure.status ?? 0);
  const [name = ''] = host.split('.');
  return arrivedLine({
    backend: subset === undefined ? name : `${name}/${subset}`,
    uri: sent?.uri ?? '',
    host: sent?.authority ?? '',
    headers: sent?.headers ?? new Map(),
  });
}

function apiAnswers({ control }: Snapshot): (request: AskedRequest) => OurAnswer {
  const table = gatewayApi(control).gateway(`${NAMESPACE}/edge`);
  if (table === undefined) throw new Error('the gateway is served');
  return ({ method, host, uri, headers }) => {
    const request = parseGatewayRequest(`http://gateway${uri}`, {
      method,
      headers: [['host', host], ...headers],
    });
    if (request === undefined) throw new Error(`${uri} is no path`);
    const { status, shares, unmodelled } = table.route(request);
    const lines = shares.map(({ backend, passing, ...share }) =>
      backend === undefined || share.status !== 200
        ? localLine(share.status, passing.answer?.location)
        : arrivedLine({
            backend: backend.service.split('/')[1] ?? '',
            uri: passing.uri,
            host: passing.host,
            headers: passing.requestHeaders,
          }),
    );
    const all = lines.length === 0 ? [localLine(status)] : lines;
    return { lines: [...new Set(all)].sort(), doubts: unmodelled.map(({ text }) => text) };
  };
}

/** Why an answer of ours may differ from Envoy's, where it says so itself or where Istio leaves the API. */
export type Excuse = 'odd path' | 'final dot' | 'no less specific hostname' | 'own port in redirect';

/** @returns `same`, what excuses the difference, or `different`. */
export function compared(
  { api }: World,
  {
    ours,
    theirs,
    asked,
  }: { readonly ours: OurAnswer; readonly theirs: readonly string[]; readonly asked: AskedRequest },
): 'same' | 'different' | Excuse {
  const [left, right] = [ours.lines.join('\n'), theirs.join('\n')];
  if (left === right) return 'same';
  if (api === 'istio') return 'different';
  const doubts = ours.doubts.join('\n');
  if (doubts.includes('is matched as it is written')) return 'odd path';
  if (doubts.includes('without its final dot')) return 'final dot';
  if (doubts.includes('then answer 404') && right === '404') return 'no less specific hostname';
  const [name = '', port] = asked.host.split(':');
  const isOwnPort = port !== undefined && right.replace(`//${name}:${port}/`, `//${name}/`) === left;
  return isOwnPort ? 'own port in redirect' : 'different';
}

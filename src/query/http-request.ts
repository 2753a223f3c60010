/** The request that a question is about: from a URL, or from what options say of it. */

import { parseRequest, type RequestParts, type RouteRequest } from '../l7/request.ts';
import type { HttpAnswer } from './answer.ts';
import type { TraceQuestion } from './asking.ts';
import { UsageError } from './usage-error.ts';

const SCHEMES = /^(https?|grpcs?):\/\//i;
/** What speaks TLS by its port, where no scheme says it. */
const TLS_PORTS = /[:/](443|8443|https)$/;
const GRPC = ['content-type', 'application/grpc'] as const;

type Asked = Pick<TraceQuestion, 'to' | 'path' | 'method' | 'headers' | 'sni'>;

/** A request as people write it for `explain`. */
export interface RequestQuestion {
  readonly url?: string;
  readonly method?: string;
  /** `Name: value`. */
  readonly headers?: readonly string[];
  readonly clientIp?: string;
  /** The server name of the TLS handshake. */
  readonly sni?: string;
  /** A pod that asks. */
  readonly from?: string;
  /** What is asked: a Gateway (`gtw/edge`), or a Service (`svc/istio-ingressgateway`). */
  readonly via?: string;
}

/**
 * The request of a question.
 * @returns undefined where the target is no URL and no option says anything of a request.
 * @throws UsageError for a header that is none, or a path that does not begin with a slash.
 */
export function requestOf(question: Asked): RouteRequest | undefined {
  const { to, path, method, headers = [], sni } = question;
  const isUrl = SCHEMES.test(to);
  if (!isUrl && [path, method, sni].every((each) => each === undefined) && headers.length === 0)
    return undefined;
  const url = isUrl ? to : `${sni !== undefined || TLS_PORTS.test(to) ? 'https' : 'http'}://${hostIn(to)}`;
  const isGrpc = /^grpc/i.test(url);
  const given = headers.map(readHeader);
  const parts: RequestParts = {
    headers: isGrpc ? [GRPC, ...given] : given,
    ...(method !== undefined ? { method } : isGrpc ? { method: 'POST' } : {}),
    ...(sni === undefined ? {} : { sni }),
  };
  const request = parseRequest(url.replace(/^grpc/i, 'http'), parts);
  if (request === undefined) throw new UsageError(`"${to}": must be a URL like https://shop.example.com/api`);
  return path === undefined ? request : { ...request, uri: readPath(path) };
}

/** The name or address in a reference, which a program would write as the host. */
function hostIn(reference: string): string {
  return reference.replace(/^.*\//, '').replace(/:(80|443|http|https)$/, '');
}

/**
 * `Name: value`.
 * @throws UsageError
 */
export function readHeader(text: string): readonly [string, string] {
  const colon = text.indexOf(':');
  if (colon <= 0) throw new UsageError(`--header ${text}: must be "Name: value"`);
  return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
}

function readPath(path: string): string {
  if (path.startsWith('/')) return path;
  throw new UsageError(`--path ${path}: must begin with /`, [`/${path}`]);
}

/** The request as the answer holds it. */
export function httpAnswer({ method, host, uri, headers, sni }: RouteRequest): HttpAnswer {
  const others = [...headers].filter(([name]) => name !== 'host');
  return {
    method,
    host,
    path: uri,
    ...(others.length === 0 ? {} : { headers: Object.fromEntries(others) }),
    ...(sni === undefined ? {} : { sni }),
    ...(isGrpc({ headers }) ? { grpc: true } : {}),
  };
}

/** Is it a call of gRPC? */
export function isGrpc({ headers }: Pick<RouteRequest, 'headers'>): boolean {
  return headers.get(GRPC[0])?.startsWith(GRPC[1]) === true;
}

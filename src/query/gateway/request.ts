/** A request of `explain gateway` and `explain route`: where it goes, and what becomes of it. */

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { GatewayTable } from '../../l7/gateway-api/gateway-table.ts';
import { routeKey, ruleName } from '../../l7/gateway-api/model.ts';
import { type GatewayRequest, parseGatewayRequest } from '../../l7/gateway-api/request.ts';
import type { GatewayRouting } from '../../l7/gateway-api/routing.ts';
import { hostName } from '../../l7/request.ts';
import { backendName } from '../../l7/route-table.ts';
import type { RequestQuestion } from '../http-request.ts';
import { sourceAnswer } from '../source-answer.ts';
import { resolvePod } from '../target.ts';
import { UsageError } from '../usage-error.ts';
import { endpointTexts } from './backend-answers.ts';
import type { GatewayLoserAnswer, GatewayRequestAnswer } from './gateway-answer.ts';
import type { GatewayScene } from './scene.ts';

export interface GatewayQuestion extends RequestQuestion {
  /** `NAME` or `NAMESPACE/NAME`; without one, all. */
  readonly name?: string;
}

export interface Routed {
  readonly routing: GatewayRouting;
  readonly answer: GatewayRequestAnswer;
  readonly losers: readonly GatewayLoserAnswer[];
  readonly unmodelled: readonly Diagnostic[];
  /** Undefined in a mesh. */
  readonly table?: GatewayTable;
}

/**
 * Routes the URL of a question.
 * @param gateway the key of the one that is asked for by name.
 * @throws UsageError
 */
export function routeQuestion(
  scene: GatewayScene,
  question: GatewayQuestion & { readonly url: string },
  gateway: string | undefined,
): Routed {
  const request = requestOf(scene, question);
  const chosen = choose(scene, question, request, gateway);
  const { routing, via, table } = chosen;
  return {
    routing,
    answer: requestAnswer(scene, { routing, via, request, url: question.url }),
    losers: routing.losers.map(({ route, beatenBy, reason }) => ({
      rule: ruleName(route.rule),
      matcher: route.matcher,
      ...(beatenBy === undefined ? {} : { beatenBy: ruleName(beatenBy.rule) }),
      reason,
      at: sourceAnswer(route.rule.at, { namer: scene.namer }),
    })),
    unmodelled: routing.unmodelled,
    ...(table === undefined ? {} : { table }),
  };
}

function requestOf(
  { snapshot }: GatewayScene,
  question: GatewayQuestion & { readonly url: string },
): GatewayRequest {
  const { url, method, headers = [], sni, from, clientIp } = question;
  const pairs = headers.map((text): readonly [string, string] => {
    const colon = text.indexOf(':');
    if (colon <= 0) throw new UsageError(`--header ${text}: must be "Name: value"`);
    return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
  });
  const client =
    clientIp ?? (from === undefined ? undefined : resolvePod(snapshot.cluster, from).ips[0]?.text);
  const request = parseGatewayRequest(url.includes('://') ? url : `http://${url}`, {
    headers: pairs,
    ...(method === undefined ? {} : { method: method.toUpperCase() }),
    ...(sni === undefined ? {} : { sni }),
    ...(client === undefined ? {} : { clientIp: client }),
  });
  if (request === undefined) {
    throw new UsageError(
      `--url ${url}: must be a URL like https://shop.example.com/api or tcp://db.example.com:5432`,
    );
  }
  if (clientIp !== undefined && request.clientIp === undefined) {
    throw new UsageError(`--client-ip ${clientIp}: must be an IP address`);
  }
  return request;
}

interface Chosen {
  readonly routing: GatewayRouting;
  readonly via: string;
  readonly table?: GatewayTable;
}

function choose(
  scene: GatewayScene,
  { via, from }: GatewayQuestion,
  request: GatewayRequest,
  named: string | undefined,
): Chosen {
  const { api, snapshot } = scene;
  const key = named ?? (via === undefined ? undefined : gatewayKey(scene, via));
  if (key !== undefined) {
    const table = api.gateway(key);
    if (table === undefined) throw new UsageError(`nobody serves Gateway ${key}`, servedKeys(scene));
    return atGateway(table, request);
  }
  const client = from === undefined ? undefined : resolvePod(snapshot.cluster, from);
  if (via !== undefined || (client !== undefined && isServiceHost(scene, request, client.namespace))) {
    const namespace = client?.namespace ?? snapshot.profile.namespace;
    return { routing: api.mesh.route({ namespace }, request), via: 'mesh' };
  }
  const asked = api.gateways.map((table) => atGateway(table, request));
  const best =
    asked.find(({ routing }) => routing.rule !== undefined) ??
    asked.find(({ routing }) => routing.connection !== 'refused') ??
    asked[0];
  if (best === undefined) throw new UsageError('no Gateway is there, or nobody serves it');
  return best;
}

function atGateway(table: GatewayTable, request: GatewayRequest): Chosen {
  return { routing: table.route(request), via: `Gateway/${routeKey(table.gateway)}`, table };
}

/** Does a pod of the namespace reach a Service of the cluster by the host? */
function isServiceHost({ snapshot }: GatewayScene, request: GatewayRequest, namespace: string): boolean {
  const [name = '', own = namespace, word = 'svc'] = hostName(request.host).split('.');
  return word === 'svc' && snapshot.control.serviceByKey.has(`${own}/${name}`);
}

const GATEWAY_WORDS = ['gateway', 'gateways', 'gtw'];
const SERVICE_WORDS = ['service', 'services', 'svc'];

/** @returns undefined for a Service: the request is one of a mesh. */
function gatewayKey(scene: GatewayScene, via: string): string | undefined {
  const parts = via.split('/');
  const word = parts.at(-2)?.toLowerCase() ?? '';
  if (SERVICE_WORDS.includes(word)) return undefined;
  const isKind = GATEWAY_WORDS.includes(word);
  return findGateway(scene, isKind ? [...parts.slice(0, -2), parts.at(-1)].join('/') : via);
}

/**
 * The key of the Gateway that a name means.
 * @throws UsageError where it means none, or several.
 */
export function findGateway({ snapshot }: GatewayScene, text: string): string {
  const gateways = snapshot.objects.ofKind('Gateway');
  const keys = gateways.map(({ metadata }) => ({ metadata, key: `${metadata.namespace}/${metadata.name}` }));
  const found = keys.filter(({ metadata, key }) => key === text || metadata.name === text);
  const own = found.filter(({ metadata }) => metadata.namespace === snapshot.profile.namespace);
  const [chosen, ...more] = found.length > 1 && own.length === 1 ? own : found;
  if (chosen !== undefined && more.length === 0) return chosen.key;
  throw new UsageError(
    found.length === 0 ? `there is no Gateway "${text}"` : `"${text}" means several Gateways`,
    (found.length === 0 ? keys : found).map(({ key }) => key).slice(0, 10),
  );
}

function servedKeys({ api }: GatewayScene): readonly string[] {
  return api.gateways.map(({ gateway }) => routeKey(gateway)).slice(0, 10);
}

interface Answering {
  readonly routing: GatewayRouting;
  readonly via: string;
  readonly request: GatewayRequest;
  readonly url: string;
}

function requestAnswer(
  { namer }: GatewayScene,
  { routing, via, request, url }: Answering,
): GatewayRequestAnswer {
  const { rule, backend, listener, status, shares } = routing;
  const isHttp = routing.connection === undefined && routing.tls === undefined && isSpoken(request, routing);
  return {
    url,
    method: request.method,
    via,
    ...(listener === undefined ? {} : { listener: listener.body.name }),
    ...(isHttp ? { status } : {}),
    ...defined({ grpcStatus: routing.grpcStatus, connection: routing.connection }),
    reason: routing.reason,
    backend: backend === undefined ? null : backendName(backend),
    ...weightsPart(routing),
    ...(rule === undefined ? {} : { matched: ruleName(rule), at: sourceAnswer(rule.at, { namer }) }),
    ...(backend === undefined ? {} : { endpoints: endpointTexts(backend) }),
    ...defined({
      rewrittenPath: routing.rewrittenPath,
      rewrittenHost: routing.rewrittenHost,
      redirect: routing.redirect,
    }),
    ...headersPart('requestHeaders', request.headers, routing.requestHeaders),
    ...headersPart('responseHeaders', request.answerHeaders, routing.responseHeaders),
    ...mirrorsPart(routing),
    ...defined({
      tls: routing.tls,
      tlsSecret: routing.certificate,
      backendTls: backend === undefined ? undefined : shares[0]?.backendTls,
    }),
  };
}

/** Rules of HTTP have a match; TCP and UDP have none. */
function isSpoken({ scheme }: GatewayRequest, { listener }: GatewayRouting): boolean {
  const protocol = listener?.body.protocol;
  return protocol === undefined ? scheme === 'http' || scheme === 'https' : protocol.startsWith('HTTP');
}

function defined<Part extends object>(
  part: Part,
): { readonly [Key in keyof Part]?: Exclude<Part[Key], undefined> } {
  return Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined)) as {
    readonly [Key in keyof Part]?: Exclude<Part[Key], undefined>;
  };
}

function weightsPart({ weights }: GatewayRouting): Pick<GatewayRequestAnswer, 'weights'> {
  if (weights === undefined) return {};
  const shares = [...weights].map(
    ([name, { numerator, denominator }]) => [name, numerator / denominator] as const,
  );
  return { weights: Object.fromEntries(shares) };
}

/** All headers, where filters change any. */
function headersPart<Key extends 'requestHeaders' | 'responseHeaders'>(
  key: Key,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string> | undefined,
): Pick<GatewayRequestAnswer, Key> | Record<string, never> {
  if (after === undefined || isSame(before, after)) return {};
  return { [key]: Object.fromEntries(after) } as Pick<GatewayRequestAnswer, Key>;
}

function isSame(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([name, value]) => b.get(name) === value);
}

function mirrorsPart({ mirroredTo }: GatewayRouting): Pick<GatewayRequestAnswer, 'mirroredTo'> {
  if (mirroredTo.length === 0) return {};
  return {
    mirroredTo: mirroredTo.map(({ backend, percent }) => ({
      backend: backendName(backend),
      ...(percent === undefined ? {} : { percent }),
    })),
  };
}

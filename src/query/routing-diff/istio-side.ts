/** The gateways of Istio as one side of the comparison: their doors, what their rules ask about, and their answers. */

import type { Pod } from '../../cluster/cluster.ts';
import { groupBy } from '../../collections/grouping.ts';
import { compareText } from '../../collections/order.ts';
import type { HttpMatch } from '../../k8s/istio-parts/http-match.ts';
import type { StringMatch } from '../../k8s/istio-parts/string-match.ts';
import type { IstioGatewayObject } from '../../k8s/kinds/istio-gateway.ts';
import { labelsMatch } from '../../k8s/selector.ts';
import { answerGateway, type GatewayProxy, gatewayOf } from '../../l7/istio/gateway-answer.ts';
import { type GatewayHost, gatewayHosts } from '../../l7/istio/gateway-hosts.ts';
import { type GatewayPort, isHttpServer } from '../../l7/istio/gateway-servers.ts';
import { parseMeshRequest } from '../../l7/istio/mesh-request.ts';
import { hostOnly, hostsMatch } from '../../l7/istio/names.ts';
import type { MeshBranch, MeshOutcome } from '../../l7/istio/outcome.ts';
import { plainPod } from '../plain-pod.ts';
import { clientPort } from '../proxied/istio/gateway-door.ts';
import { meshOf } from '../proxied/istio/scene.ts';
import type { Snapshot } from '../snapshot.ts';
import { type ObjectNamer, sourceAnswer } from '../source-answer.ts';
import type { OutcomeAnswer } from './routing-diff-answer.ts';
import type { SideAnswer } from './side-answer.ts';
import type { HostConditions, RuleCondition, Witness } from './witness.ts';

/** Gateways of Istio that one set of pods serves. */
export interface IstioSide {
  readonly hosts: readonly HostConditions[];
  /** `http 80`. */
  readonly doors: readonly string[];
  readonly anyCase: boolean;
  /** undefined: nothing listens at the door. */
  answer(witness: Witness, asked: { readonly door: string; readonly url: string }): SideAnswer | undefined;
}

/** One side for each selector of Gateways; none where there is no Gateway of Istio. */
export function istioSides(snapshot: Snapshot, namer: ObjectNamer): readonly IstioSide[] {
  const gateways = snapshot.objects.ofKind('IstioGateway');
  if (gateways.length === 0) return [];
  const bySelector = groupBy(gateways, ({ body }) => JSON.stringify([...(body.selector ?? [])].sort()));
  return [...bySelector.values()].flatMap(([first]) =>
    first === undefined ? [] : [istioSide({ snapshot, namer, gateway: first })],
  );
}

interface Serving {
  readonly snapshot: Snapshot;
  readonly namer: ObjectNamer;
  readonly gateway: IstioGatewayObject;
}

function istioSide({ snapshot, namer, gateway }: Serving): IstioSide {
  const { mesh } = meshOf(snapshot.control);
  const proxy = gatewayOf(mesh, podOf(snapshot, gateway));
  const doors = doorsOf(snapshot, proxy);
  const tables = [...new Set(doors.values())].flatMap((port) => tablesOf(proxy, port));
  const matches = tables.flatMap(({ routes }) => routes.flatMap((route) => matchOf(route)));
  return {
    doors: [...doors.keys()],
    anyCase: matches.some(({ ignoreUriCase }) => ignoreUriCase),
    hosts: tables.flatMap(({ domains, routes }) => {
      const conditions = routes.flatMap(matchOf).flatMap(conditionsOf);
      return domains.map((hostname) => ({ hostname, conditions }));
    }),
    answer: (witness, { door, url }) => {
      const port = doors.get(door);
      if (port === undefined) return undefined;
      const request = parseMeshRequest(url, { method: witness.method, headers: witness.headers });
      if (request === undefined) throw new Error('a witness makes a request');
      const found = answerGateway(proxy, { request, port: port.port });
      return {
        outcome: { by: byOf(port, witness.host), ...outcomeOf(found, witness.uri, namer) },
        unmodelled: found.unmodelled,
      };
    },
  };
}

/** A pod that the Gateway selects; where no manifest has one, one that it would select. */
function podOf({ cluster }: Snapshot, { body: { selector = new Map() } }: IstioGatewayObject): Pod {
  const own = cluster.pods.find(({ labels }) => labelsMatch(selector, labels));
  if (own !== undefined) return own;
  const namespace = cluster.profile.istio.rootNamespace ?? 'istio-system';
  return { ...plainPod(cluster, { hostNetwork: false }), namespace, labels: selector };
}

/** What clients dial, and the port of the pod behind it. */
function doorsOf(snapshot: Snapshot, proxy: GatewayProxy): ReadonlyMap<string, GatewayPort> {
  const doors = new Map<string, GatewayPort>();
  for (const port of proxy.ports().values()) {
    for (const { server, gateway } of port.servers) {
      const scheme = server.tls === undefined || port.kind === 'http' ? 'http' : 'https';
      const door = `${scheme} ${clientPort(snapshot, gateway, server.port)}`;
      if (isHttpServer(server) && !doors.has(door)) doors.set(door, port);
    }
  }
  return doors;
}

/** HTTP servers of a port share a table; each with TLS has its own. */
function tablesOf({ mesh, proxy }: GatewayProxy, { kind, servers }: GatewayPort): readonly GatewayHost[] {
  if (kind === 'http') return gatewayHosts(mesh, proxy, servers);
  return servers
    .filter(({ server }) => isHttpServer(server))
    .flatMap((each) => gatewayHosts(mesh, proxy, [each]));
}

function matchOf(route: GatewayHost['routes'][number]): readonly HttpMatch[] {
  return route.kind === 'rule' && route.match !== undefined ? [route.match] : [];
}

/** What the condition asks for; and once more with each header that it must not have. */
function conditionsOf(match: HttpMatch): readonly RuleCondition[] {
  const { uri, method, headers, withoutHeaders, queryParams } = match;
  const base: RuleCondition = {
    path: uri === undefined || uri.kind === 'presence' ? '/' : uri.value,
    pathKind: uri?.kind === 'regex' ? 'pattern' : 'literal',
    ...(method?.kind === 'exact' ? { method: method.value } : {}),
    headers: literals(headers),
    query: literals(queryParams),
    isGrpc: false,
  };
  const unwanted = [...literals(withoutHeaders)];
  return [
    base,
    ...unwanted.map(([name, value]) => ({ ...base, headers: new Map([...base.headers, [name, value]]) })),
  ];
}

/** A text for each; of a regular expression none. */
function literals(all: ReadonlyMap<string, StringMatch>): ReadonlyMap<string, string> {
  return new Map(
    [...all].flatMap(([name, test]) => {
      if (name.startsWith('@') || test.kind === 'regex') return [];
      return [[name.toLowerCase(), test.kind === 'presence' ? 'any' : test.value] as const];
    }),
  );
}

/** The Gateway whose server has the host, else the first on the port. */
function byOf({ servers }: GatewayPort, host: string): string {
  const own = servers.find(({ hosts }) => hosts.some((each) => hostsMatch(hostOnly(each), host)));
  return `IstioGateway/${(own ?? servers[0])?.gatewayName}`;
}

/** What can be seen of an answer, in the words of the other sorts of proxies. */
function outcomeOf(outcome: MeshOutcome, uri: string, namer: ObjectNamer): Omit<OutcomeAnswer, 'by'> {
  const { status = 0, branches, redirect, rewrite, reason, route, set } = outcome;
  const isHanded = branches.some(({ failure }) => failure === undefined);
  const at = route?.kind === 'rule' ? route.at : undefined;
  return {
    status: isHanded ? 200 : status,
    backends: backendsOf(outcome),
    ...(branches.length === 0 ? {} : { path: rewrite?.path ?? uri }),
    ...(branches.length > 0 && rewrite?.authority !== undefined ? { host: rewrite.authority } : {}),
    ...(redirect === undefined ? {} : { redirect: redirect.location }),
    reason,
    ...(route?.kind === 'rule' && set !== undefined
      ? { matched: `VirtualService/${set.key} ${route.placed.label}` }
      : {}),
    ...(at === undefined ? {} : { at: sourceAnswer(at, { namer }) }),
  };
}

/** Shares by name; what a fault takes off is one of them. */
function backendsOf({ branches, fault }: MeshOutcome): Readonly<Record<string, number>> {
  const shares = new Map<string, number>();
  const aborted = branches.length === 0 ? 0 : (fault?.abort?.percent ?? 0) / 100;
  if (aborted > 0) shares.set(`fault ${fault?.abort?.httpStatus ?? fault?.abort?.grpcStatus}`, aborted);
  for (const branch of branches) {
    const { numerator, denominator } = branch.weight;
    const name = nameOf(branch);
    shares.set(name, (shares.get(name) ?? 0) + (numerator / denominator) * (1 - aborted));
  }
  return Object.fromEntries([...shares].sort(([a], [b]) => compareText(a, b)));
}

/** `shop/web:80`; a subset is not the whole Service: `shop/web:80 v1`. */
function nameOf({ host, port, subset }: MeshBranch): string {
  return `${destinationName(host, port)}${subset === undefined ? '' : ` ${subset}`}`;
}

/** A destination as other proxies name a Service: `shop/web:80`; a host that is none stays. */
export function destinationName(host: string, port: number): string {
  const [, name, namespace] = /^([^.]+)\.([^.]+)\.svc\./.exec(host) ?? [];
  return `${name === undefined ? host : `${namespace}/${name}`}:${port}`;
}

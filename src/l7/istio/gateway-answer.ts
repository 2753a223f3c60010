/**
 * A request that comes in by a gateway: the port of its Service, the server on it, then the VirtualServices that are
 * bound to the Gateway. Source: istio/istio:pilot/pkg/networking/core/gateway.go. Rules: docs/semantics/istio.md 10.
 */

import type { Pod } from '../../cluster/cluster.ts';
import { once, onceEach } from '../../collections/once.ts';
import type { L4Rule } from '../../k8s/istio-parts/l4-rule.ts';
import type { Ip } from '../../net/ip.ts';
import { splitQuery } from '../request.ts';
import { type GatewayHost, gatewayHosts } from './gateway-hosts.ts';
import {
  type GatewayPort,
  gatewayPorts,
  isHttpServer,
  isPassthrough,
  type MergedServer,
} from './gateway-servers.ts';
import { type HostTable, hostTable, withoutPort } from './host-table.ts';
import { answerHttp, badPath, type HttpSending } from './http-answer.ts';
import { bestServerName, type L4Choice, routed } from './l4-answer.ts';
import type { Mesh } from './mesh.ts';
import type { MeshRequest } from './mesh-request.ts';
import { hostOnly, hostsForNamespace, intersectHosts } from './names.ts';
import { normalizedUri } from './normalized-uri.ts';
import { type MeshOutcome, outcome } from './outcome.ts';
import { gatewayProxy } from './proxies.ts';
import type { MeshProxy } from './proxy.ts';
import type { Placed, RuleSet } from './rule-sets.ts';
import { gatewayL4Matches } from './static-match.ts';

/** Servers that share a table of hosts: the HTTP ones of a port, or one alone with TLS of its own. */
type HostSource = GatewayPort | MergedServer;

/** A gateway's pod with what has been computed of it. */
export interface GatewayProxy {
  readonly mesh: Mesh;
  readonly proxy: MeshProxy;
  /** By port of the pod. */
  ports(): ReadonlyMap<number, GatewayPort>;
  hosts(source: HostSource): HostTable<GatewayHost>;
}

/** The gateway that a pod is. */
export function gatewayOf(mesh: Mesh, pod: Pod): GatewayProxy {
  const proxy = gatewayProxy(mesh, pod);
  return {
    mesh,
    proxy,
    ports: once(() => gatewayPorts(mesh, pod)),
    hosts: onceEach((source) => hostTable(gatewayHosts(mesh, proxy, serversOf(source)))),
  };
}

function serversOf(source: HostSource): readonly MergedServer[] {
  return 'servers' in source ? source.servers : [source];
}

/** A connection to a port of the gateway's pod. */
export interface GatewayRequest {
  readonly request: MeshRequest;
  /** Of the pod. */
  readonly port: number;
  readonly clientIp?: Ip;
}

/** What the gateway does with it. */
export function answerGateway(gateway: GatewayProxy, asked: GatewayRequest): MeshOutcome {
  const found = gateway.ports().get(asked.port);
  const { pod } = gateway.proxy;
  const servers = found?.servers ?? [];
  if (found === undefined || servers.length === 0) {
    return outcome({
      result: 'refused',
      reason: `no Gateway that selects ${pod.key} has a server on its port ${asked.port}`,
    });
  }
  switch (found.kind) {
    case 'http':
      return answerHttpServers(gateway, found, asked);
    case 'tls':
      return answerTlsServers(gateway, servers, asked);
    case 'tcp':
      return answerTcp(gateway, servers, asked);
  }
}

function sendingOf(
  { mesh, proxy }: GatewayProxy,
  { request, clientIp }: GatewayRequest,
  port: number,
): HttpSending {
  return {
    mesh,
    proxy,
    dialled: { listenerPort: port },
    request,
    ...(clientIp === undefined ? {} : { remoteIp: clientIp }),
    scheme: request.wire === 'tls' ? 'https' : 'http',
  };
}

function closed(reason: string): MeshOutcome {
  return outcome({ result: 'reset', flag: 'NR', reason });
}

function answerHttpServers(gateway: GatewayProxy, port: GatewayPort, asked: GatewayRequest): MeshOutcome {
  const { request } = asked;
  if (request.wire !== 'http') {
    return outcome({
      result: 'reset',
      flag: 'DPE',
      reason: 'the server is for HTTP in the clear, and something else is sent',
    });
  }
  return answerHosts(gateway, port, asked);
}

/** By the Host header, in the table of these servers. */
function answerHosts(gateway: GatewayProxy, source: HostSource, asked: GatewayRequest): MeshOutcome {
  const { request } = asked;
  const uri = normalizedUri(request.uri, gateway.mesh.settings.pathNormalization);
  if (uri === undefined) return badPath(request);
  const servers = serversOf(source);
  const host = gateway.hosts(source).find(request.authority);
  const denied = deniedAtGateway(gateway, { ...asked, request: { ...request, uri } });
  if (denied !== undefined) return denied;
  if (host === undefined) {
    return outcome({
      result: 'local-reply',
      status: 404,
      flag: 'NR',
      reason: `no server of the port and VirtualService that is bound to its Gateway have the host ${withoutPort(request.authority)} in common`,
      because: servers.map(({ at }) => at),
    });
  }
  if (host.wantsTls && request.wire === 'http') {
    return outcome({
      result: 'local-reply',
      status: 301,
      reason: 'the server has tls.httpsRedirect',
      redirect: { code: 301, location: `https://${request.authority}${uri}` },
      virtualHost: host.name,
      because: servers.filter(({ server }) => server.tls?.httpsRedirect === true).map(({ at }) => at),
    });
  }
  const sending = sendingOf(gateway, asked, servers[0]?.server.port ?? asked.port);
  // What goes on is what was inside the TLS that ends here; the scheme stays.
  return answerHttp({ ...sending, request: { ...request, wire: 'http' } }, host);
}

/** AuthorizationPolicies that select the gateway itself; a client from outside has no identity of the mesh. */
function deniedAtGateway(
  { mesh, proxy }: GatewayProxy,
  { request, port, clientIp }: GatewayRequest,
): MeshOutcome | undefined {
  const { pod } = proxy;
  const token = mesh.authenticate(pod, request);
  if (token.kind === 'refused') {
    return outcome({
      result: 'local-reply',
      status: 401,
      reason: `${pod.key}: ${token.text}`,
      by: pod.key,
      because: token.because,
    });
  }
  const address = clientIp === undefined ? {} : { sourceIp: clientIp, remoteIp: clientIp };
  const decision = mesh.authorize(pod, {
    ...address,
    port,
    ...(request.sni === undefined ? {} : { sni: request.sni }),
    http: {
      method: request.method,
      path: splitQuery(request.uri).path,
      host: withoutPort(request.authority),
      headers: request.headers,
      ...(token.kind === 'taken' ? { token: token.token } : {}),
    },
  });
  if (decision.verdict === 'allow') return undefined;
  return outcome({
    result: 'local-reply',
    status: 403,
    flag: 'RBAC',
    reason: `${pod.key} refuses: RBAC: access denied`,
    body: 'RBAC: access denied',
    by: pod.key,
    authorization: 'deny',
    because: decision.because,
  });
}

/** By server name; a server for the star takes every client. */
function answerTlsServers(
  gateway: GatewayProxy,
  servers: readonly MergedServer[],
  asked: GatewayRequest,
): MeshOutcome {
  const { request } = asked;
  if (request.wire !== 'tls')
    return closed('the servers of the port want TLS, and the client sends plaintext');
  const passing = passthroughChoice(gateway, servers, request);
  const ending = servers.filter(({ server }) => !isPassthrough(server));
  const named = new Map(
    ending.flatMap((merged) => sniHosts(merged).map((host) => [host, merged] as const)).reverse(),
  );
  const pattern =
    bestServerName([...named.keys(), ...passing.keys()], request.sni) ?? (named.has('*') ? '*' : undefined);
  const choice = pattern === undefined ? undefined : passing.get(pattern);
  if (choice !== undefined) return routed(sendingOf(gateway, asked, choice.port), choice);
  const merged = pattern === undefined ? undefined : named.get(pattern);
  if (merged === undefined)
    return closed(`no server of the port is for the server name ${request.sni ?? 'none'}`);
  if (isHttpServer(merged.server)) {
    if (request.inner === 'http') return answerHosts(gateway, merged, asked);
    return outcome({
      result: 'reset',
      flag: 'DPE',
      reason: 'the server is for HTTPS, and no HTTP is inside the TLS',
    });
  }
  return answerTcp(gateway, [merged], { ...asked, request: { ...request, wire: request.inner } });
}

/** Hosts of a server without their namespaces; they are the server names that it takes. */
function sniHosts({ hosts }: MergedServer): readonly string[] {
  return hosts.map(hostOnly);
}

interface PassthroughChoice extends L4Choice {
  readonly port: number;
}

/** The server names that TLS rules pass on, with their rule; the first rule of a name has it. */
function passthroughChoice(
  { mesh, proxy }: GatewayProxy,
  servers: readonly MergedServer[],
  request: MeshRequest,
): ReadonlyMap<string, PassthroughChoice> {
  const choices = new Map<string, PassthroughChoice>();
  for (const merged of servers.filter(({ server }) => isPassthrough(server))) {
    for (const set of boundRules(mesh, proxy, merged)) {
      for (const placed of set.tls) {
        const names = matchingNames(placed, proxy, merged);
        for (const name of names.filter((each) => bestServerName([each], request.sni) !== undefined)) {
          if (!choices.has(name)) choices.set(name, { set, placed, port: merged.server.port });
        }
      }
    }
  }
  return choices;
}

function matchingNames(
  { rule }: Placed<L4Rule>,
  { labels, namespace }: MeshProxy,
  merged: MergedServer,
): readonly string[] {
  const facts = { labels, namespace, port: merged.server.port, gateway: merged.gatewayName };
  return rule.match.filter((match) => gatewayL4Matches(match, facts)).flatMap(({ sniHosts: names }) => names);
}

/** The VirtualServices that are bound to the server's Gateway and have a host in common with it. */
function boundRules(mesh: Mesh, proxy: MeshProxy, { gatewayName, hosts }: MergedServer): readonly RuleSet[] {
  return mesh.rules
    .forGateway(gatewayName, proxy.namespace)
    .filter((set) => intersectHosts(hostsForNamespace(hosts, set.namespace), set.hosts).length > 0);
}

/** The first TCP rule of the first VirtualService that has one; without any, nothing listens. */
function answerTcp(
  gateway: GatewayProxy,
  servers: readonly MergedServer[],
  asked: GatewayRequest,
): MeshOutcome {
  const [merged] = servers;
  if (merged === undefined) return closed('no server is on the port');
  const { mesh, proxy } = gateway;
  const { labels, namespace } = proxy;
  const facts = { labels, namespace, port: merged.server.port, gateway: merged.gatewayName };
  for (const set of boundRules(mesh, proxy, merged)) {
    for (const placed of set.tcp) {
      const { match } = placed.rule;
      if (match.length === 0 || match.some((each) => gatewayL4Matches(each, facts))) {
        return routed(sendingOf(gateway, asked, merged.server.port), { set, placed });
      }
    }
  }
  return outcome({
    result: 'refused',
    reason: `no TCP rule is bound to Gateway ${merged.gatewayName}, which has the port: the gateway does not listen`,
    because: [merged.at],
  });
}

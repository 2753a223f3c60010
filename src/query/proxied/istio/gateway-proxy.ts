/** The pods that Istio's Gateways select: they route by the servers of all of them. Rules: docs/semantics/istio.md 10. */

import { proxyMembership } from '../../../control/mesh/proxies.ts';
import { labelsMatch } from '../../../k8s/selector.ts';
import { answerGateway } from '../../../l7/istio/gateway-answer.ts';
import type { GatewayPort, MergedServer } from '../../../l7/istio/gateway-servers.ts';
import { bestServerName } from '../../../l7/istio/l4-answer.ts';
import type { Wire } from '../../../l7/istio/mesh-request.ts';
import { hostOnly } from '../../../l7/istio/names.ts';
import type { StepAnswer } from '../../answer.ts';
import type { Asking } from '../../asking.ts';
import type { Connection, ProxyFinder, RequestProxy } from '../proxy.ts';
import { placeOf } from '../step-place.ts';
import { assumeOfMesh } from './assume.ts';
import { outcomesOf } from './outcomes.ts';
import { type MeshScene, meshOf } from './scene.ts';
import { sentOn } from './sent.ts';
import { feltBehind } from './symptoms.ts';
import { delaySteps, listenerStep, ruleSteps } from './words.ts';

/** Of the proxy and its agent: metrics, probes (istio/istio:manifests/charts/gateway/templates/service.yaml). */
const OWN_PORTS: readonly number[] = [15020, 15021, 15090];

/** The gateway whose pod has taken the connection. */
export const istioGatewayProxy: ProxyFinder = (asking, connection) => {
  const { objects, cluster, control } = asking.snapshot;
  const { pod, packet } = connection;
  const gateways = objects.ofKind('IstioGateway');
  if (gateways.length === 0 || OWN_PORTS.includes(packet.dstPort)) return undefined;
  // Other gateways are those of the Gateway API, or have no server at all.
  const isServed = gateways.some(({ body }) => labelsMatch(body.selector ?? new Map(), pod.labels));
  if (!isServed || proxyMembership(cluster)(pod).membership !== 'gateway') return undefined;
  return gatewayProxyAt(asking, connection, meshOf(control));
};

function gatewayProxyAt(asking: Asking, connection: Connection, all: MeshScene['all']): RequestProxy {
  const { pod, packet, request } = connection;
  const gateway = all.gateway(pod);
  const dialled = { ip: packet.dst, port: packet.dstPort };
  const port = gateway.ports().get(packet.dstPort);
  const sent = sentOn(asking, connection, dialled, () => wireOf(port));
  const outcome = answerGateway(gateway, {
    request: sent.mesh,
    port: packet.dstPort,
    clientIp: packet.src,
  });
  const scene: MeshScene = {
    asking,
    all,
    proxy: gateway.proxy,
    connection: { ...connection, headers: told(connection, request?.scheme ?? 'http') },
    dialled,
    sent,
    outcome,
  };
  const isHttp = sent.mesh.wire === 'http' || outcome.route !== undefined;
  return {
    handle: () => {
      assumeOfMesh(scene);
      return {
        steps: [
          listenerStep(`0.0.0.0_${packet.dstPort}`, outcome),
          ...tlsSteps(scene, port),
          ...ruleSteps(asking, outcome),
          ...delaySteps(outcome),
        ],
        outcomes: outcomesOf(scene),
      };
    },
    answerTo: (own) => feltBehind(isHttp ? sent.request : undefined, own),
  };
}

function wireOf(port: GatewayPort | undefined): Wire {
  return port === undefined ? 'tcp' : port.kind;
}

/**
 * Gateways take their peer for the client (`use_remote_address`), and tell its address and scheme
 * (istio/istio:pilot/pkg/networking/core/gateway.go buildGatewayConnectionManager).
 */
function told({ headers, packet, request }: Connection, scheme: string): ReadonlyMap<string, string> {
  const before = headers.get('X-Forwarded-For') ?? request?.headers.get('x-forwarded-for');
  const client = packet.src.text;
  return new Map([
    ...headers,
    ['X-Forwarded-For', before === undefined ? client : `${before},${client}`],
    ['X-Forwarded-Proto', scheme],
  ]);
}

/** TLS that ends here, with the server's Secret; or that passes through. */
function tlsSteps(
  { asking, sent, outcome }: MeshScene,
  port: GatewayPort | undefined,
): readonly StepAnswer[] {
  const { wire, sni } = sent.mesh;
  if (wire !== 'tls' || port?.kind !== 'tls') return [];
  const server = serverFor(port.servers, sni);
  if (server === undefined) return [];
  const place = placeOf(asking, server.at);
  if (outcome.l4Rule !== undefined) {
    return [{ kind: 'proxy', text: `TLS for ${sni ?? 'no name'} passes through`, ...place }];
  }
  const { credentialName = '' } = server.server.tls ?? {};
  const text = credentialName === '' ? "the server's certificate" : `secret ${credentialName}`;
  return [{ kind: 'terminate-tls', text, ...place }];
}

function serverFor(servers: readonly MergedServer[], sni: string | undefined): MergedServer | undefined {
  const named = servers.map((server) => ({
    server,
    names: server.hosts.map(hostOnly),
  }));
  const pattern = bestServerName(
    named.flatMap(({ names }) => names),
    sni,
  );
  return named.find(({ names }) => names.includes(pattern ?? '*'))?.server;
}

/** Requests at 10,000 rules: an Ingress controller, a Gateway and a mesh. */

import {
  gatewayApi,
  ingressTables,
  istioMesh,
  loadSnapshot,
  parseGatewayRequest,
  parseMeshRequest,
  parseRequest,
} from '../src/index.ts';
import { atMost } from './goals.ts';
import { warm } from './measure.ts';
import { print, printTimings } from './report.ts';

const HOSTS = 400;
const RULES_A_HOST = 25;
const ASKED = { calls: 500, goal: atMost(1) };

const AROUND = `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Pod
metadata: {name: client, namespace: shop}
spec: {containers: [{name: app, image: app}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: app, image: app}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec: {gatewayClassName: example, listeners: [{name: http, port: 80, protocol: HTTP}]}
`;

/** One object for each host, made of as many rules. */
function objects(write: (host: number, rules: readonly number[]) => string): string {
  const rules = Array.from({ length: RULES_A_HOST }, (_, rule) => rule);
  return AROUND + Array.from({ length: HOSTS }, (_, host) => write(host, rules)).join('');
}

const INGRESSES = objects(
  (host, rules) => `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: i${host}, namespace: shop}
spec:
  ingressClassName: nginx
  rules:
  - host: h${host}.example.com
    http:
      paths:
${rules.map((rule) => `      - {path: /r${rule}/, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}\n`).join('')}`,
);

const ROUTES = objects(
  (host, rules) => `---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r${host}, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  hostnames: [h${host}.example.com]
  rules:
${rules.map((rule) => `  - {matches: [{path: {type: PathPrefix, value: /r${rule}/}}], backendRefs: [{name: web, port: 80}]}\n`).join('')}`,
);

const VIRTUAL_SERVICES = objects(
  (host, rules) => `---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: e${host}, namespace: shop}
spec: {hosts: [h${host}.example.com], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: v${host}, namespace: shop}
spec:
  hosts: [h${host}.example.com]
  http:
${rules.map((rule) => `  - {match: [{uri: {prefix: /r${rule}/}}], route: [{destination: {host: web}}]}\n`).join('')}`,
);

/** The goal is a millisecond a request, warm. */
export function routes(): void {
  print(`routes: ${HOSTS * RULES_A_HOST} rules of ${HOSTS} hosts, one request of a warm table`);
  printTimings([
    warm('Ingress at ingress-nginx', atIngress(), ASKED),
    warm('HTTPRoutes at a Gateway', atGateway(), ASKED),
    warm('VirtualServices at a sidecar', atSidecar(), ASKED),
  ]);
}

function load(text: string) {
  return loadSnapshot({ files: [{ name: 'routes.yaml', text }], profile: { flags: { set: [] } } });
}

function urlOf(call: number): string {
  return `http://h${(call * 37) % HOSTS}.example.com/r${RULES_A_HOST - 1}/x`;
}

function atIngress(): (call: number) => void {
  const [table] = ingressTables(load(INGRESSES).control).tables;
  return (call) => {
    const request = parseRequest(urlOf(call));
    if (request !== undefined) table?.route(request);
  };
}

function atGateway(): (call: number) => void {
  const table = gatewayApi(load(ROUTES).control, { assumed: { classes: true } }).gateway('shop/edge');
  return (call) => {
    const request = parseGatewayRequest(urlOf(call));
    if (request !== undefined) table?.route(request);
  };
}

function atSidecar(): (call: number) => void {
  const { control, cluster } = load(VIRTUAL_SERVICES);
  const mesh = istioMesh(control);
  const from = cluster.podByKey.get('shop/client');
  return (call) => {
    const request = parseMeshRequest(urlOf(call));
    if (request !== undefined && from !== undefined) mesh.route({ request, from });
  };
}

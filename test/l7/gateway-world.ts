/** Small worlds of Gateway API objects, written as YAML, for tests of the engine. */

import {
  type GatewayApi,
  type GatewayApiOptions,
  type GatewayRequestParts,
  type GatewayRouting,
  gatewayApi,
  loadSnapshot,
  parseGatewayRequest,
} from '../../src/index.ts';

const CLASS = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: example}
spec: {controllerName: example.net/gateway}
`;

/** A Secret `tls` of namespace demo with what is at least the form of a certificate. */
export const CERTIFICATE = `
apiVersion: v1
kind: Secret
metadata: {name: tls, namespace: demo}
type: kubernetes.io/tls
stringData:
  tls.crt: |
    -----BEGIN CERTIFICATE-----
    MAA=
    -----END CERTIFICATE-----
  tls.key: placeholder
`;

/** Services `a`, `b` and `c` of a namespace, each with one pod, on port 80. */
export function services(namespace = 'demo', names: readonly string[] = ['a', 'b', 'c']): string {
  return names
    .map(
      (name) => `
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: ${namespace}}
spec: {selector: {app: ${name}}, ports: [{name: http, port: 80, targetPort: 8080}, {name: alt, port: 81}]}
---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: ${namespace}, labels: {app: ${name}}}
spec: {containers: [{name: c, image: i}]}
`,
    )
    .join('---');
}

/** A Gateway `edge` of namespace demo with these listeners, in flow style. */
export function gatewayOf(...listeners: readonly string[]): string {
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: demo}
spec: {gatewayClassName: example, listeners: [${listeners.join(', ')}]}
`;
}

/** A route of namespace demo at the Gateway `edge`; `spec` in flow style, without braces. */
export function route(kind: string, name: string, spec: string, metadata = ''): string {
  const parents = spec.includes('parentRefs') ? '' : 'parentRefs: [{name: edge}], ';
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: ${kind}
metadata: {name: ${name}, namespace: demo${metadata === '' ? '' : `, ${metadata}`}}
spec: {${parents}${spec}}
`;
}

/** Reads documents, with a GatewayClass. */
export function worldOf(documents: readonly string[], options: GatewayApiOptions = {}): GatewayApi {
  const text = [CLASS, ...documents].join('\n---\n');
  const snapshot = loadSnapshot({ files: [{ name: 'w.yaml', text }], profile: { flags: { set: [] } } });
  return gatewayApi(snapshot.control, options);
}

/** What becomes of a request at the Gateway `edge`. */
export function ask(api: GatewayApi, url: string, parts: GatewayRequestParts = {}): GatewayRouting {
  const request = parseGatewayRequest(url, parts);
  const table = api.gateway('demo/edge');
  if (request === undefined || table === undefined) throw new Error(`${url} cannot be asked`);
  return table.route(request);
}

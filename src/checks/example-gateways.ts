/** Gateways and routes for the examples of rules. */

import { object, service } from './example-manifests.ts';

const VERSION = 'gateway.networking.k8s.io/v1';

/** A Service `web` that a route can lead to. */
export const WEB_SERVICE: string = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');

/** A route `web` to it, attached to Gateway `edge`. */
export const WEB_REFS = { parent: '{name: edge}', backends: '{name: web, port: 80}' } as const;

/** A Gateway. @param listeners in flow style; one for HTTP by default. */
export function gateway(name: string, listeners = '{name: http, port: 80, protocol: HTTP}'): string {
  return object(VERSION, 'Gateway', name, [`spec: {gatewayClassName: example, listeners: [${listeners}]}`]);
}

/** An HTTPRoute with one rule. @param spec more lines of `spec`. */
export function httpRoute(
  name: string,
  refs: { readonly parent: string; readonly backends: string },
  ...spec: readonly string[]
): string {
  return object(VERSION, 'HTTPRoute', name, [
    'spec:',
    `  parentRefs: [${refs.parent}]`,
    ...spec.map((line) => `  ${line}`),
    `  rules: [{backendRefs: [${refs.backends}]}]`,
  ]);
}

/** Any other object of the Gateway API. @param spec what `spec` holds, in flow style. */
export function gatewayObject(kind: string, name: string, spec: string, version = 'v1'): string {
  return object(`gateway.networking.k8s.io/${version}`, kind, name, [`spec: {${spec}}`]);
}

/** A BackendTLSPolicy of Service `web`, verified by the system's authorities. @param target more of its target. */
export function backendTlsPolicy(name: string, target = ''): string {
  const more = target === '' ? '' : `, ${target}`;
  return gatewayObject(
    'BackendTLSPolicy',
    name,
    `targetRefs: [{group: "", kind: Service, name: web${more}}], validation: {hostname: web.example.com, wellKnownCACertificates: System}`,
  );
}

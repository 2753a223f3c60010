/** Gateways and routes for the examples of rules. */

import { object } from './example-manifests.ts';

const VERSION = 'gateway.networking.k8s.io/v1';

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

/** Ingresses for the examples of rules. */

import { object } from './example-manifests.ts';

export interface ExampleIngress {
  readonly host?: string;
  /** In flow style, without the backend. */
  readonly path?: string;
  /** In flow style. */
  readonly port?: string;
  /** More lines of `spec`. */
  readonly spec?: readonly string[];
}

/** An Ingress with one path to a Service. */
export function ingress(name: string, service: string, of: ExampleIngress = {}): string {
  return object('networking.k8s.io/v1', 'Ingress', name, [
    'spec:',
    ...(of.spec ?? []).map((line) => `  ${line}`),
    '  rules:',
    `    - host: ${of.host ?? 'shop.example.com'}`,
    '      http:',
    '        paths:',
    `          - ${of.path ?? 'path: /'}`.replace(/$/, ''),
    ...(of.path?.includes('pathType') ? [] : ['            pathType: Prefix']),
    `            backend: {service: {name: ${service}, port: ${of.port ?? '{number: 80}'}}}`,
  ]);
}

/** Ingresses for the examples of rules. */

import { object } from './example-manifests.ts';

export interface ExampleIngress {
  readonly host?: string;
  readonly path?: string;
  readonly pathType?: string;
  /** In flow style. */
  readonly port?: string;
  /** In flow style, without the prefix of ingress-nginx; the class is nginx then. */
  readonly nginx?: Readonly<Record<string, string>>;
  /** More lines of `spec`. */
  readonly spec?: readonly string[];
}

/** An Ingress with one path to a Service. */
export function ingress(name: string, service: string, of: ExampleIngress = {}): string {
  const lines = [
    'spec:',
    ...(of.nginx === undefined ? [] : ['  ingressClassName: nginx']),
    ...(of.spec ?? []).map((line) => `  ${line}`),
    '  rules:',
    `    - host: ${of.host ?? 'shop.example.com'}`,
    '      http:',
    '        paths:',
    `          - path: ${of.path ?? '/'}`,
    `            pathType: ${of.pathType ?? 'Prefix'}`,
    `            backend: {service: {name: ${service}, port: ${of.port ?? '{number: 80}'}}}`,
  ];
  const text = object('networking.k8s.io/v1', 'Ingress', name, lines);
  const annotations = Object.entries(of.nginx ?? {}).map(
    ([key, value]) => `nginx.ingress.kubernetes.io/${key}: ${JSON.stringify(value)}`,
  );
  if (annotations.length === 0) return text;
  return text.replace(`{name: ${name}}`, `{name: ${name}, annotations: {${annotations.join(', ')}}}`);
}

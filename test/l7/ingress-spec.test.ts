/** What the Ingress API promises of default backends (kubernetes/website:content/en/docs/concepts/services-networking/ingress.md). */

import { expect, test } from 'vitest';
import { backendName } from '../../src/index.ts';
import { askTable, tableOfController } from './ingress-world.ts';

const service = (name: string) => [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port: 80 }] },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: { containers: [{ name: 'c' }] },
  },
];
const to = (name: string) => ({ service: { name, port: { number: 80 } } });
const ingress = (name: string, spec: object) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name },
  spec: { ingressClassName: 'any', ...spec },
});

test.each([
  ['http://named.example/x', 'default/b:80'],
  ['http://bare.example/x', 'default/b:80'],
  ['http://bare.example/a', 'default/b:80'],
  ['http://other.example/x', 'default/a:80'],
])('%s gets the default backend of the Ingress that has the host: %s', (url, backend) => {
  const table = tableOfController('spec', [
    ...['a', 'b', 'c'].flatMap(service),
    ingress('all', { defaultBackend: to('a') }),
    ingress('own', {
      defaultBackend: to('b'),
      rules: [
        { host: 'bare.example' },
        {
          host: 'named.example',
          http: { paths: [{ path: '/a', pathType: 'Prefix', backend: to('c') }] },
        },
      ],
    }),
  ]);
  const routing = askTable(table, url);
  expect(routing.backend === undefined ? undefined : backendName(routing.backend)).toBe(backend);
});

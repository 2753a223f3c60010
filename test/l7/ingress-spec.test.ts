/** What the Ingress API promises of default backends (kubernetes/website:content/en/docs/concepts/services-networking/ingress.md). */

import { expect, test } from 'vitest';
import { backendName } from '../../src/index.ts';
import { appOf, askTable, tableOfController } from './ingress-world.ts';

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
    ...['a', 'b', 'c'].flatMap(appOf),
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

test('in which form a path is compared is told where it matters', () => {
  const rules = [
    { host: 'h.example', http: { paths: [{ path: '/a', pathType: 'Prefix', backend: to('a') }] } },
  ];
  const table = tableOfController('spec', [...appOf('a'), ingress('x', { rules })]);
  const codes = (path: string) =>
    askTable(table, `http://h.example${path}`).unmodelled.map(({ code }) => code);
  expect(codes('/a/b')).toEqual([]);
  expect(codes('/b/../a')).toEqual(['unmodelled']);
  expect(codes('/%61')).toEqual(['unmodelled']);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backendName, type Routing, routeName } from '../../src/index.ts';
import { normalisePath } from '../../src/l7/controllers/ingress-nginx/uri.ts';
import { askTable, tableOfController } from './ingress-world.ts';

interface Rule {
  readonly host?: string;
  readonly path: string;
  readonly pathType?: string;
  readonly service: string;
}

const SERVICES = ['a', 'b', 'c'].flatMap((name) => [
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
]);

function ingress(
  name: string,
  rules: readonly Rule[],
  annotations: Readonly<Record<string, string>> = {},
): object {
  const prefixed = Object.entries(annotations).map(([key, value]) => [
    `nginx.ingress.kubernetes.io/${key}`,
    value,
  ]);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, annotations: Object.fromEntries(prefixed) },
    spec: {
      ingressClassName: 'nginx',
      rules: rules.map(({ host, path, pathType = 'Prefix', service }) => ({
        ...(host === undefined ? {} : { host }),
        http: { paths: [{ path, pathType, backend: { service: { name: service, port: { number: 80 } } } }] },
      })),
    },
  };
}

const tableOf = (...ingresses: readonly object[]) =>
  tableOfController('ingress-nginx', [...SERVICES, ...ingresses]);
const ask = askTable;
const backendOf = ({ backend }: Routing) => (backend === undefined ? undefined : backendName(backend));

describe('normalised paths (nginx ngx_http_parse_complex_uri)', () => {
  test.each([
    ['/a//b', '/a/b'],
    ['/a/./b/../c', '/a/c'],
    ['/a/b/..', '/a/'],
    ['/a/.', '/a/'],
    ['/a%2Fb', '/a/b'],
    ['/%61', '/a'],
    ['/a%20b', '/a b'],
    ['/a#b', '/a'],
    ['/', '/'],
  ])('%s is %s', (path, expected) => expect(normalisePath(path)).toBe(expected));
  test.each(['/..', '/a/../../b', '/%', '/%zz', '/%00', '/%2e%2e'])('%s is refused', (path) =>
    expect(normalisePath(path)).toBeUndefined(),
  );
});

describe('a rewrite on an ordinary path', () => {
  const table = tableOf(
    ingress('app', [{ host: 'h', path: '/foo', service: 'a' }], { 'rewrite-target': '/' }),
  );

  test('loses what comes after it', () => {
    expect(ask(table, 'http://h/foo/bar?q=1')).toMatchObject({ status: 200, rewrittenPath: '/?q=1' });
  });
  test('makes the path a regular expression: any case, and no boundary', () => {
    expect(ask(table, 'http://h/FOObar')).toMatchObject({ status: 200, rewrittenPath: '/' });
  });
  test('is of the whole host', () => expect(table.hosts.at(0)?.mode?.text).toContain('regular expressions'));
});

describe('regular expressions', () => {
  test('a hostile one is matched in linear time', () => {
    const table = tableOf(
      ingress('evil', [{ host: 'h', path: '/(a+)+$', pathType: 'ImplementationSpecific', service: 'a' }], {
        'use-regex': 'true',
      }),
    );
    expect(ask(table, `http://h/${'a'.repeat(5000)}b`).status).toBe(404);
  });
  test('what only PCRE has is said to be unmodelled', () => {
    const rule = { host: 'h', path: '/(?=x)\\1', pathType: 'ImplementationSpecific', service: 'a' };
    const table = tableOf(ingress('pcre', [rule], { 'use-regex': 'true' }));
    expect(ask(table, 'http://h/x').unmodelled).toMatchObject([{ code: 'unmodelled' }]);
  });
});

describe('losers', () => {
  const table = tableOf(
    ingress('first', [
      { host: 'h.example', path: '/', service: 'a' },
      { host: 'h.example', path: '/api', service: 'b' },
    ]),
    ingress('second', [
      { host: 'h.example', path: '/api', service: 'c' },
      { host: '*.example', path: '/api', service: 'c' },
    ]),
  );
  test('each says which rule beats it', () => {
    const { route, losers } = ask(table, 'http://h.example/api/x');
    expect(route && routeName(route)).toBe('default/first h.example /api Prefix');
    expect(losers.map((loser) => [routeName(loser.route), loser.reason])).toEqual([
      ['default/first h.example / Prefix', '/api/ is longer'],
      [
        'default/second h.example /api Prefix',
        'another Ingress, taken first, has the same host, path and type',
      ],
      [
        'default/second *.example /api Prefix',
        'host h.example is the more specific one, and nothing falls through',
      ],
    ]);
  });
});

test('Prefix /p and /p/ on one host: nginx refuses the configuration', () => {
  const table = tableOf(
    ingress('twice', [
      { host: 'h', path: '/p', service: 'a' },
      { host: 'h', path: '/p/', service: 'b' },
    ]),
  );
  expect(table.refusals).toMatchObject([{ code: 'ingress-reload-fails' }]);
});

test('the order of rules in an Ingress changes nothing where host, path and type differ', () => {
  const rules: readonly Rule[] = [
    { host: 'h', path: '/', service: 'a' },
    { host: 'h', path: '/x', service: 'b' },
    { host: 'h', path: '/x', pathType: 'Exact', service: 'c' },
    { host: 'h', path: '/x/y', service: 'a' },
    { path: '/x', service: 'b' },
  ];
  const urls = ['http://h/', 'http://h/x', 'http://h/x/', 'http://h/xy', 'http://h/x/y/z', 'http://other/x'];
  const wanted = urls.map((url) => backendOf(ask(tableOf(ingress('i', rules)), url)));
  fc.assert(
    fc.property(fc.shuffledSubarray([...rules], { minLength: rules.length }), (shuffled) => {
      const table = tableOf(ingress('i', shuffled));
      expect(urls.map((url) => backendOf(ask(table, url)))).toEqual(wanted);
    }),
    { numRuns: 20 },
  );
});

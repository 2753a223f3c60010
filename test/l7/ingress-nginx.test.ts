import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backendName, type Routing, routeName } from '../../src/index.ts';
import { normalisePath } from '../../src/l7/controllers/ingress-nginx/uri.ts';
import { appOf, askTable, tableOfController } from './ingress-world.ts';

interface Rule {
  readonly host?: string;
  readonly path: string;
  readonly pathType?: string;
  readonly service: string;
}

const SERVICES = ['a', 'b', 'c'].flatMap(appOf);

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

describe('from-to-www-redirect (test/e2e/annotations/fromtowwwredirect.go)', () => {
  const to = [{ host: 'bar.example', path: '/', service: 'a' }];
  const table = tableOf(
    ingress('app', to, { 'from-to-www-redirect': 'true', 'server-alias': 'www.other.example' }),
    ingress('other', [{ host: 'other.example', path: '/', service: 'b' }], {
      'from-to-www-redirect': 'true',
    }),
  );

  test.each([
    ['http://www.bar.example/foo', 'http://bar.example:80/foo'],
    ['https://www.bar.example/', 'https://bar.example:443'],
    ['http://www.bar.example/foo/?q=1', 'http://bar.example:80/foo/?q=1'],
  ])('%s goes to %s', (url, redirect) => expect(ask(table, url)).toMatchObject({ status: 308, redirect }));

  test('the server that redirects has a name before an alias of another has it', () => {
    expect(ask(table, 'http://www.other.example/')).toMatchObject({
      status: 308,
      redirect: 'http://other.example:80',
    });
  });
});

describe('CORS (internal/ingress/controller/template/crossplane/cors.go)', () => {
  const from = (origins: string | undefined, headers: readonly (readonly [string, string])[]) => {
    const annotations = {
      'enable-cors': 'true',
      'permanent-redirect': 'https://new.example/',
      ...(origins === undefined ? {} : { 'cors-allow-origin': origins }),
    };
    const table = tableOf(ingress('app', [{ host: 'h', path: '/', service: 'a' }], annotations));
    return ask(table, 'http://h/x', { method: 'OPTIONS', headers }).status;
  };

  test.each([
    // The preflight block stands before the redirect.
    [undefined, undefined, 204],
    ['*', undefined, 204],
    ['https://a.example', 'https://a.example', 204],
    ['https://a.example', 'HTTPS://A.example', 204],
    ['https://a.example', 'https://b.example', 301],
    ['https://a.example', undefined, 301],
    ['https://*.a.example, https://b.example:8443', 'https://x.a.example', 204],
    ['https://*.a.example', 'https://x.y.a.example', 301],
    ['https://a.example', 'https://a.example.evil.example', 301],
    // An empty entry is an empty regular expression.
    ['https://a.example,', 'https://evil.example', 204],
    // The whole value is refused, so that every origin is allowed.
    ['https://a_b', 'https://c.example', 204],
  ])('cors-allow-origin %s, Origin %s: %s', (origins, origin, status) => {
    expect(from(origins, origin === undefined ? [] : [['Origin', origin]])).toBe(status);
  });
});

describe('rewrites that leave no path (nginx src/http/ngx_http_script.c)', () => {
  const rule = { host: 'h', path: '/api(.*)', pathType: 'ImplementationSpecific', service: 'none' };
  const table = tableOf(ingress('app', [rule], { 'rewrite-target': '$1' }));

  test('are answered with 500, before a missing backend is noticed', () => {
    expect(ask(table, 'http://h/api').status).toBe(500);
    expect(ask(table, 'http://h/api/x').status).toBe(503);
  });
});

describe('variables of nginx in annotations', () => {
  const rule = { host: 'h', path: '/v(.*)', pathType: 'ImplementationSpecific', service: 'a' };
  const routing = (annotations: Readonly<Record<string, string>>) =>
    ask(tableOf(ingress('app', [rule], annotations)), 'http://h:8080/v/$namespace/x');

  test('upstream-vhost names Service and namespace', () => {
    const vhost = { 'upstream-vhost': '$service_name.$namespace.svc.cluster.local', 'use-regex': 'true' };
    const { rewrittenHost, requestHeaders, unmodelled } = routing(vhost);
    expect([rewrittenHost, requestHeaders?.get('Host'), unmodelled]).toEqual([
      'a.default.svc.cluster.local',
      'a.default.svc.cluster.local',
      [],
    ]);
  });

  test('rewrite-target has them, what the client writes has none', () => {
    expect(routing({ 'rewrite-target': '/$host$1' }).rewrittenPath).toBe('/h/$namespace/x');
  });

  test('an unknown one is told', () => {
    const { rewrittenPath, unmodelled } = routing({ 'rewrite-target': '/$geoip_city/$1' });
    expect(rewrittenPath).toBe('/$geoip_city//$namespace/x');
    expect(unmodelled.map(({ code }) => code)).toEqual(['unmodelled']);
  });
});

describe('paths of the controller itself', () => {
  const named = ingress('named', [{ host: 'h', path: '/', service: 'a' }]);
  test.each([
    ['http://other/healthz', 200],
    ['http://other/healthz2', 200],
    ['http://other/nginx_status', 403],
    ['http://other/health', 404],
    // A server of its own has none of them.
    ['http://h/healthz', 200],
  ])('%s: %s', (url, status) => {
    const routing = ask(tableOf(named), url);
    expect(routing.status).toBe(status);
    expect(routing.backend === undefined).toBe(!url.startsWith('http://h/'));
  });

  test('an Ingress without a host can take them, and regular expressions hide them', () => {
    const exact = ingress('own', [{ path: '/healthz', pathType: 'Exact', service: 'b' }]);
    expect(backendOf(ask(tableOf(exact), 'http://other/healthz'))).toBe('default/b:80');
    expect(ask(tableOf(exact), 'http://other/healthz/x').status).toBe(200);
    const regex = ingress('own', [{ path: '/x', service: 'b' }], { 'use-regex': 'true' });
    expect(ask(tableOf(regex), 'http://other/healthz').status).toBe(404);
  });
});

describe('what an Ingress says for the whole of its host', () => {
  test('is told for paths of others too', () => {
    const table = tableOf(
      ingress('first', [{ host: 'h', path: '/a', service: 'a' }], { 'auth-tls-secret': 'default/ca' }),
      ingress('second', [{ host: 'h', path: '/b', service: 'b' }]),
      ingress('third', [{ host: 'i', path: '/b', service: 'b' }]),
    );
    const codes = (url: string) => ask(table, url).unmodelled.map(({ code }) => code);
    expect(codes('http://h/a')).toHaveLength(1);
    expect(codes('http://h/b')).toEqual(['unmodelled']);
    expect(codes('http://i/b')).toEqual([]);
  });
});

describe('server-alias as nginx reads server_name', () => {
  const table = tableOf(
    ingress('app', [{ host: 'h', path: '/', service: 'a' }], {
      'server-alias': '.dot.example,~^API\\d\\.example$,~^(?=x)y$',
    }),
  );
  test.each([
    ['dot.example', 200],
    ['a.b.dot.example', 200],
    ['xdot.example', 404],
    ['api1.example', 200],
    ['api.example', 404],
  ])('%s: %s', (host, status) => expect(ask(table, `http://${host}/`).status).toBe(status));

  test('a look-ahead is not modelled', () => {
    expect(table.findings.map(({ code }) => code)).toContain('unmodelled');
  });
});

test('canary-by-header with an underscore is the header with a dash', () => {
  const rules = (service: string) => [{ host: 'h', path: '/', service }];
  const table = tableOf(
    ingress('main', rules('a')),
    ingress('canary', rules('b'), { canary: 'true', 'canary-by-header': 'X_Canary' }),
  );
  const headers = [['X-Canary', 'always']] as const;
  expect(backendOf(ask(table, 'http://h/', { headers }))).toBe('default/b:80');
});

test('use-port-in-redirects writes the port of https', () => {
  const annotations = { 'force-ssl-redirect': 'true', 'use-port-in-redirects': 'true' };
  const table = tableOf(ingress('app', [{ host: 'h', path: '/', service: 'a' }], annotations));
  expect(ask(table, 'http://h:30080/x')).toMatchObject({ status: 308, redirect: 'https://h:443/x' });
});

describe('a path that no regular expression is (pcre2_compile of nginx -t)', () => {
  test.each([
    ['/a(b', 1],
    ['/a)b', 1],
    ['/[a', 1],
    ['/a|*', 1],
    ['/a\\', 1],
    // PCRE alone has these.
    ['/a++', 0],
    ['/(?=x)', 0],
    ['/(?>a)', 0],
    ['/(*FAIL)', 0],
    ['/a{2000}', 0],
    ['/(a|b)', 0],
  ])('%s on a host of regular expressions: %i refusal', (path, count) => {
    const rule = { host: 'h', path, pathType: 'ImplementationSpecific', service: 'a' };
    expect(tableOf(ingress('app', [rule], { 'use-regex': 'true' })).refusals).toHaveLength(count);
    expect(tableOf(ingress('app', [rule])).refusals).toHaveLength(0);
  });
});

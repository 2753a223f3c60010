/**
 * HTTP routing at a sidecar. Expected values follow istio/istio:pilot/pkg/networking/core/route/route.go, route_test.go,
 * httproute.go and sidecar_simulation_test.go; each test names the rule of docs/semantics/istio.md that it proves.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMeshRequest } from '../../../src/l7/istio/mesh-request.ts';
import { istio, meshOf, pod, service } from './mesh.ts';

const SERVICES = [
  service('shop', 'web'),
  service('shop', 'a'),
  service('shop', 'b'),
  pod('shop', 'web-v2', '{app: web, version: v2}'.slice(1, -1)),
].join('');

function vs(rules: string, hosts = '[web]', name = 'vs'): string {
  return istio('VirtualService', name, `{hosts: ${hosts}, http: ${rules}}`);
}

const to = (host: string, more = '') => `{destination: {host: ${host}${more}}}`;

describe('rules and their order', () => {
  test('7.1: the first rule that matches; entries of match are alternatives, fields of one all hold', () => {
    const { ask } = meshOf(
      SERVICES,
      vs(`[{match: [{uri: {prefix: /x}, headers: {k: {exact: '1'}}}, {uri: {exact: /y}}], route: [${to('a')}]},
           {route: [${to('b')}]}]`),
    );
    expect(ask('shop/client', 'http://web/x')).toBe('delivered 100% b:80 [b-0]');
    expect(ask('shop/client', 'http://web/x', { headers: { K: '1' } })).toBe('delivered 100% a:80 [a-0]');
    expect(ask('shop/client', 'http://web/y?z=/x')).toBe('delivered 100% a:80 [a-0]');
  });

  test('6.4: no rule matches: 404 and not the service; nothing for this client: the service', () => {
    const { ask } = meshOf(
      SERVICES,
      vs(`[{match: [{uri: {prefix: /api}}], route: [${to('a')}]}]`),
      vs(`[{match: [{sourceLabels: {app: batch}}], route: [${to('a')}]}]`, '[b]', 'filtered'),
    );
    expect(ask('shop/client', 'http://web/')).toBe('local-reply 404 NR');
    expect(ask('shop/client', 'http://b/')).toBe('delivered 100% b:80 [b-0]');
  });

  test('7.1: nothing behind a rule that asks nothing', () => {
    const { ask } = meshOf(
      SERVICES,
      vs(
        `[{match: [{uri: {prefix: /}}], route: [${to('a')}]}, {match: [{uri: {exact: /b}}], route: [${to('b')}]}]`,
      ),
    );
    expect(ask('shop/client', 'http://web/b')).toBe('delivered 100% a:80 [a-0]');
  });

  test('7.2: gateways in a condition take the place of source labels; port and namespace are settled before', () => {
    const { ask } = meshOf(
      SERVICES,
      vs(`[{match: [{gateways: [mesh], sourceLabels: {app: nobody}, uri: {exact: /g}}], route: [${to('a')}]},
           {match: [{port: 8081}], route: [${to('a')}]},
           {match: [{sourceNamespace: other}], route: [${to('b')}]},
           {route: [${to('web')}]}]`),
    );
    expect(ask('shop/client', 'http://web/g')).toBe('delivered 100% a:80 [a-0]');
    expect(ask('shop/client', 'http://web/')).toBe('delivered 100% web:80 [web-0 web-v2]');
    expect(ask('other/client', 'http://web.shop/')).toBe('delivered 100% b:80 [b-0]');
  });

  test('6.1: one VirtualService has a host, the oldest, then by name; an exact host goes before a star', () => {
    const aged = (name: string, host: string, year: number, target: string) =>
      istio(
        'VirtualService',
        name,
        `{hosts: ['${host}'], http: [{route: [${to(target)}]}]}`,
        `, creationTimestamp: '${year}-01-01T00:00:00Z'`,
      );
    const { ask } = meshOf(
      SERVICES,
      aged('young', 'web', 2021, 'a'),
      aged('old', 'web', 2019, 'b'),
      aged('wild', '*.shop.svc.cluster.local', 2018, 'a'),
    );
    expect(ask('shop/client', 'http://web/')).toBe('delivered 100% b:80 [b-0]');
    expect(ask('shop/client', 'http://b/')).toBe('delivered 100% a:80 [a-0]');
  });

  test('order of the documents changes nothing', () => {
    const documents = [
      vs(`[{route: [${to('a')}]}]`, '[web]', 'z'),
      vs(`[{route: [${to('b')}]}]`, '[web]', 'y'),
      vs(`[{route: [${to('b')}]}]`, "['*.shop.svc.cluster.local']", 'x'),
    ];
    const asked = ['http://web/', 'http://a/', 'http://web.shop.svc.cluster.local/'];
    const answers = (texts: readonly string[]) => {
      const { ask } = meshOf(SERVICES, ...texts);
      return asked.map((url) => ask('shop/client', url));
    };
    const expected = answers(documents);
    fc.assert(
      fc.property(fc.shuffledSubarray(documents, { minLength: 3 }), (texts) => {
        expect(answers(texts)).toEqual(expected);
      }),
      { numRuns: 6 },
    );
  });
});

describe('conditions', () => {
  const { ask } = meshOf(
    SERVICES,
    vs(`[{match: [{uri: {regex: '/v[0-9]+'}}], route: [${to('a')}]},
         {match: [{uri: {prefix: /CASE}, ignoreUriCase: true}], route: [${to('a')}]},
         {match: [{headers: {x-there: {}}}], route: [${to('a')}]},
         {match: [{withoutHeaders: {x-not: {exact: 'no'}}, uri: {prefix: /without}}], route: [${to('a')}]},
         {match: [{withoutHeaders: {x-absent: {}}, uri: {prefix: /absent}}], route: [${to('a')}]},
         {match: [{queryParams: {q: {regex: '[a-z]+'}}}], route: [${to('a')}]},
         {match: [{method: {exact: PUT}}], route: [${to('a')}]},
         {match: [{authority: {prefix: web.shop}}], route: [${to('a')}]},
         {route: [${to('b')}]}]`),
  );
  test.each([
    ['7.3: a regular expression matches the whole path', 'http://web/v1', {}, 'a'],
    ['7.3', 'http://web/v1/x', {}, 'b'],
    ['7.3: ignoreUriCase', 'http://web/case/x', {}, 'a'],
    ['7.4: an empty match is presence', 'http://web/', { headers: { 'X-There': '' } }, 'a'],
    ['7.5: a missing header is not the value', 'http://web/without', {}, 'a'],
    ['7.5: the value itself', 'http://web/without', { headers: { 'x-not': 'no' } }, 'b'],
    ['7.5: without presence', 'http://web/absent', {}, 'a'],
    ['7.5: without presence', 'http://web/absent', { headers: { 'x-absent': '1' } }, 'b'],
    ['7.6: a query parameter', 'http://web/?q=abc&q=1', {}, 'a'],
    ['7.6: a query parameter', 'http://web/?q=1', {}, 'b'],
    ['7.6: the method', 'http://web/', { method: 'PUT' }, 'a'],
    ['7.6: the authority, as it is sent', 'http://web.shop/', {}, 'a'],
  ] as const)('%s: %s', (_rule, url, options, expected) => {
    expect(ask('shop/client', url, options)).toBe(`delivered 100% ${expected}:80 [${expected}-0]`);
  });

  test('hostile expressions: read in linear time, or matching nothing', () => {
    const patterns = ['(a+)+$', '(?=x)', '(', 'a{1000}', '\\1', 'x'.repeat(9000)];
    for (const pattern of patterns) {
      const quoted = pattern.replace(/'/g, "''");
      const mesh = meshOf(
        SERVICES,
        vs(`[{match: [{uri: {regex: '${quoted}'}}], route: [${to('a')}]}, {route: [${to('b')}]}]`),
      );
      expect(mesh.ask('shop/client', `http://web/${'a'.repeat(40)}!`)).toBe('delivered 100% b:80 [b-0]');
    }
  });
});

describe('names', () => {
  test('2.1: a name with a dot is complete, and no service', () => {
    const { ask } = meshOf(SERVICES, vs(`[{route: [${to('a')}]}]`, '[web.shop]'));
    expect(ask('shop/client', 'http://web/')).toContain('web:80');
    // On port 80 it is a virtual host of its own, which takes that spelling.
    expect(ask('shop/client', 'http://web.shop/')).toContain('a:80');
  });

  test('2.5: the Host header decides, not the address that is dialled', () => {
    const { ask, snapshot } = meshOf(SERVICES, vs(`[{route: [${to('a')}]}]`));
    const b = snapshot.cluster.services.find(({ key }) => key === 'shop/b');
    expect(ask('shop/client', 'http://web/', { connectTo: `${b?.clusterIps[0]?.text}:80` })).toContain(
      'a:80',
    );
  });

  test('2.5: the bare name only in the namespace; a final dot, a port and capitals do not matter', () => {
    const { ask } = meshOf(SERVICES, vs(`[{route: [${to('a')}]}]`));
    const headers = (host: string) => ({ headers: { host } });
    expect(ask('other/client', 'http://web.shop/', headers('web'))).toBe('passthrough');
    for (const host of ['web.shop.svc.cluster.local.', 'WEB.shop:80', 'web.shop.svc']) {
      expect(ask('other/client', 'http://web.shop/', headers(host))).toContain('a:80');
    }
  });

  test('3: a TCP port has no use for HTTP rules; a port without a word is looked into', () => {
    const fault = `[{fault: {abort: {percentage: {value: 100}, httpStatus: 418}}, route: [${to('old')}]}]`;
    const { ask } = meshOf(
      service('shop', 'old', '{name: tcp-x, port: 8000}'),
      service('shop', 'some', '{name: some, port: 8000}'),
      vs(fault, '[old, some]'),
    );
    expect(ask('shop/client', 'http://old:8000/')).toBe('delivered 100% old:8000 [old-0]');
    expect(ask('shop/client', 'http://some:8000/')).toBe('local-reply 418 FI');
    expect(ask('shop/client', 'tcp://some:8000')).toBe('delivered 100% some:8000 [some-0]');
  });
});

describe('destinations', () => {
  const subsets = istio(
    'DestinationRule',
    'web',
    '{host: web, subsets: [{name: v2, labels: {version: v2}}, {name: none, labels: {version: none}}]}',
  );
  const split = vs(
    `[{route: [{destination: {host: web, subset: v2}, weight: 80}, {destination: {host: web, subset: v3}, weight: 20}]}]`,
  );

  test('8.6, 12: a subset that nobody defines has no cluster; one without pods has no endpoint', () => {
    expect(meshOf(SERVICES, split).ask('shop/client', 'http://web/')).toBe(
      'local-reply 503 NC 80% web/v2:80 [] 503 NC 20% web/v3:80 [] 503 NC',
    );
    expect(meshOf(SERVICES, split, subsets).ask('shop/client', 'http://web/')).toBe(
      'partial 80% web/v2:80 [web-v2] 20% web/v3:80 [] 503 NC',
    );
    const none = vs(`[{route: [${to('web', ', subset: none')}]}]`);
    expect(meshOf(SERVICES, none, subsets).ask('shop/client', 'http://web/')).toBe(
      'local-reply 503 UH 100% web/none:80 [] 503 UH',
    );
  });

  test('7.7: the weight of one destination is nothing; of several, zero gets nothing, and the rest is relative', () => {
    const weighted = (...weights: readonly number[]) =>
      vs(
        `[{route: [${weights.map((weight, index) => `{destination: {host: ${'ab'[index]}}, weight: ${weight}}`).join(', ')}]}]`,
      );
    const ask = (text: string) => meshOf(SERVICES, text).ask('shop/client', 'http://web/');
    expect(ask(weighted(0))).toBe('delivered 100% a:80 [a-0]');
    expect(ask(weighted(0, 7))).toBe('delivered 100% b:80 [b-0]');
    expect(ask(weighted(1, 3))).toBe('delivered 25% a:80 [a-0] 75% b:80 [b-0]');
  });

  test('7.7: no port: the only one of the service; several: that of the listener', () => {
    const { ask } = meshOf(
      SERVICES,
      service('shop', 'one', '{name: http, port: 9000, targetPort: 8080}'),
      service('shop', 'two', '{name: http, port: 9000}, {name: http-b, port: 9001}'),
      vs(`[{match: [{uri: {prefix: /one}}], route: [${to('one')}]}, {route: [${to('two')}]}]`),
    );
    expect(ask('shop/client', 'http://web/one')).toBe('delivered 100% one:9000 [one-0]');
    expect(ask('shop/client', 'http://web/')).toBe('local-reply 503 NC 100% two:80 [] 503 NC');
  });

  test('8.1 to 8.3: the rules of one namespace: the client’s hides the service’s, and subsets with it', () => {
    const own = istio(
      'DestinationRule',
      'other/mine',
      '{host: web.shop.svc.cluster.local, trafficPolicy: {}}',
    );
    const { ask, outcome } = meshOf(SERVICES, subsets, own, vs(`[{route: [${to('web', ', subset: v2')}]}]`));
    expect(ask('shop/client', 'http://web/')).toBe('delivered 100% web/v2:80 [web-v2]');
    expect(ask('other/client', 'http://web.shop/')).toBe('local-reply 503 NC 100% web/v2:80 [] 503 NC');
    expect(outcome('other/client', 'http://web.shop/').branches[0]?.rule?.object.metadata.name).toBe('mine');
  });

  test('8.4: rules of one host are one: the first definition of a subset counts', () => {
    const second = istio(
      'DestinationRule',
      'web-b',
      '{host: web, subsets: [{name: v2, labels: {version: x}}, {name: all, labels: {}}]}',
    );
    const rule = vs(
      `[{match: [{uri: {exact: /all}}], route: [${to('web', ', subset: all')}]}, {route: [${to('web', ', subset: v2')}]}]`,
    );
    const { ask } = meshOf(SERVICES, subsets, second, rule);
    expect(ask('shop/client', 'http://web/all')).toBe('delivered 100% web/all:80 [web-0 web-v2]');
    expect(ask('shop/client', 'http://web/')).toBe('delivered 100% web/v2:80 [web-v2]');
  });
});

describe('actions', () => {
  const { outcome } = meshOf(
    SERVICES,
    vs(`[{match: [{uri: {prefix: /p/}}], rewrite: {uri: /}, route: [${to('a')}]},
         {match: [{uri: {regex: '/r/.*'}}], rewrite: {uriRegexRewrite: {match: '/r/(.)(.*)', rewrite: '/\\2-\\1'}}, route: [${to('a')}]},
         {match: [{uri: {exact: /host}}], rewrite: {authority: new.example}, route: [${to('a')}]},
         {match: [{uri: {exact: /r1}}], redirect: {uri: /new}},
         {match: [{uri: {exact: /r2}}], redirect: {scheme: https, redirectCode: 307}},
         {match: [{uri: {exact: /r3}}], redirect: {authority: h.example, port: 8080}},
         {match: [{uri: {exact: /d}}], directResponse: {status: 418, body: {string: short}}},
         {match: [{uri: {exact: /f}}], fault: {abort: {percentage: {value: 10}, httpStatus: 500}}, route: [${to('a')}]},
         {rewrite: {uri: /v1}, timeout: 0s, route: [${to('a')}]}]`),
  );
  const at = (path: string) => outcome('shop/client', `http://web:80${path}`);

  test('7.8: the matched prefix is replaced; without a condition it is the slash', () => {
    expect(at('/p/x?q=/p/').rewrite).toEqual({ path: '/x?q=/p/' });
    expect(at('/cat').rewrite).toEqual({ path: '/v1cat' });
    expect(at('/r/abc').rewrite).toEqual({ path: '/bc-a' });
    expect(at('/host').rewrite).toEqual({ authority: 'new.example' });
  });

  test('7.4: a header that is sent twice is one with a comma', () => {
    const rules = vs(`[{match: [{headers: {k: {exact: '1,2'}}}], route: [${to('a')}]}]`);
    const pairs = [
      ['k', '1'],
      ['K', '2'],
    ] as const;
    const headers = Object.fromEntries(parseMeshRequest('http://web/', { headers: pairs })?.headers ?? []);
    expect(headers).toEqual({ k: '1,2' });
    expect(meshOf(SERVICES, rules).ask('shop/client', 'http://web/', { headers })).toBe(
      'delivered 100% a:80 [a-0]',
    );
  });

  // Asked of Envoy 1.40.0 (docs/semantics/oracles.md).
  test('7.8: headers of a destination alone are in one list with the rule, of several in their own', () => {
    const rule = '{request: {set: {h-1: r}, add: {h-2: r}}}';
    const own = '{request: {set: {h-1: d}, add: {h-2: d, host: d.example}, remove: [h-1, h-3]}}';
    const headers = (route: string) => {
      const { outcome } = meshOf(SERVICES, vs(`[{headers: ${rule}, route: ${route}}]`));
      const [branch] = outcome('shop/client', 'http://web/', {
        headers: { 'h-1': '0', 'h-2': '0', 'h-3': '0' },
      }).branches;
      return { host: branch?.sent?.authority, ...Object.fromEntries(branch?.sent?.headers ?? []) };
    };
    const destination = `{destination: {host: a}, weight: 1, headers: ${own}}`;
    expect(headers(`[${destination}]`)).toEqual({ host: 'd.example', 'h-1': 'd', 'h-2': '0,r,d' });
    const two = `[${destination}, {destination: {host: b}, weight: 1}]`;
    expect(headers(two)).toEqual({ host: 'd.example', 'h-1': 'r', 'h-2': '0,d,r' });
  });

  test('7.15: paths are normalized before rules see them, as the mesh says', () => {
    const rules = vs(
      `[{match: [{uri: {prefix: /admin}}], directResponse: {status: 403}}, {route: [${to('a')}]}]`,
    );
    const { ask, outcome } = meshOf(SERVICES, rules);
    expect(ask('shop/client', 'http://web/x/../admin')).toBe('local-reply 403');
    expect(ask('shop/client', 'http://web/%61dmin')).toBe('local-reply 403');
    expect(outcome('shop/client', 'http://web/%61dmin').reason).toContain('the path is read as /admin');
    expect(outcome('shop/client', 'http://web/x/../y?q=..').rewrite).toEqual({ path: '/y?q=..' });
    expect(ask('shop/client', 'http://web/a%00')).toBe('local-reply 400');
    const settings = `
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: 'pathNormalization: {normalization: NONE}'}
`;
    expect(meshOf(SERVICES, rules, settings).ask('shop/client', 'http://web/x/../admin')).toBe(
      'delivered 100% a:80 [a-0]',
    );
  });

  test('7.9: redirects: the port of the old scheme goes', () => {
    expect(at('/r1?a=b').redirect).toEqual({ code: 301, location: 'http://web:80/new?a=b' });
    expect(at('/r2').redirect).toEqual({ code: 307, location: 'https://web/r2' });
    expect(at('/r3').redirect).toEqual({ code: 301, location: 'http://h.example:8080/r3' });
  });

  test('7.10, 12: answers of the proxy itself, and faults for some', () => {
    expect(at('/d')).toMatchObject({ result: 'local-reply', status: 418, body: 'short' });
    expect(at('/f')).toMatchObject({ result: 'partial', fault: { abort: { percent: 10, httpStatus: 500 } } });
  });

  test('7.11: no timeout but a default of retries', () => {
    expect(at('/').timeout).toBeUndefined();
    expect(at('/').retries).toEqual({
      attempts: 2,
      retryOn: 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes',
    });
  });
});

describe('delegates', () => {
  const root = (rules: string) => vs(rules, '[web]', 'root');
  const leaf = istio(
    'VirtualService',
    'other/leaf',
    `{exportTo: ['*'], http: [{match: [{uri: {prefix: /api/v1}}], route: [{destination: {host: a.shop.svc.cluster.local}}]},
      {match: [{uri: {prefix: /elsewhere}}], route: [{destination: {host: a.shop.svc.cluster.local}}]},
      {route: [{destination: {host: b.shop.svc.cluster.local}}]}]}`,
  );
  const delegating = `{match: [{uri: {prefix: /api}}], delegate: {name: leaf, namespace: other}}`;

  test('6.6 to 6.8: conditions are joined, what contradicts is left out, the rest of the root stands', () => {
    const { ask, mesh } = meshOf(SERVICES, root(`[${delegating}, {route: [${to('web')}]}]`), leaf);
    expect(ask('shop/client', 'http://web/api/v1/x')).toContain('a:80');
    expect(ask('shop/client', 'http://web/api/')).toContain('b:80');
    expect(ask('shop/client', 'http://web/elsewhere')).toContain('web:80');
    expect(mesh.mesh.problems.map(({ code, text }) => `${code}: ${text}`)).toEqual([
      'istio-delegate: contradicts the conditions of http[0] of its root, and is left out',
    ]);
  });

  test('missing, hidden, or one another: the rule is gone, nothing hangs', () => {
    const hidden = leaf.replace("'*'", '.');
    const loop =
      istio('VirtualService', 'x', '{http: [{delegate: {name: y}}]}') +
      istio('VirtualService', 'y', '{http: [{delegate: {name: x}}]}');
    for (const text of ['', hidden, loop]) {
      const { ask } = meshOf(
        SERVICES,
        root(
          `[${delegating}, {match: [{uri: {prefix: /loop}}], delegate: {name: x}}, {route: [${to('web')}]}]`,
        ),
        text,
      );
      expect(ask('shop/client', 'http://web/api/v1')).toContain('web:80');
      expect(ask('shop/client', 'http://web/loop')).toContain('web:80');
    }
  });
});

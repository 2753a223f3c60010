/** What the Gateway API promises of every set of routes. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type GatewayRouting,
  gatewayApi,
  loadSnapshot,
  parseGatewayRequest,
  ruleName,
} from '../../src/index.ts';

const GATEWAY = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { name: 'edge', namespace: 'demo' },
  spec: {
    gatewayClassName: 'example',
    listeners: [
      { name: 'every', port: 80, protocol: 'HTTP' },
      { name: 'wild', port: 80, protocol: 'HTTP', hostname: '*.example' },
    ],
  },
};
const FIXED = [
  GATEWAY,
  { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GatewayClass', metadata: { name: 'example' } },
  ...['a', 'b'].flatMap((name) => [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'demo' },
      spec: { selector: { app: name }, ports: [{ port: 80 }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'demo', labels: { app: name } },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    },
  ]),
];

const HOSTS = ['a.example', '*.example', '*.b.example', 'x.org'];
const PATHS = ['/', '/a', '/a/b', '/b'];

const match = fc.record(
  {
    path: fc.record({ type: fc.constantFrom('Exact', 'PathPrefix'), value: fc.constantFrom(...PATHS) }),
    method: fc.constantFrom('GET', 'POST'),
    headers: fc.constantFrom([{ name: 'x', value: '1' }], [{ name: 'X', value: '2' }]),
  },
  { requiredKeys: ['path'] },
);
const rule = fc.record(
  {
    matches: fc.array(match, { minLength: 1, maxLength: 3 }),
    backendRefs: fc.constantFrom(
      [{ name: 'a', port: 80 }],
      [{ name: 'b', port: 80 }],
      [{ name: 'gone', port: 80 }],
    ),
  },
  { requiredKeys: ['backendRefs'] },
);
const route = fc.record(
  {
    hostnames: fc.uniqueArray(fc.constantFrom(...HOSTS), { minLength: 1, maxLength: 2 }),
    rules: fc.array(rule, { minLength: 1, maxLength: 3 }),
    created: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
  },
  { requiredKeys: ['rules'] },
);
const routes = fc.array(route, { minLength: 1, maxLength: 5 });
const request = fc.record({
  host: fc.constantFrom('a.example', 'x.b.example', 'x.org', 'other.net'),
  path: fc.constantFrom('/', '/a', '/a/', '/a/b', '/ab', '/c'),
  method: fc.constantFrom('GET', 'POST'),
  header: fc.constantFrom(undefined, '1', '2'),
});

type Written = Parameters<Parameters<typeof route.map>[0]>[0];
type Asked = Parameters<Parameters<typeof request.map>[0]>[0];

function objectsOf(list: readonly Written[]): object[] {
  return list.map(({ hostnames, rules, created }, index) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: {
      name: `r${index}`,
      namespace: 'demo',
      ...(created === undefined ? {} : { creationTimestamp: created }),
    },
    spec: { parentRefs: [{ name: 'edge' }], ...(hostnames === undefined ? {} : { hostnames }), rules },
  }));
}

function ask(items: readonly object[], { host, path, method, header }: Asked): GatewayRouting {
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const snapshot = loadSnapshot({ files: [{ name: 'w.json', text }], profile: { flags: { set: [] } } });
  const parsed = parseGatewayRequest(`http://${host}${path}`, {
    method,
    headers: header === undefined ? [] : [['x', header]],
  });
  const table = gatewayApi(snapshot.control).gateway('demo/edge');
  if (parsed === undefined || table === undefined) throw new Error('a request at a Gateway');
  return table.route(parsed);
}

/** What a client and a backend see. */
function seen({ status, rule: winner, backend, losers }: GatewayRouting): unknown {
  return [
    status,
    winner && ruleName(winner),
    backend?.service,
    losers.map(({ route: { rule: each } }) => ruleName(each)),
  ];
}

describe('routes', () => {
  // gateway_types.go AllowedRoutes: age and name decide, not where an object stands.
  test('the order of the objects changes nothing', () => {
    fc.assert(
      fc.property(routes, request, fc.nat(), (list, asked, seed) => {
        const objects = [...FIXED, ...objectsOf(list)];
        const turned = objects.map((_, index) => objects[(index + seed) % objects.length] ?? {});
        expect(seen(ask(turned, asked))).toEqual(seen(ask(objects, asked)));
        expect(seen(ask([...objects].reverse(), asked))).toEqual(seen(ask(objects, asked)));
      }),
      { numRuns: 60 },
    );
  });

  test('the winner is one rule, and beats each loser for a reason', () => {
    fc.assert(
      fc.property(routes, request, (list, asked) => {
        const { rule: winner, losers, status } = ask([...FIXED, ...objectsOf(list)], asked);
        if (winner === undefined) {
          expect(status).toBe(404);
          expect(losers).toEqual([]);
          return;
        }
        const names = losers.map(({ route: { rule: each } }) => ruleName(each));
        expect(new Set([ruleName(winner), ...names]).size).toBe(names.length + 1);
        for (const { beatenBy, reason } of losers) {
          expect(beatenBy?.rule).toBe(winner);
          expect(reason).not.toBe('');
        }
      }),
      { numRuns: 60 },
    );
  });

  test('a rule that repeats an older one never wins', () => {
    fc.assert(
      fc.property(route, request, (written, asked) => {
        const first = { ...written, created: '2026-01-01T00:00:00Z' as const };
        const again = { ...written, created: '2026-01-02T00:00:00Z' as const };
        const { rule: winner } = ask([...FIXED, ...objectsOf([first, again])], asked);
        expect(winner?.route.metadata.name).not.toBe('r1');
      }),
      { numRuns: 60 },
    );
  });

  test('without the winner another rule that matched wins, the first of the losers', () => {
    fc.assert(
      fc.property(routes, request, (list, asked) => {
        const { rule: winner, losers } = ask([...FIXED, ...objectsOf(list)], asked);
        if (winner === undefined) return;
        const index = Number(winner.route.metadata.name.slice(1));
        const without = objectsOf(list).filter((_, at) => at !== index);
        const next = losers.find(({ route: each }) => each.rule.route !== winner.route);
        const { rule: second } = ask([...FIXED, ...without], asked);
        expect(second && ruleName(second)).toBe(next && ruleName(next.route.rule));
      }),
      { numRuns: 60 },
    );
  });
});

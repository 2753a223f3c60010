/** What holds of every set of Ingresses, whichever controller serves them. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  backendName,
  ingressTables,
  loadSnapshot,
  parseRequest,
  type Routing,
  routeName,
} from '../../src/index.ts';

const CONTROLLERS = ['spec', 'ingress-nginx', 'traefik', 'aws-alb'] as const;
type ControllerName = (typeof CONTROLLERS)[number];

const SERVICES = ['a', 'b', 'c'];
const FIXED = SERVICES.flatMap((name) => [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'demo' },
    spec: { type: 'NodePort', selector: { app: name }, ports: [{ port: 80 }] },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'demo', labels: { app: name } },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  },
]);

const path = fc.record({
  path: fc.constantFrom('/', '/a', '/a/', '/a/b', '/ab', '/b'),
  pathType: fc.constantFrom('Exact', 'Prefix'),
  service: fc.constantFrom(...SERVICES, 'gone'),
});
const rule = fc.record({
  host: fc.constantFrom('', 'a.example.com', '*.example.com', 'x.org'),
  paths: fc.array(path, { minLength: 1, maxLength: 3 }),
});
const ingresses = fc.array(fc.array(rule, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 4 });
const request = fc.record({
  host: fc.constantFrom('a.example.com', 'b.example.com', 'a.b.example.com', 'x.org', 'other.net'),
  path: fc.constantFrom('/', '/a', '/a/', '/a/b', '/a/b/c', '/ab', '/c'),
});

type Written = Parameters<Parameters<typeof ingresses.map>[0]>[0];
type Asked = Parameters<Parameters<typeof request.map>[0]>[0];

/** One second older each: no two are of one age. */
function objectsOf(list: Written): readonly object[] {
  return list.map((rules, index) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: `i${index}`, namespace: 'demo', creationTimestamp: `2026-01-01T00:00:0${index}Z` },
    spec: {
      ingressClassName: 'it',
      rules: rules.map(({ host, paths }) => ({
        ...(host === '' ? {} : { host }),
        http: {
          paths: paths.map(({ path: written, pathType, service }) => ({
            path: written,
            pathType,
            backend: { service: { name: service, port: { number: 80 } } },
          })),
        },
      })),
    },
  }));
}

const NAMES: Readonly<Record<ControllerName, string>> = {
  spec: 'example.com/it',
  'ingress-nginx': 'k8s.io/ingress-nginx',
  traefik: 'traefik.io/ingress-controller',
  'aws-alb': 'ingress.k8s.aws/alb',
};

function ask(controller: ControllerName, objects: readonly object[], { host, path: at }: Asked): Routing {
  const ofClass = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'it' },
    spec: { controller: NAMES[controller] },
  };
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [ofClass, ...FIXED, ...objects] });
  const snapshot = loadSnapshot({ files: [{ name: 'w.json', text }], profile: { flags: { set: [] } } });
  const table = ingressTables(snapshot.control, controller).tables.find(
    (each) => each.controller === controller,
  );
  const parsed = parseRequest(`http://${host}${at}`);
  if (parsed === undefined || table === undefined) throw new Error('a request at a controller');
  return table.route(parsed);
}

/** What a client and a backend see. */
function seen({ status, redirect, backend }: Routing): unknown {
  return [status, redirect, backend === undefined ? undefined : backendName(backend)];
}

/** The answer itself says that nothing decides between several. */
function isOpen({ losers, unmodelled }: Routing): boolean {
  return unmodelled.length > 0 || losers.some(({ reason }) => /does not say who wins/.test(reason));
}

describe.each(CONTROLLERS)('%s', (controller) => {
  test('the order of the objects changes nothing, unless the answer says that nothing decides', () => {
    fc.assert(
      fc.property(ingresses, request, (list, asked) => {
        const objects = objectsOf(list);
        const routing = ask(controller, objects, asked);
        fc.pre(!isOpen(routing));
        expect(seen(ask(controller, objects.toReversed(), asked))).toEqual(seen(routing));
      }),
      { numRuns: 60 },
    );
  });

  test('the winner is one rule, and each loser matches and has a reason', () => {
    fc.assert(
      fc.property(ingresses, request, (list, asked) => {
        const { route, losers } = ask(controller, objectsOf(list), asked);
        for (const loser of losers) {
          expect(loser.route).not.toBe(route);
          expect(loser.reason).not.toBe('');
          expect(losers.filter((each) => each.route === loser.route)).toHaveLength(1);
        }
        if (route === undefined) expect(losers.every(({ beatenBy }) => beatenBy === undefined)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('a rule that repeats an older one never wins', () => {
    fc.assert(
      fc.property(ingresses, request, (list, asked) => {
        // With the same backend that is there Traefik has two routers alike: either answers.
        const first = list[0] ?? [];
        fc.pre(first.every(({ paths }) => paths.every(({ service }) => service !== 'gone')));
        const repeated = [...list, first];
        const { route } = ask(controller, objectsOf(repeated), asked);
        expect(route?.ingress.metadata.name).not.toBe(`i${list.length}`);
      }),
      { numRuns: 60 },
    );
  });
});

// The others have hosts that another server or load balancer answers: its rules are no losers.
test.each(['spec', 'traefik'] as const)(
  '%s: without the Ingress that wins, a loser of before wins',
  (controller) => {
    fc.assert(
      fc.property(ingresses, request, (list, asked) => {
        const objects = objectsOf(list);
        const { route, losers } = ask(controller, objects, asked);
        fc.pre(route !== undefined);
        const own = Number(route?.ingress.metadata.name.slice(1));
        const next = ask(
          controller,
          objects.filter((_, index) => index !== own),
          asked,
        );
        const known = losers.map((loser) => routeName(loser.route));
        if (next.route !== undefined) expect(known).toContain(routeName(next.route));
      }),
      { numRuns: 60 },
    );
  },
);

test('every winner of the API matches the request by its host and path', () => {
  const matchesHost = (host: string, asked: string) =>
    host === '*' ||
    host === asked ||
    (host.startsWith('*.') && asked.slice(asked.indexOf('.')) === host.slice(1));
  const matchesPath = (of: { path: string; pathType?: string | undefined }, asked: string) => {
    const bare = of.path.replace(/(.)\/$/, '$1');
    if (of.pathType === 'Exact') return of.path === asked;
    return bare === '/' || asked === bare || asked.startsWith(`${bare}/`);
  };
  fc.assert(
    fc.property(ingresses, request, (list, asked) => {
      const { route } = ask('spec', objectsOf(list), asked);
      fc.pre(route !== undefined);
      expect(matchesHost(route?.host ?? '', asked.host)).toBe(true);
      expect(matchesPath(route ?? { path: '' }, asked.path)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

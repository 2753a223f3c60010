/**
 * A real nginx as the judge of our ingress-nginx: the locations that the routing table holds are its configuration, and
 * generated requests must end in the same location, with the same URI at the backend.
 */

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ingressTables, loadSnapshot, parseRequest, type RouteTable } from '../../src/index.ts';
import { type Answer, type RunningNginx, startNginx, whyNoNginx } from './nginx.ts';

const reason = whyNoNginx();
test('nginx can be asked', (context) => context.skip(reason !== undefined, reason));

const SEED = Number(process.env['K8SNET_KERNEL_SEED'] ?? 1);
const CLUSTERS = 80;

const HOSTS = ['a.example', '*.wild.example', ''];
const PATHS = ['/', '/a', '/a/', '/a/b', '/A', '/ab', '/a.b', '/b/c/d', '/zz'];
const PATTERNS = ['/a(/|$)(.*)', '/b/[0-9]+', '/(x|y)/(.*)', '/a/?(.*)', '/c'];
const URIS = [
  '/',
  '/a',
  '/a/',
  '/a/b',
  '/a/b/c',
  '/A',
  '/A/b',
  '/ab',
  '/a.b',
  '/axb',
  '/b/12',
  '/b/c/d/',
  '/x/y?q=1&r=2',
  '/zz/top',
  '//a',
  '/a//b',
  '/a/./b',
  '/a/../b/c/d',
  '/%61/b',
  '/a%2Fb',
  '/a%20b',
  '/..',
  '/a/..',
  '/../x',
  '/c/%C3%A9',
  '/a?/b',
  '/none',
];
const NAMES = [
  'a.example',
  'A.Example:8080',
  'x.wild.example',
  'x.y.wild.example',
  'wild.example',
  'other.example',
];

const path = fc.oneof(
  fc.record({
    path: fc.constantFrom(...PATHS),
    pathType: fc.constantFrom('Prefix', 'Exact', 'ImplementationSpecific'),
  }),
  fc.record({ path: fc.constantFrom(...PATTERNS), pathType: fc.constant('ImplementationSpecific') }),
);
const ingress = fc.record({
  host: fc.constantFrom(...HOSTS),
  rewrite: fc.constantFrom('', '', '', '/', '/$1', '/new/$2'),
  regex: fc.constantFrom('', '', 'true'),
  paths: fc.uniqueArray(path, { minLength: 1, maxLength: 4, selector: (each) => each.path }),
});
const cluster = fc.array(ingress, { minLength: 1, maxLength: 4 });

type Cluster = typeof cluster extends fc.Arbitrary<infer Value> ? Value : never;

function tableOf(ingresses: Cluster): RouteTable {
  const items: readonly object[] = [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', ports: [{ containerPort: 80 }] }] },
    },
    ...ingresses.map(ingressObject),
  ];
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const set = ['ingressController.name=ingress-nginx', 'ingressController.watchIngressWithoutClass=true'];
  const snapshot = loadSnapshot({ files: [{ name: 'cluster.json', text }], profile: { flags: { set } } });
  const [table] = ingressTables(snapshot.control).tables;
  if (table === undefined) throw new Error('a controller that is named has a table');
  return table;
}

function ingressObject({ host, rewrite, regex, paths }: Cluster[number], index: number): object {
  const prefix = 'nginx.ingress.kubernetes.io';
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name: `ingress-${index}`,
      annotations: {
        ...(rewrite === '' ? {} : { [`${prefix}/rewrite-target`]: rewrite }),
        ...(regex === '' ? {} : { [`${prefix}/use-regex`]: regex }),
      },
    },
    spec: {
      rules: [
        {
          ...(host === '' ? {} : { host }),
          http: {
            paths: paths.map((each) => ({
              ...each,
              backend: { service: { name: 'web', port: { number: 80 } } },
            })),
          },
        },
      ],
    },
  };
}

/** Our answer, in the words of nginx: the entry by its number in its host. */
function ourAnswer(table: RouteTable, host: string, uri: string): Answer {
  const request = parseRequest(`http://${host}${uri}`);
  if (request === undefined) throw new Error('no request');
  const routing = table.route(request);
  const { status, route, redirect } = routing;
  if (status !== 200) return { status, ...(redirect === undefined ? {} : { location: redirect }) };
  const own = table.hosts.find(({ entries }) => entries.some((entry) => entry.route === route));
  const entries = own?.entries.flatMap((entry, index) => (entry.route === route ? [index] : [])) ?? [];
  const sent = routing.rewrittenPath ?? routing.upstreamPath ?? uri;
  return { status, entry: entries[0] ?? -1, uri: sent };
}

describe.runIf(reason === undefined)('generated Ingresses', () => {
  const tables = fc.sample(cluster, { seed: SEED, numRuns: CLUSTERS }).map(tableOf);
  const good = tables.filter(({ refusals }) => refusals.length === 0);
  let nginx: RunningNginx;

  beforeAll(async () => {
    nginx = await startNginx(good);
  });
  afterAll(() => nginx?.stop());

  test(`${good.length} clusters: every request ends in the same location with the same URI`, async () => {
    const differences: string[] = [];
    let asked = 0;
    for (const [index, table] of good.entries()) {
      const pairs = fc.sample(fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...URIS)), {
        seed: SEED + index,
        numRuns: 12,
      });
      for (const [host, uri] of pairs) {
        const [theirs, ours] = [await nginx.ask(index, { host, uri }), ourAnswer(table, host, uri)];
        asked += 1;
        const rules = [theirs, ours].map((answer) => describeAnswer(table, host, answer));
        if (rules[0] !== rules[1])
          differences.push(`${index} ${host}${uri}: nginx ${rules[0]}, we ${rules[1]}`);
      }
    }
    expect(differences).toEqual([]);
    expect(asked).toBeGreaterThan(400);
  });
});

function describeAnswer(table: RouteTable, host: string, { status, entry, uri, location }: Answer): string {
  const name = host.replace(/:.*/, '').toLowerCase();
  const server =
    table.hosts.find(({ names }) => names.includes(name)) ??
    table.hosts.find(
      ({ names }) => /^[\w-]+\.wild\.example$/.test(name) && names.includes('*.wild.example'),
    ) ??
    table.hosts.find(({ names }) => names.includes('*'));
  const route = entry === undefined ? undefined : server?.entries[entry]?.route;
  const rule = route === undefined ? '' : ` ${route.ingress.metadata.name} ${route.path} ${route.pathType}`;
  return `${status}${rule}${uri === undefined ? '' : ` ${uri}`}${location === undefined ? '' : ` ${location}`}`;
}

/** What holds of every trace through a mesh, whatever its rules are. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  istioMesh,
  loadSnapshot,
  parseMeshRequest,
  type Snapshot,
  type TraceAnswer,
  traceQuestion,
} from '../../src/index.ts';
import { addFractions, type Fraction, multiplyFractions, printFraction } from '../../src/net/fraction.ts';

const APPS = readFileSync('fixtures/trace/mesh/manifests/apps.yaml', 'utf8');
const ZERO: Fraction = { numerator: 0, denominator: 1 };

const destination = fc.record({
  destination: fc.record({ host: fc.constant('reviews'), subset: fc.constantFrom('v1', 'v2', 'none', '') }),
  weight: fc.integer({ min: 1, max: 5 }),
});
const route = fc.record(
  {
    route: fc.array(destination, { minLength: 1, maxLength: 3 }),
    fault: fc.record({
      abort: fc.record({
        httpStatus: fc.constantFrom(500, 418),
        percentage: fc.record({ value: fc.constantFrom(100, 25, 12.5) }),
      }),
    }),
    rewrite: fc.record({ uri: fc.constantFrom('/', '/x') }),
  },
  { requiredKeys: ['route'] },
);
const action = fc.oneof(
  { weight: 4, arbitrary: route },
  fc.record({ redirect: fc.record({ uri: fc.constant('/there') }) }),
  fc.record({ directResponse: fc.record({ status: fc.constantFrom(200, 503) }) }),
);
const rule = fc
  .tuple(fc.constantFrom('/', '/a', '/a/b'), action)
  .map(([prefix, rest]) => ({ match: [{ uri: { prefix } }], ...rest }));
const object = (apiVersion: string, kind: string, spec: unknown) => ({
  apiVersion: `${apiVersion}.istio.io/v1`,
  kind,
  metadata: { name: 'reviews', namespace: 'shop' },
  spec,
});
const objects = fc
  .record(
    {
      http: fc.array(rule, { minLength: 1, maxLength: 4 }),
      tls: fc.constantFrom('DISABLE', 'ISTIO_MUTUAL'),
      mtls: fc.constantFrom('STRICT', 'DISABLE', 'PERMISSIVE'),
      allowed: fc.constantFrom('/a', '/x', '/*'),
    },
    { requiredKeys: ['http'] },
  )
  .map(({ http, tls, mtls, allowed }) => [
    object('networking', 'VirtualService', { hosts: ['reviews'], http }),
    object('networking', 'DestinationRule', {
      host: 'reviews',
      subsets: ['v1', 'v2', 'none'].map((version) => ({ name: version, labels: { version } })).slice(0, 2),
      ...(tls === undefined ? {} : { trafficPolicy: { tls: { mode: tls } } }),
    }),
    ...(mtls === undefined ? [] : [object('security', 'PeerAuthentication', { mtls: { mode: mtls } })]),
    ...(allowed === undefined
      ? []
      : [
          object('security', 'AuthorizationPolicy', {
            selector: { matchLabels: { app: 'reviews' } },
            rules: [{ to: [{ operation: { paths: [allowed] } }] }],
          }),
        ]),
  ]);

function snapshotOf(extra: readonly unknown[]): Snapshot {
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: extra });
  const files = [
    { name: 'apps.yaml', text: APPS },
    { name: 'mesh.json', text },
  ];
  return loadSnapshot({ files, profile: { flags: { set: [], cni: 'flannel' } } });
}

/** Shares by what becomes of them: the pod that is reached, or the status and flag of an answer. */
type Fates = ReadonlyMap<string, string>;

function tally(parts: readonly (readonly [string, Fraction])[]): Fates {
  const sums = new Map<string, Fraction>();
  for (const [fate, share] of parts) sums.set(fate, addFractions(sums.get(fate) ?? ZERO, share));
  return new Map([...sums].sort().map(([fate, share]) => [fate, printFraction(share)]));
}

function traced({ paths }: TraceAnswer): Fates {
  return tally(
    paths.flatMap(({ weight, backends, disposition, l7 }) => {
      const [numerator = 0, denominator = 1] = weight.split('/').map(Number);
      if (disposition !== 'accepted') return [[`${l7?.status} ${l7?.flag}`, { numerator, denominator }]];
      const part = { numerator, denominator: denominator * backends.length };
      return backends.map((pod) => [pod, part] as const);
    }),
  );
}

/** What `explain virtualservice --url` rests on. */
function routed(snapshot: Snapshot, url: string): Fates {
  const request = parseMeshRequest(url);
  const from = snapshot.cluster.podByKey.get('shop/web');
  if (request === undefined || from === undefined) throw new Error(url);
  const { status, flag, branches, fault, by } = istioMesh(snapshot.control).route({ request, from });
  // The outcome of those whom every server refuses names no branch; the fault comes before they are asked.
  const percent = branches.length === 0 && by === undefined ? 0 : (fault?.abort?.percent ?? 0);
  const aborted = { numerator: percent * 10, denominator: 1000 };
  const rest = { numerator: 1000 - percent * 10, denominator: 1000 };
  const parts: (readonly [string, Fraction])[] = [];
  if (percent > 0) parts.push([`${fault?.abort?.httpStatus} FI`, aborted]);
  if (branches.length === 0) parts.push([`${status} ${flag}`, rest]);
  for (const { weight, failure, endpoints } of branches) {
    const share = multiplyFractions(weight, rest);
    if (failure !== undefined) parts.push([`${failure.status} ${failure.flag}`, share]);
    else {
      const each = multiplyFractions(share, { numerator: 1, denominator: endpoints.length });
      for (const { pod } of endpoints) parts.push([`${pod}`, each]);
    }
  }
  return tally(parts);
}

test('a trace reaches what the mesh routes to, with its shares, and fails as it says', () => {
  fc.assert(
    fc.property(objects, fc.constantFrom('/', '/a', '/a/b/c', '/z'), (extra, path) => {
      const snapshot = snapshotOf(extra);
      const url = `http://reviews${path}`;
      const answer = traceQuestion(snapshot, { from: 'shop/web', to: url, dns: true });
      expect(traced(answer)).toEqual(routed(snapshot, url));
    }),
    { numRuns: 60 },
  );
});

test('the client knows its server by the address that it dialled, and no leg loses its reply', () => {
  fc.assert(
    fc.property(objects, (extra) => {
      const answer = traceQuestion(snapshotOf(extra), { from: 'shop/web', to: 'http://reviews/', dns: true });
      for (const { legs } of answer.paths) {
        const walked = legs.filter(({ purpose }) => purpose !== 'lookup');
        for (const { hops, reply } of walked) {
          const sent = hops[0]?.steps.find(({ kind }) => kind === 'originate')?.packet;
          const back = reply?.hops.at(-1)?.steps.at(-1);
          expect(back?.kind).toBe('accept');
          expect(back?.packet).toMatchObject({ src: sent?.dst, dst: sent?.src });
        }
      }
    }),
    { numRuns: 20 },
  );
});

/** schema/trace.schema.json, the TypeScript types of an answer, and real answers say the same. */

import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Severity, SourceRole } from '../../src/diagnostics/diagnostic.ts';
import type { TraceAnswer, TraceQuestion } from '../../src/index.ts';
import type { Change, PlaceAnswer, StepAnswer, StepKind, Where } from '../../src/query/answer.ts';
import {
  DISPOSITIONS,
  type Disposition,
  type NamedSymptom,
  type Result,
} from '../../src/trace/disposition.ts';
import { ask, type FixtureOptions } from './ask.ts';
import { problems, publishedSchema } from './published-schema.ts';

const { schema, isAnswer, isClosedAnswer } = publishedSchema('trace');

interface Asked extends FixtureOptions, Omit<Partial<TraceQuestion>, 'from' | 'to'> {
  readonly fixture: string;
  readonly from: string;
  readonly to: string;
  readonly disposition: Disposition;
}

const QUESTIONS: readonly Asked[] = [
  { fixture: 'walk-s4', from: 'a1', to: 'svc/api', disposition: 'accepted' },
  {
    fixture: 'nginx-ssh',
    from: 'pod/nginx-ssh-deployment-client',
    to: 'pod/nginx-ssh-deployment-server:80',
    disposition: 'accepted',
  },
  { fixture: 'walk-s4', from: 'a1', to: 'svc/api', dns: false, cni: 'flannel', disposition: 'accepted' },
  { fixture: 'walk-s4', from: 'b1', to: 'svc/api', dns: false, disposition: 'accepted' },
  { fixture: 'walk-s4', from: 'b1', to: 'localhost:8080', disposition: 'accepted' },
  { fixture: 'walk-s4', from: 'node/node-a', to: '10.96.0.50:80', disposition: 'accepted' },
  { fixture: 'walk-s4', from: 'a1', to: '10.96.0.50:81', disposition: 'dropped' },
  { fixture: 'walk-s4', from: 'a1', to: '198.51.100.7:443', disposition: 'exits-cluster' },
  { fixture: 'walk-s4', from: 'a1', to: '10.244.2.99:80', disposition: 'neighbor-unreachable' },
  {
    fixture: 'walk-s4',
    from: 'a1',
    to: '10.244.9.9:80',
    protocol: 'udp',
    disposition: 'neighbor-unreachable',
  },
  { fixture: 'walk-s4', from: 'a1', to: '[fd00::5]:80', disposition: 'no-route' },
  { fixture: 'my-service-dns', from: 'client', to: 'http://my-service', disposition: 'accepted' },
  {
    fixture: 'my-service-dns',
    from: 'client',
    to: 'svc/my-service',
    dns: false,
    set: [
      'nodes=[{name: only, addresses: [10.0.0.11], podCIDRs: [10.244.1.0/24], sysctls: {net.bridge.bridge-nf-call-iptables: 0}}]',
    ],
    disposition: 'reply-lost',
  },
  { fixture: 'my-service-endpoints', from: 'client', to: 'svc/my-service', disposition: 'no-endpoints' },
  {
    fixture: 'my-service-endpoints',
    from: 'client',
    to: 'svc/my-service-by-hand',
    disposition: 'exits-cluster',
  },
  {
    fixture: 'walk-s4',
    from: 'a1',
    to: 'svc/api',
    dns: false,
    detail: 'rules',
    disposition: 'accepted',
  },
  {
    fixture: 'from-outside',
    from: 'internet',
    to: 'shop/svc/web',
    node: 'node-a',
    disposition: 'accepted',
  },
  { fixture: 'denied', from: 'shop/web-0', to: 'shop/db-0:5432', disposition: 'denied-ingress' },
  { fixture: 'my-ingress', from: 'deploy/my-app', to: 'svc/my-service', disposition: 'accepted' },
  { fixture: 'denied-dns', from: 'shop/web-0', to: 'svc/api', disposition: 'name-unavailable' },
  { fixture: 'denied', from: 'shop/api', to: 'shop/svc/db', disposition: 'accepted' },
  { fixture: 'shop', from: 'shop/web', to: 'http://apii', disposition: 'name-not-found' },
  { fixture: 'shop', from: 'shop/web', to: 'svc/api-wrong-label', disposition: 'no-endpoints' },
  { fixture: 'shop', from: 'shop/web', to: 'svc/api-headless', disposition: 'accepted' },
  { fixture: 'doors', from: 'internet', to: 'pod/api', disposition: 'no-route' },
  { fixture: 'front-doors', from: 'internet', to: 'svc/web-by-balancer', disposition: 'accepted' },
  {
    fixture: 'front-doors',
    from: 'internet',
    to: 'svc/web-by-balancer',
    set: ['loadBalancer.kind=proxy'],
    disposition: 'accepted',
  },
  {
    fixture: 'shop-ingress',
    from: 'internet',
    to: 'https://shop.example.com/api/items',
    disposition: 'accepted',
  },
  {
    fixture: 'shop-ingress',
    from: 'internet',
    to: 'http://shop.example.com/api',
    disposition: 'answered-by-proxy',
  },
  {
    fixture: 'shop-ingress',
    from: 'shop/client',
    to: 'https://shop.example.com/',
    disposition: 'no-l7-route',
  },
  {
    fixture: 'shop-ingress',
    from: 'internet',
    to: 'https://office.example.com/admin/x',
    disposition: 'denied-l7',
  },
  { fixture: 'shop-gateway', from: 'internet', to: 'https://shop.example.com/', disposition: 'no-l7-route' },
  { fixture: 'edge-gateway', from: 'internet', to: 'https://shop.example.com/api', disposition: 'accepted' },
  { fixture: 'edge-gateway', from: 'internet', to: 'https://shop.example.com/x', disposition: 'no-l7-route' },
  { fixture: 'my-ingress', from: 'internet', to: 'http://example.com/foo', disposition: 'accepted' },
  { fixture: 'mesh', from: 'shop/web', to: 'http://reviews/api', disposition: 'accepted' },
  { fixture: 'mesh', from: 'shop/web', to: 'http://reviews/broken', disposition: 'denied-l7' },
  { fixture: 'mesh', from: 'shop/web', to: 'http://ratings/', disposition: 'denied-l7' },
  { fixture: 'mesh', from: 'shop/web', to: 'http://reviews/v3', disposition: 'no-l7-route' },
  { fixture: 'mesh', from: 'shop/web', to: 'svc/db', disposition: 'accepted' },
  { fixture: 'waypoint', from: 'shop/web', to: 'http://reviews/api', disposition: 'accepted' },
  { fixture: 'ambient', from: 'shop/web', to: 'http://reviews/', disposition: 'accepted' },
  { fixture: 'ambient', from: 'shop/other', to: 'http://details/', disposition: 'denied-l7' },
  {
    fixture: 'mesh-gateway',
    from: 'internet',
    to: 'https://shop.example.com/api/items',
    disposition: 'accepted',
  },
  { fixture: 'unmodelled', from: 'web', to: 'db', disposition: 'accepted' },
];

describe('real answers', () => {
  test.each(QUESTIONS)('$fixture: $from to $to', ({ fixture, disposition, cni, set, ...question }) => {
    const options = { ...(cni === undefined ? {} : { cni }), ...(set === undefined ? {} : { set }) };
    const answer: unknown = JSON.parse(JSON.stringify(ask(`trace/${fixture}`, question, options)));
    expect(problems(isAnswer, answer)).toEqual([]);
    expect(problems(isClosedAnswer, answer)).toEqual([]);
    expect((answer as TraceAnswer).paths.map((path) => path.disposition)).toContain(disposition);
  });

  test('every fixture of a trace is asked', () => {
    const asked = new Set(QUESTIONS.map(({ fixture }) => fixture));
    expect(readdirSync('fixtures/trace').filter((fixture) => !asked.has(fixture))).toEqual([]);
  });

  test('what is wrong with an answer is found', () => {
    const answer = ask('trace/walk-s4', { from: 'a1', to: 'svc/api' });
    const [path] = answer.paths;
    expect(problems(isAnswer, { ...answer, paths: [{ ...path, disposition: 'delivered' }] })).toEqual([
      '/paths/0/disposition must be equal to one of the allowed values',
    ]);
    expect(problems(isClosedAnswer, { ...answer, question: { ...answer.question, form: 'a1' } })).toEqual([
      '/question must NOT have additional properties',
    ]);
  });
});

/** The words of each type. The compiler asks for a key for each member, and for no other. */
const RESULTS: Record<Result, 0> = { reachable: 0, unreachable: 0, ambiguous: 0, undetermined: 0 };
const SYMPTOMS: Record<NamedSymptom, 0> = {
  connected: 0,
  refused: 0,
  timeout: 0,
  reset: 0,
  'host-unreachable': 0,
  'network-unreachable': 0,
  'not-permitted': 0,
  'name-not-found': 0,
  'name-try-again': 0,
  'tls-failure': 0,
  'grpc-unimplemented': 0,
  'grpc-unavailable': 0,
  sent: 0,
  unknown: 0,
};
const PLACES: Record<PlaceAnswer['kind'], 0> = {
  pod: 0,
  node: 0,
  proxy: 0,
  loadbalancer: 0,
  external: 0,
  resolver: 0,
};
const STEPS: Record<StepKind, 0> = {
  resolve: 0,
  originate: 0,
  receive: 0,
  match: 0,
  translate: 0,
  track: 0,
  route: 0,
  neighbor: 0,
  bridge: 0,
  encapsulate: 0,
  decapsulate: 0,
  policy: 0,
  balance: 0,
  'terminate-tls': 0,
  'l7-route': 0,
  'l7-rewrite': 0,
  proxy: 0,
  transmit: 0,
  accept: 0,
  end: 0,
};
const VERDICTS: Record<NonNullable<StepAnswer['verdict']>, 0> = {
  allow: 0,
  deny: 0,
  ignored: 0,
  pass: 0,
  reject: 0,
  drop: 0,
};
const HOOKS: Record<NonNullable<Where['hook']>, 0> = {
  prerouting: 0,
  input: 0,
  forward: 0,
  output: 0,
  postrouting: 0,
  connect: 0,
  'tc-ingress': 0,
  'tc-egress': 0,
};
const CHANGED_FIELDS: Record<Change['field'], 0> = {
  src: 0,
  dst: 0,
  ttl: 0,
  mark: 0,
  outer: 0,
  host: 0,
  path: 0,
  header: 0,
};
const TRANSLATIONS: Record<NonNullable<Change['nat']>, 0> = {
  dnat: 0,
  snat: 0,
  masquerade: 0,
  redirect: 0,
  reverse: 0,
};
const ROLES: Record<SourceRole, 0> = { primary: 0, 'near-miss': 0, isolates: 0, context: 0 };
const SEVERITIES: Record<Severity, 0> = { error: 0, warning: 0, info: 0 };

describe('every word of a type is a word of the schema', () => {
  test.each([
    { at: 'properties/result', words: RESULTS },
    { at: '$defs/disposition', words: Object.fromEntries(DISPOSITIONS.map((word) => [word, 0])) },
    { at: '$defs/symptom/anyOf/0', words: SYMPTOMS },
    { at: '$defs/place/properties/kind', words: PLACES },
    { at: '$defs/step/properties/kind', words: STEPS },
    { at: '$defs/step/properties/verdict', words: VERDICTS },
    { at: '$defs/step/properties/where/properties/hook', words: HOOKS },
    { at: '$defs/step/properties/changes/items/properties/field', words: CHANGED_FIELDS },
    { at: '$defs/step/properties/changes/items/properties/nat', words: TRANSLATIONS },
    { at: '$defs/source/properties/role', words: ROLES },
    { at: '$defs/diagnostic/properties/severity', words: SEVERITIES },
  ])('$at', ({ at, words }) => {
    const found = at
      .split('/')
      .reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], schema);
    expect((found as { enum: readonly string[] }).enum).toEqual(expect.arrayContaining(Object.keys(words)));
  });
});

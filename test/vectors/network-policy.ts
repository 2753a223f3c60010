/** Policy cases: manifests, and probes whose verdict is the conjunction of both ends' policies. */

import { loadSnapshot, type Protocol, policyDecision, type Snapshot } from '../../src/index.ts';
import type { VectorFamily } from './family.ts';
import type { VectorResult } from './result.ts';

interface Probe {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly protocol: string;
  readonly expect: 'allow' | 'deny';
  readonly egress?: string;
  readonly ingress?: string;
}

interface PolicyCase {
  readonly id: string;
  readonly mode?: string;
  readonly manifests: readonly unknown[];
  readonly probes: readonly Probe[];
}

/** What each mode says of address blocks: which addresses they match. */
const MODES: readonly { readonly mode: RegExp; readonly set: readonly string[] }[] = [
  { mode: /^ipblock-matches-pod-ip/, set: ['cni.ipBlock.pods=true'] },
  { mode: /^ipblock-external-only/, set: ['cni.ipBlock.pods=false', 'cni.ipBlock.nodes=false'] },
  { mode: /^ipblock-matches-node-ip/, set: ['cni.ipBlock.nodes=true'] },
];

export const networkPolicy: VectorFamily = {
  name: 'network-policy',
  modelled: true,
  detects: (json) =>
    Array.isArray(json) &&
    json.length > 0 &&
    json.every((each) => typeof each === 'object' && each !== null && 'probes' in each),
  *run(json): Generator<VectorResult> {
    for (const each of json as readonly PolicyCase[]) yield* runCase(each);
  },
};

function* runCase(policyCase: PolicyCase): Generator<VectorResult> {
  const { id, manifests, probes, mode } = policyCase;
  const set = MODES.find((known) => known.mode.test(mode ?? ''))?.set;
  if (mode !== undefined && set === undefined) {
    yield { id, status: 'fail', detail: `unknown mode ${mode}` };
    return;
  }
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
  const snapshot = loadSnapshot({
    files: [{ name: `${id}.json`, text }],
    profile: { flags: { set: set ?? [] } },
  });
  const throughServices = hasPodServices(manifests);
  for (const probe of probes) {
    const direct = compareProbe(snapshot, probe);
    const service = throughServices ? serviceOf(probe.to) : undefined;
    const asksService = service !== undefined && servesPort(snapshot, service, probe);
    yield direct.status === 'pass' && asksService
      ? { id, ...compareProbe(snapshot, { ...probe, to: service }) }
      : { id, ...direct };
  }
}

/** Each pod of the e2e suite has a Service `s-NAMESPACE-POD`; the verdict through it must be the same. */
function hasPodServices(manifests: readonly unknown[]): boolean {
  return manifests.some((each) => /"kind":"Service","metadata":\{"name":"s-/.test(JSON.stringify(each)));
}

function serviceOf(to: string): string | undefined {
  const [namespace, pod] = to.split('/');
  return namespace === undefined || pod === undefined ? undefined : `svc:${namespace}/s-${namespace}-${pod}`;
}

function servesPort({ cluster }: Snapshot, service: string, { port, protocol }: Probe): boolean {
  const key = service.slice('svc:'.length);
  const found = cluster.services.find((each) => each.key === key);
  return found?.body.ports.some((each) => each.port === port && each.protocol === word(protocol)) === true;
}

function compareProbe(snapshot: Snapshot, probe: Probe): Omit<VectorResult, 'id'> {
  const { from, to, port, protocol, expect } = probe;
  const part = `${from} -> ${to} ${port}/${protocol}`;
  const { action, destinations } = policyDecision(snapshot, {
    from: reference(from),
    to: reference(to),
    port,
    protocol: word(protocol),
  });
  const [first] = destinations;
  const got = { expect: action, egress: first?.egress.action, ingress: first?.ingress.action };
  const wanted = { egress: got.egress, ingress: got.ingress, ...probe, expect };
  const differing = (['expect', 'egress', 'ingress'] as const).filter((key) => wanted[key] !== got[key]);
  if (differing.length === 0) return { part, status: 'pass' };
  const print = (of: Readonly<Record<string, unknown>>) =>
    differing.map((key) => `${key} ${of[key]}`).join(', ');
  return { part, status: 'fail', detail: `expected ${print({ ...wanted })}, got ${print(got)}` };
}

function word(protocol: string): Protocol {
  return protocol.toLowerCase() as Protocol;
}

/** `ns/pod`, `ip:ADDR`, `node:NAME`, `svc:ns/name` as references. */
function reference(text: string): string {
  if (text.startsWith('ip:')) return text.slice('ip:'.length);
  if (text.startsWith('node:')) return `node/${text.slice('node:'.length)}`;
  if (text.startsWith('svc:')) return text.slice('svc:'.length).replace('/', '/svc/');
  return text.replace('/', '/pod/');
}

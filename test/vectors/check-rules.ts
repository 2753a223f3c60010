/** Rules of `check`: manifests, and the findings of one rule. */

import {
  type CheckSettings,
  checkManifests,
  checkRules,
  type Finding,
  loadSnapshot,
  readCheckSettings,
} from '../../src/index.ts';
import type { VectorFamily } from './family.ts';
import type { VectorResult } from './result.ts';

interface Expected {
  readonly object: string;
  readonly path: string;
  readonly also?: string;
}

interface CheckCase {
  readonly id: string;
  readonly rule: string;
  readonly manifests: readonly unknown[];
  readonly expect: readonly Expected[];
  readonly severity?: string;
  readonly config?: Readonly<Record<string, unknown>>;
}

export const checkRuleCases: VectorFamily = {
  name: 'check-rules',
  modelled: true,
  detects(json) {
    const cases = typeof json === 'object' && json !== null && 'cases' in json ? json.cases : undefined;
    return (
      Array.isArray(cases) &&
      cases.length > 0 &&
      cases.every((each) => typeof each === 'object' && each !== null && 'rule' in each)
    );
  },
  *run(json): Generator<VectorResult> {
    const known = new Set(checkRules.map(({ name }) => name));
    for (const each of (json as { readonly cases: readonly CheckCase[] }).cases) {
      const { id, rule } = each;
      if (!known.has(rule)) yield { id, status: 'skip', detail: `rule ${rule} is not made yet` };
      else yield runCase(each);
    }
  },
};

function runCase({ id, rule, manifests, expect, severity, config = {} }: CheckCase): VectorResult {
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
  const snapshot = loadSnapshot({
    files: [{ name: `${id}.json`, text }],
    profile: { flags: { set: profileOf(config) } },
  });
  const settings = readCheckSettings(snapshot.profile);
  const rules: CheckSettings['rules'] = new Map([
    ...settings.rules,
    [rule, { ...settings.rules.get(rule), severity: 'on' }],
  ]);
  const { findings } = checkManifests(snapshot, { ...settings, rules, failOn: 'error' });
  const bad = snapshot.diagnostics.find(({ code }) => code === 'profile-invalid');
  if (bad !== undefined) return { id, status: 'fail', detail: bad.text };
  const own = findings.filter((finding) => finding.rule === rule);
  const wrong = [
    ...compare(own, expect),
    ...own
      .filter((each) => severity !== undefined && each.severity !== severity)
      .map((each) => `expected ${severity}, got ${each.severity}`),
  ];
  return wrong.length === 0 ? { id, status: 'pass' } : { id, status: 'fail', detail: wrong.join('; ') };
}

/** As sets: each expected one once, and no other. */
function compare(findings: readonly Finding[], expected: readonly Expected[]): readonly string[] {
  const left = [...findings];
  const missing = expected.filter(({ object, path, also }) => {
    const index = left.findIndex(
      (each) =>
        each.object === object &&
        each.path === path &&
        (also === undefined || each.related.some((place) => place.object === also)),
    );
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
  const got = left.map(
    ({ object, path, related }) => `${object} ${path} (${related.map((each) => each.object).join(', ')})`,
  );
  return [
    ...missing.map(
      ({ object, path, also }) => `expected ${object} ${path}${also === undefined ? '' : ` with ${also}`}`,
    ),
    ...got.map((each) => `got ${each}`),
  ];
}

/** Words of the cases to keys of the profile; what is no word of theirs is a key as it is. */
const PROFILE_KEYS: Readonly<Record<string, string>> = {
  inputs: 'manifests',
  namespace: 'namespace',
  'cluster.version': 'kubernetes',
  'cluster.domain': 'clusterDomain',
  'cluster.podCIDRs': 'podCIDRs',
  'cluster.serviceCIDRs': 'serviceCIDRs',
  'cluster.nodePortRange': 'nodePortRange',
  'cluster.ipFamilies': 'ipFamilies',
  'cluster.cni': 'cni.name',
  'cluster.dns.namespace': 'dns.namespace',
  'cluster.dns.port': 'dns.port',
  'cluster.dns.clusterIP': 'dns.clusterIPs',
};

function profileOf(config: Readonly<Record<string, unknown>>): readonly string[] {
  return leaves(config, '').flatMap(({ key, value }) => {
    if (key === 'cluster.dns.labels') return [];
    const own = PROFILE_KEYS[key] ?? key.replace(/^cluster\.istio\./, 'mesh.istio.');
    return [`${own}=${JSON.stringify(value)}`];
  });
}

function leaves(value: unknown, key: string): readonly { readonly key: string; readonly value: unknown }[] {
  const isLeaf =
    typeof value !== 'object' || value === null || Array.isArray(value) || key === 'cluster.dns.labels';
  if (isLeaf) return [{ key, value }];
  return Object.entries(value).flatMap(([name, below]) =>
    leaves(below, key === '' ? name : `${key}.${name}`),
  );
}

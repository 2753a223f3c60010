/** --fix: one right change of the text, tried on the model, with comments and layout kept. */

import { expect, test } from 'vitest';
import { fixManifests } from '../../src/checks/fix.ts';
import type { RuleExample } from '../../src/checks/rule.ts';
import { RULES } from '../../src/checks/rules.ts';
import { DEFAULT_SETTINGS } from '../../src/checks/settings.ts';
import { check } from './check-text.ts';

function fix(files: Readonly<Record<string, string>>, set: readonly string[] = []) {
  const named = Object.entries(files).map(([name, text]) => ({ name, text }));
  const result = fixManifests({ files: named, profile: { flags: { set } } }, DEFAULT_SETTINGS);
  return { ...result, texts: Object.fromEntries(result.files.map(({ name, text }) => [name, text])) };
}

test('only the wrong scalar changes', () => {
  const service = `# the shop
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
    selector: {app: web}   # two blanks
    ports:
    - port: 80
      targetPort: "http"   # by name
`;
  const pod = `apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: c, image: x, ports: [{containerPort: 8080, name: web}], env: [{name: URL, value: "http://web:8080/x"}]}]}
`;
  const { texts, mended } = fix({ 'web.yaml': service, 'pod.yaml': pod });
  expect(texts['web.yaml']).toBe(service.replace('"http"', '"web"'));
  expect(mended.map(({ rule }) => rule)).toEqual(['service-target-port-missing']);
});

const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: web, labels: {tier: "1"}}
spec: {type: ClusterIP, selector: {app: web}, ports: [{port: 80, protocol: "TCP"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: c, image: x, ports: [{containerPort: 80}], env: [{name: DEBUG, value: "yes"}]}]}
`;

test.each([
  ['a word in another case', 'ClusterIP', 'clusterIP'],
  ['a word in quotes', '"TCP"', '"tcp"'],
  ['a number for a text', 'tier: "1"', 'tier: 1'],
  ['a boolean for a text', 'value: "yes"', 'value: yes'],
  ['a kind in another case', 'kind: Service', 'kind: service'],
  ['a kind in the wrong group', 'apiVersion: v1\nkind: Pod', 'apiVersion: apps/v1\nkind: Pod'],
])('what the API server refuses has one right form: %s', (_name, right, wrong) => {
  const { texts, mended, refused } = fix({ 'web.yaml': SERVICE.replace(right, wrong) });
  expect(texts['web.yaml']).toBe(SERVICE);
  expect(mended.map(({ rule }) => rule)).toEqual(['manifest-rejected']);
  expect(refused).toEqual([]);
});

test('a misspelled kind may be another one', () => {
  const wrong = SERVICE.replace('kind: Service', 'kind: Servcie');
  expect(fix({ 'web.yaml': wrong })).toMatchObject({ mended: [], texts: { 'web.yaml': wrong } });
});

test('a change that would make another finding is not kept', () => {
  const manifests = `apiVersion: v1
kind: Service
metadata: {name: web, annotations: {ignore.k8snet/service-target-port-missing: known}}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: c, image: x, ports: [{containerPort: 8080, name: web}]}]}
`;
  expect(fix({ 'a.yaml': manifests })).toMatchObject({ mended: [], texts: { 'a.yaml': manifests } });
});

const withFix = RULES.flatMap(({ name, examples: { bad } }) =>
  findingsOf(name, bad).some((finding) => finding.rule === name && finding.fix !== undefined)
    ? [{ name, bad }]
    : [],
);

function findingsOf(name: string, { manifests, set = [] }: RuleExample) {
  return check(manifests, { set: [...set, `check.rules.${name}=on`] }).findings;
}

test('several rules mend', () => {
  expect(withFix.length).toBeGreaterThan(4);
});

test.each(withFix)('the change of $name mends its example and adds nothing', ({ name, bad }) => {
  const before = findingsOf(name, bad);
  const { texts } = fix({ 'in.yaml': bad.manifests }, bad.set);
  const after = findingsOf(name, { ...bad, manifests: texts['in.yaml'] ?? '' });
  const known = new Set(before.map(({ fingerprint }) => fingerprint));
  expect(after.filter((finding) => finding.rule === name)).toEqual([]);
  expect(after.filter(({ fingerprint }) => !known.has(fingerprint))).toEqual([]);
});

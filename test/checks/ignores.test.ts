/** Ignoring in three ways, with reasons, and what becomes of ignores that hide nothing. */

import { expect, test } from 'vitest';
import { check, told } from './check-text.ts';

const service = (head: string, selector = 'selector: {app: web}') => `apiVersion: v1
kind: Service
metadata:
  name: web
${head}spec:
  ${selector}
  ports: [{port: 80}]
---
apiVersion: v1
kind: Pod
metadata: {name: other, labels: {app: other}}
spec: {containers: [{name: c, image: x}]}
`;
const FOUND = 'service-no-backends Service default/web spec.selector';

test('nothing is ignored without a word', () => {
  expect(told(check(service('')))).toEqual([FOUND]);
});

test('an annotation with a reason hides the finding, which stays in the answer', () => {
  const answer = check(service('  annotations: {ignore.k8snet/service-no-backends: pods come later}\n'));
  expect(told(answer)).toEqual([]);
  expect(answer.ignored.map(({ rule, ignored }) => [rule, ignored])).toEqual([
    ['service-no-backends', { by: 'annotation', reason: 'pods come later' }],
  ]);
  expect(answer.summary).toMatchObject({ warnings: 0, ignored: 1, failed: false });
});

test('an annotation without a reason does not count, and is told', () => {
  expect(told(check(service('  annotations: {ignore.k8snet/service-no-backends: ""}\n')))).toEqual([
    'ignore-unused Service default/web metadata.annotations.ignore.k8snet/service-no-backends',
    FOUND,
  ]);
});

test('an annotation of a rule that does not exist is told, with what it may mean', () => {
  const answer = check(service('  annotations: {ignore.k8snet/service-no-backend: later}\n'));
  expect(answer.findings[0]).toMatchObject({
    rule: 'ignore-unused',
    help: 'did you mean service-no-backends?',
  });
});

test.each([
  ['on the line', 'selector: {app: web} # k8snet-ignore service-no-backends: later'],
  ['above it', '# k8snet-ignore service-no-backends: later\n  # more words\n  selector: {app: web}'],
])('a comment %s', (_where, selector) => {
  const answer = check(service('', selector));
  expect(told(answer)).toEqual([]);
  expect(answer.ignored[0]?.ignored).toEqual({ by: 'comment', reason: 'later' });
});

test('a comment that hides nothing is told at its place', () => {
  const answer = check(service('', '# k8snet-ignore service-no-selector: later\n  selector: {app: other}'));
  expect(answer.findings).toMatchObject([{ rule: 'ignore-unused', file: 'in.yaml', line: 6, column: 3 }]);
});

test('entries of the profile, by rule, object and file, until a day', () => {
  const profile = (entry: string) => `apiVersion: k8snet.dev/v1
kind: Profile
check:
  ignore:
    - ${entry}
`;
  const settings = { today: '2026-11-28' };
  const ignored = (entry: string) => told(check(service(''), { profile: profile(entry), settings }));
  expect(ignored('{rule: "service-*", object: Service default/*, reason: later}')).toEqual([]);
  expect(
    ignored('{rule: service-no-backends, files: "**/in.yaml", reason: later, until: 2026-11-28}'),
  ).toEqual([]);
  expect(ignored('{rule: service-no-backends, reason: later, until: 2026-11-27}')).toEqual([
    FOUND,
    'ignore-unused Profile k8snet.yaml check.ignore[0]',
  ]);
  expect(ignored('{rule: service-no-backends, object: Service shop/*, reason: later}')).toEqual([
    FOUND,
    'ignore-unused Profile k8snet.yaml check.ignore[0]',
  ]);
});

/** Other names of rules: they count wherever a rule can be named, and the name of today is told. */

import { expect, test } from 'vitest';
import { nameOfAlias } from '../../src/checks/aliases.ts';
import { readCheckSettings } from '../../src/checks/read-settings.ts';
import { RULES } from '../../src/checks/rules.ts';
import { loadSnapshot } from '../../src/query/snapshot.ts';
import { check, told } from './check-text.ts';

test.each([
  ['NP002', 'netpol-selects-nothing'],
  ['np008', 'netpol-dns-blocked'],
  ['CNP001', 'netpol-admin-equal-priority-overlap'],
  ['ing-service-missing', 'ingress-backend-missing'],
  ['ing-tls-secret-invalid', 'ingress-tls-secret-invalid'],
  ['ngx-regex-host', 'ingress-nginx-regex-host'],
  ['gw-cert-missing', 'gateway-cert-missing'],
  ['rt-parent-missing', 'gateway-route-parent-missing'],
  ['rg-unused', 'gateway-unused'],
  ['btp-ca', 'gateway-ca'],
  ['IST0101', 'istio-host-unknown'],
  ['netpol-selects-nothing', undefined],
  ['ing-nothing', undefined],
  ['constructor', undefined],
  ['__proto__-x', undefined],
])('%s is called %s', (alias, name) => {
  expect(nameOfAlias(alias)).toBe(name);
});

test('every other name leads to a rule', () => {
  const names = new Set(RULES.map(({ name }) => name));
  const ids = Array.from({ length: 44 }, (_, index) => `NP${String(index + 1).padStart(3, '0')}`);
  expect(ids.filter((id) => !names.has(nameOfAlias(id) ?? ''))).toEqual([]);
});

const POLICY = (head: string) => `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db${head}}
spec: {podSelector: {matchLabels: {app: db}}, ingress: [{}], policyTypes: [Ingress]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: c, image: x}]}
`;

test('an ignore by another name hides the finding, and says what the rule is called', () => {
  const answer = check(POLICY(', annotations: {ignore.k8snet/NP002: pods come later}'));
  expect(answer.ignored.map(({ rule }) => rule)).toEqual(['netpol-selects-nothing']);
  expect(answer.findings).toMatchObject([
    { rule: 'ignore-unused', severity: 'info', help: 'write netpol-selects-nothing' },
  ]);
});

test('a rule that the profile sets by another name is set, and that is told', () => {
  const profile = `apiVersion: k8snet.dev/v1
kind: Profile
check: {rules: {NP002: error}, ignore: [{rule: np039, reason: later}]}
`;
  const answer = check(POLICY(''), { profile });
  expect(told(answer)).toContain('netpol-selects-nothing NetworkPolicy default/db spec.podSelector');
  expect(answer.findings.find(({ rule }) => rule === 'netpol-selects-nothing')?.severity).toBe('error');
  const snapshot = loadSnapshot({
    files: [],
    profile: { flags: { set: [] }, file: { name: 'k8snet.yaml', text: profile } },
  });
  readCheckSettings(snapshot.profile);
  expect(snapshot.diagnostics.map(({ severity, text }) => [severity, text])).toEqual([
    ['warning', 'check.rules.NP002: the rule NP002 is called netpol-selects-nothing'],
    ['warning', 'check.ignore[0].rule: the rule np039 is called pod-not-isolated'],
  ]);
});

/** What is in the manifests and not modelled: said in every answer that it could change, never ignored. */

import { expect, test } from 'vitest';
import { ask } from './ask.ts';

const codes = (answer: ReturnType<typeof ask>) => answer.diagnostics.map(({ code }) => code);
const decisive = (answer: ReturnType<typeof ask>) =>
  answer.assumptions.filter((assumption) => assumption.decisive).map(({ code }) => code);

test('a policy of Calico that selects the target is named at its line, and decides', () => {
  const answer = ask('trace/unmodelled', { from: 'web', to: 'db' });
  expect(answer.result).toBe('reachable');
  const findings = answer.diagnostics.filter(({ code }) => code === 'unmodelled');
  expect(findings).toHaveLength(1);
  expect(findings[0]?.text).toContain('NetworkPolicy default/db-closed');
  expect(findings[0]?.sources?.[0]).toMatchObject({
    file: 'fixtures/trace/unmodelled/manifests/app.yaml',
    line: 23,
  });
  expect(decisive(answer)).toEqual(['A_UNMODELLED', 'A_POLICY_ENGINE']);
});

test('--strict refuses to answer then, and only then', () => {
  expect(ask('trace/unmodelled', { from: 'web', to: 'db', strict: true }).result).toBe('undetermined');
  expect(ask('trace/unmodelled', { from: 'db', to: 'web', strict: true }).result).toBe('undetermined');
  const free = ask('trace/walk-s4', { from: 'a1', to: 'b1', strict: true });
  expect(free.result).toBe('reachable');
});

test('plain flannel enforces no policy: a note, and nothing decides', () => {
  const answer = ask('trace/unmodelled', { from: 'web', to: 'db', strict: true }, { cni: 'flannel' });
  expect(answer.result).toBe('reachable');
  expect(codes(answer)).toEqual(['policy-not-enforced']);
  expect(decisive(answer)).toEqual([]);
});

test('a policy that selects neither end is not mentioned', () => {
  const answer = ask('trace/unmodelled', { from: 'web', to: '198.51.100.7:443' });
  expect(codes(answer)).toEqual([]);
});

test('translated and switched on one bridge: br_netfilter decides, unless a profile says that it is on', () => {
  const question = { from: 'a1', to: 'svc/near', dns: false };
  expect(decisive(ask('trace/walk-s4', question, { cni: 'flannel' }))).toEqual(['A_BRNF']);
  const routed = { from: 'a1', to: 'svc/api', dns: false };
  expect(decisive(ask('trace/walk-s4', routed, { cni: 'flannel' }))).toEqual([]);
});

test('a Service whose pods an operator makes: no endpoints in the manifests, and that is not the last word', () => {
  const answer = ask('trace/unmodelled', { from: 'web', to: 'svc/prometheus-k8s' }, { cni: 'flannel' });
  expect(answer.paths[0]?.disposition).toBe('no-endpoints');
  expect(codes(answer)).toEqual(['selector-matches-no-pod', 'unmodelled']);
  expect(answer.diagnostics[1]?.text).toContain('Prometheus default/k8s may make the pods');
  expect(decisive(answer)).toEqual(['A_UNMODELLED']);
});

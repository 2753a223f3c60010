/** A Service with more endpoints than are walked. */

import { expect, test } from 'vitest';
import { loadSnapshot, traceQuestion } from '../../src/index.ts';
import { addFractions, type Fraction } from '../../src/net/fraction.ts';

const ENDPOINTS = 5000;
const NODES = 50;

const pod = (name: string, node: number, labels = '') => `apiVersion: v1
kind: Pod
metadata: {name: ${name}${labels}}
spec: {nodeName: n${node}, containers: [{name: c, image: x}]}
`;
const service = `apiVersion: v1
kind: Service
metadata: {name: big}
spec: {selector: {app: a}, ports: [{port: 80}]}
`;
const pods = Array.from({ length: ENDPOINTS }, (_, at) => pod(`p${at}`, at % NODES, ', labels: {app: a}'));
const files = [{ name: 'big.yaml', text: [service, pod('client', 0), ...pods].join('---\n') }];
const snapshot = loadSnapshot({ files, profile: { flags: { set: [] } } });

function fractionOf(text: string): Fraction {
  const [numerator = 1, denominator = 1] = text.split('/').map(Number);
  return { numerator, denominator };
}

test('5,000 endpoints: some of each node are walked, shares stay exact, the rest is counted', {
  timeout: 60_000,
}, () => {
  expect(snapshot.control.servicePorts.find(({ key }) => key === 'default/big')?.endpoints).toHaveLength(
    ENDPOINTS,
  );
  const answer = traceQuestion(snapshot, { from: 'client', to: 'svc/big', dns: false });
  expect(answer.result).toBe('reachable');
  expect(answer.paths).toHaveLength(NODES);
  expect(new Set(answer.paths.map(({ weight }) => weight))).toEqual(new Set([`1/${NODES}`]));
  expect(answer.paths.map(({ weight }) => fractionOf(weight)).reduce(addFractions)).toEqual({
    numerator: 1,
    denominator: 1,
  });
  const walked = answer.paths.flatMap(({ backends }) => backends).length;
  expect(walked).toBeLessThanOrEqual(1000);
  const [note] = answer.diagnostics.filter(({ code }) => code === 'paths-capped');
  expect(note?.severity).toBe('info');
  expect(note?.text).toContain(
    `${walked} of ${ENDPOINTS} paths were walked; the other ${ENDPOINTS - walked} `,
  );
});

test('a backend that is asked for is walked', { timeout: 60_000 }, () => {
  const backend = 'p4999';
  const answer = traceQuestion(snapshot, { from: 'client', to: 'svc/big', dns: false, backend });
  expect(answer.paths.map(({ backends, weight }) => [backends, weight])).toEqual([
    [[`default/${backend}`], '1/1'],
  ]);
  expect(answer.diagnostics.filter(({ code }) => code === 'paths-capped')).toEqual([]);
});

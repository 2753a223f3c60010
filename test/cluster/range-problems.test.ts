/** Ranges that overlap or are too small, and numbers outside of the ranges that there are. */

import { describe, expect, test } from 'vitest';
import { codesAt, worldOf } from './world.ts';

const WEB = `apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`;
const said = (profile: string, text = WEB) =>
  worldOf(text, `apiVersion: k8snet.dev/v1\nkind: Profile\n${profile}`).diagnostics;
const node = (name: string, cidr: string, ip: string) =>
  `---\napiVersion: v1\nkind: Node\nmetadata: {name: ${name}}\nspec: {podCIDR: ${cidr}}\nstatus: {addresses: [{type: InternalIP, address: ${ip}}]}\n`;

describe('ranges that overlap', () => {
  test('of pods and of Services: at both keys', () => {
    const [found, ...more] = said('podCIDRs: [10.96.0.0/16]\nserviceCIDRs: [10.96.0.0/12]\n');
    expect(more).toEqual([]);
    expect(found).toMatchObject({ code: 'ranges-overlap', severity: 'warning' });
    expect(codesAt([found].flatMap((each) => each ?? []))).toEqual(['ranges-overlap k8snet.yaml:3']);
    expect(found?.text).toBe(
      'podCIDRs 10.96.0.0/16 and serviceCIDRs 10.96.0.0/12 overlap: a pod may get the address of a Service, and is not reached then',
    );
  });

  test('of Services and nodes', () => {
    const found = said('serviceCIDRs: [10.0.0.0/16]\n', WEB + node('a', '10.244.1.0/24', '10.0.0.5'));
    expect(found.map(({ text }) => text)).toEqual([
      '10.0.0.5 of node a lies in serviceCIDRs (10.0.0.0/16): a Service may get the same address',
    ]);
  });

  test('of two nodes, also where a third lies between them', () => {
    const text =
      node('a', '10.244.0.0/16', '10.0.0.5') +
      node('b', '10.244.3.0/24', '10.0.0.6') +
      node('c', '10.245.0.0/24', '10.0.0.7');
    const found = worldOf(WEB + text).diagnostics;
    expect(codesAt(found)).toEqual(['ranges-overlap manifests.yaml:12']);
    expect(found[0]?.text).toMatch(
      /^nodes a \(10\.244\.0\.0\/16\) and b \(10\.244\.3\.0\/24\) have overlapping/,
    );
  });

  test('not those that lie side by side', () => {
    expect(said('podCIDRs: [10.112.0.0/16]\nserviceCIDRs: [10.96.0.0/12]\n')).toEqual([]);
    expect(said('podCIDRs: [10.95.0.0/16]\nserviceCIDRs: [10.96.0.0/12]\n')).toEqual([]);
  });
});

describe('ranges that are too small', () => {
  test('a pod range below that of one node', () => {
    expect(said('podCIDRs: [10.244.0.0/26]\n').map(({ code, text }) => `${code} ${text}`)).toEqual([
      'range-too-small podCIDRs 10.244.0.0/26 is smaller than the /24 that each node gets of it: kube-controller-manager takes that only with a longer --node-cidr-mask-size',
    ]);
    // Nodes that say what they have need none of it.
    expect(said('podCIDRs: [10.244.1.0/26]\n', WEB + node('a', '10.244.1.0/27', '10.0.0.5'))).toEqual([]);
  });

  test('a service range below 8 addresses, and Services that find none', () => {
    const many = ['b', 'c', 'd'].map((name) => `---\n${WEB.replace('name: web', `name: ${name}`)}`).join('');
    const found = said('serviceCIDRs: [10.96.0.0/30]\n', WEB + many);
    expect(found.map(({ code }) => code)).toContain('range-too-small');
    expect(found.map(({ text }) => text)).toContain(
      'Service default/d is left without an IPv4 address: no service range has a free one',
    );
  });
});

test('a node port outside of the range: used as written, in the words of the API server', () => {
  const text = WEB.replace('{selector', '{type: NodePort, selector').replace(
    'port: 80',
    'port: 80, nodePort: 8080',
  );
  const world = worldOf(text);
  expect(codesAt(world.diagnostics)).toEqual(['address-outside-ranges manifests.yaml:4']);
  expect(world.diagnostics[0]?.text).toBe(
    'Service default/web has node port 8080: provided port is not in the valid range. The range of valid ports is 30000-32767',
  );
  expect(said('nodePortRange: 8000-9000\n', text)).toEqual([]);
  expect(said('input: stored\n', text)).toEqual([]);
});

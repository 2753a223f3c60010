/** Flags of programs that manifests install, as Go's flag packages and pflag read them. */

import { expect, test } from 'vitest';
import { installedPrograms } from '../../src/cluster/installed-programs.ts';
import { chooseCni } from '../../src/dataplane/cnis.ts';
import { loadSnapshot } from '../../src/index.ts';
import { locate } from '../../src/source/ref.ts';

function snapshotOf(image: string, ...args: readonly string[]) {
  const text = `apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: kube-system}
spec:
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers:
      - name: agent
        image: ${image}
        args:
${args.map((arg) => `        - ${arg}\n`).join('')}`;
  return loadSnapshot({ files: [{ name: 'a.yaml', text }], profile: { flags: { set: [] } } });
}

function flagsOf(...args: readonly string[]) {
  const [program] = installedPrograms(
    snapshotOf('registry:5000/dns/agent:v1@sha256:ab', ...args).objects,
    /\/agent$/,
  );
  return new Map(
    [...(program?.flags ?? [])].map(([name, { value, at }]) => [name, [value, locate(at).line]]),
  );
}

test('a value stands behind =, or is the next word; a flag alone is true', () => {
  const flags = flagsOf('--conf=/etc/Corefile', '-localip', '169.254.20.10,10.96.0.10', '--ip-masq', '-v=2');
  expect(flags).toEqual(
    new Map<string, [string, number]>([
      ['conf', ['/etc/Corefile', 12]],
      ['localip', ['169.254.20.10,10.96.0.10', 13]],
      ['ip-masq', ['true', 15]],
      ['v', ['2', 16]],
    ]),
  );
});

test('of several the last one counts', () => {
  expect(flagsOf('--class=a', '--class=b').get('class')).toEqual(['b', 13]);
});

test.each([
  ['docker.io/flannel/flannel:v0.26.0', ['--ip-masq', '--kube-subnet-mgr'], { ipMasq: true }],
  ['docker.io/flannel/flannel:v0.26.0', ['--ip-masq=false', '--kube-subnet-mgr'], { ipMasq: false }],
  ['docker.io/flannel/flannel:v0.26.0', ['--kube-subnet-mgr'], { ipMasq: false }],
])('flannel, %s %j: %j', (image, args, options) => {
  expect(chooseCni(snapshotOf(image, ...args).cluster).settings.options).toMatchObject(options);
});

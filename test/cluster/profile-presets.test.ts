import { describe, expect, test } from 'vitest';
import { readProfile } from '../../src/cluster/read-profile.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';

function read(text: string | undefined, set: readonly string[]) {
  const printed: Diagnostic[] = [];
  const file = text === undefined ? {} : { file: { name: 'k8snet.yaml', text } };
  const profile = readProfile({ ...file, flags: { set } }, (diagnostic) => printed.push(diagnostic));
  return { profile, printed };
}

describe('presets', () => {
  test('are below the file, and count as given', () => {
    const { profile, printed } = read('preset: k3s\nserviceCIDRs: [10.50.0.0/16]\n', ['cni.backend=host-gw']);
    expect(printed).toEqual([]);
    expect(profile.podCidrs.map((cidr) => cidr.text)).toEqual(['10.42.0.0/16']);
    expect(profile.serviceCidrs.map((cidr) => cidr.text)).toEqual(['10.50.0.0/16']);
    expect(profile.cni).toEqual({ name: 'flannel', backend: 'host-gw', enforcesPolicy: true, options: {} });
    expect(profile.given.get('podCIDRs')?.path).toEqual(['preset']);
  });

  test('by a flag', () => {
    const { profile, printed } = read(undefined, ['preset=kubeadm-flannel']);
    expect(printed).toEqual([]);
    expect(profile.cni).toMatchObject({ name: 'flannel', backend: 'vxlan' });
  });
});

/** Which CNI wires a cluster: the profile's, the one that the manifests show, else the assumed one. */

import { expect, test } from 'vitest';
import { chooseCni } from '../../src/dataplane/cnis.ts';
import { loadSnapshot } from '../../src/index.ts';

const APP = 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web}]}\n';

function daemonSet(name: string, ...images: readonly string[]): string {
  const containers = images.map((image, index) => `{name: c${index}, image: ${image}}`).join(', ');
  return `---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: ${name}, namespace: kube-system}
spec:
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [${containers}]}
`;
}

function netConf(backend: string): string {
  return `---
apiVersion: v1
kind: ConfigMap
metadata: {name: kube-flannel-cfg, namespace: kube-flannel}
data:
  net-conf.json: '{"Network": "10.244.0.0/16", "Backend": ${backend}}'
`;
}

function chosen(text: string, flags: { readonly cni?: string } = {}) {
  const snapshot = loadSnapshot({
    files: [{ name: 'a.yaml', text }],
    profile: { flags: { set: [], ...flags } },
  });
  const { facets, source, unmodelled, settings } = chooseCni(snapshot.cluster);
  return {
    label: facets.label,
    enforces: facets.policy.enforces,
    source,
    unmodelled: unmodelled?.name,
    settings,
  };
}

test('nothing shows: flannel vxlan is assumed, with policies enforced', () => {
  expect(chosen(APP)).toMatchObject({ label: 'flannel-vxlan', enforces: true, source: 'assumed' });
});

test.each([
  ['its image', daemonSet('kube-flannel-ds', 'ghcr.io/flannel-io/flannel:v0.27.0')],
  ['its ConfigMap', netConf('{"Type": "vxlan"}')],
  [
    'node annotations',
    '---\napiVersion: v1\nkind: Node\nmetadata: {name: n, annotations: {flannel.alpha.coreos.com/backend-type: vxlan}}\n',
  ],
])('flannel shows by %s: it enforces none', (_, text) => {
  expect(chosen(APP + text)).toMatchObject({ label: 'flannel-vxlan', enforces: false, source: 'detected' });
});

test('VNI and port are those of net-conf.json', () => {
  const { settings } = chosen(APP + netConf('{"Type": "vxlan", "VNI": 42, "Port": 4789}'));
  expect(settings.options).toMatchObject({ vni: 42, port: 4789 });
});

test('canal is not plain flannel: its policies may count', () => {
  const canal = daemonSet('canal', 'docker.io/calico/node:v3.29.0', 'docker.io/flannel/flannel:v0.24.4');
  expect(chosen(APP + canal)).toMatchObject({
    enforces: true,
    source: 'assumed',
    unmodelled: 'calico with flannel (canal)',
  });
});

test('a backend of flannel that is not modelled is said to be so', () => {
  expect(chosen(APP + netConf('{"Type": "ipsec"}'))).toMatchObject({ unmodelled: 'flannel ipsec' });
});

test('the profile wins over what shows', () => {
  const calico = daemonSet('calico-node', 'quay.io/calico/node:v3.29.0');
  expect(chosen(APP + calico)).toMatchObject({ label: 'calico-bgp', source: 'detected', enforces: true });
  expect(chosen(APP + calico, { cni: 'flannel' })).toMatchObject({ source: 'profile', enforces: false });
});

/**
 * A capture of two pods over Cilium vxlan: what each tcpdump showed is what is printed. The captured lines, without
 * times: in the server pod each packet once, after an ARP exchange for the router's address; on its node, with the
 * filter `host 245.0.0.35`, each packet twice, never the outer one.
 */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadSnapshot } from '../../src/index.ts';
import { tcpdumpRenderer } from '../../src/render/tcpdump.ts';
import { ask } from '../query/ask.ts';

const [CLIENT, SERVER] = ['nginx-ssh-deployment-client', 'nginx-ssh-deployment-server'];
const VIEW = { width: 80, color: 0, unicode: true, level: 'default' } as const;

function capture(): ReadonlyMap<string, readonly string[]> {
  const question = { from: `pod/${CLIENT}`, to: `pod/${SERVER}:80`, sourcePort: 39334 };
  const text = tcpdumpRenderer.render(ask('trace/nginx-ssh', question), VIEW);
  const places = new Map<string, string[]>();
  let place: string[] = [];
  for (const line of text.split('\n')) {
    const [, name] = /^# (\S+): tcpdump/.exec(line) ?? [];
    if (name !== undefined) {
      place = places.get(name) ?? [];
      places.set(name, place);
    } else if (line.startsWith('#')) place = places.get('notes') ?? [];
    if (/^# \S+ shows|^# A filter/.test(line)) places.set('notes', [...(places.get('notes') ?? []), line]);
    else if (name === undefined && !line.startsWith('#')) place.push(line);
  }
  return places;
}

test('in the server pod: each packet once, an ARP exchange for the router before the answer', () => {
  expect(capture().get(SERVER)).toEqual([
    'eth0  In  IP 245.0.0.35.39334 > 245.0.1.59.80: Flags [S], seq …, win …, options [mss 1410,…], length 0',
    'eth0  Out ARP, Request who-has 245.0.1.221 tell 245.0.1.59, length 28',
    'eth0  In  ARP, Reply 245.0.1.221 is-at …, length 28',
    'eth0  Out IP 245.0.1.59.80 > 245.0.0.35.39334: Flags [S.], seq …, ack …, win …, options [mss 1410,…], length 0',
  ]);
});

test('on the server’s node, host 245.0.0.35: each packet twice, by the overlay’s device and by the pod’s', () => {
  const lines = capture().get('k8s-node-2') ?? [];
  // The line behind that of an outer packet belongs to it: the filter looks at the first header.
  const filtered = lines.filter(
    (line, at) => /^\S+ +(In|Out) .*245\.0\.0\.35/.test(line) && !lines[at - 1]?.includes('OTV'),
  );
  expect(filtered.map((line) => line.replace(/, seq.*/, ''))).toEqual([
    'cilium_vxlan In  IP 245.0.0.35.39334 > 245.0.1.59.80: Flags [S]',
    `lxc~${SERVER} Out IP 245.0.0.35.39334 > 245.0.1.59.80: Flags [S]`,
    `lxc~${SERVER} In  IP 245.0.1.59.80 > 245.0.0.35.39334: Flags [S.]`,
    'cilium_vxlan Out IP 245.0.1.59.80 > 245.0.0.35.39334: Flags [S.]',
  ]);
  expect(lines).toContainEqual(
    expect.stringMatching(/^eth0 {2}In {2}IP 10\.0\.0\.11\.51000 > 10\.0\.0\.12\.8472: OTV/),
  );
});

test('it says why each shows twice, and why the filter passes over the outer packet', () => {
  const notes = capture().get('notes') ?? [];
  expect(notes).toContain(
    `# k8s-node-2 shows the packet 2 times, once a device: cilium_vxlan in, lxc~${SERVER} out.`,
  );
  expect(notes.join('\n')).toContain('those of the nodes, 10.0.0.11 and 10.0.0.12, UDP 8472');
});

test('its Deployment alone: the preferred anti-affinity puts the two replicas on two nodes', () => {
  const name = 'fixtures/trace/nginx-ssh/manifests/deployment.yaml';
  const files = [{ name, text: readFileSync(name, 'utf8') }];
  const { cluster } = loadSnapshot({ files, profile: { flags: { set: [] } } });
  const nodes = cluster.pods
    .filter(({ workload }) => workload?.name === 'nginx-ssh-deployment')
    .map(({ node }) => node);
  expect(new Set(nodes).size).toBe(2);
});

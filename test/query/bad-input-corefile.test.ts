/** Corefiles that somebody got wrong: what is said, where, and what answers in their place. */

import { expect, test } from 'vitest';
import { dnsLookupQuestion, loadSnapshot, type Snapshot } from '../../src/index.ts';
import { locate } from '../../src/source/ref.ts';

const API = `apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {clusterIP: 10.96.0.20, selector: {app: api}, ports: [{port: 80}]}
`;

/** A cluster with the Service, and this before it. */
function read(document: string): Snapshot {
  return loadSnapshot({
    files: [{ name: 'in.yaml', text: `${document}---\n${API}` }],
    profile: { flags: { namespace: 'shop', set: [] } },
  });
}

/** `code file:line:column text` of what reading says, the Corefile included. */
function said({ dns, diagnostics }: Snapshot): readonly string[] {
  expect(dns).toBeDefined();
  return diagnostics.map(({ code, text, sources }) => {
    const at = sources[0]?.at;
    if (at === undefined) return `${code} ${text}`;
    const { file, line, column } = locate(at);
    return `${code} ${file}:${line}:${column} ${text}`;
  });
}

const coreMap = (data: string) => `apiVersion: v1
kind: ConfigMap
metadata: {name: coredns, namespace: kube-system}
data:
${data}`;

test('a Corefile with a plugin that is not modelled says so at its line; the rest serves', () => {
  const server = ['.:53 {', '    kubernetes cluster.local', '    dns64', '}'];
  const snapshot = read(coreMap(`  Corefile: |\n${server.map((line) => `    ${line}\n`).join('')}`));
  expect(said(snapshot)).toEqual([
    expect.stringMatching(/^unmodelled in\.yaml:8:\d+ .*dns64 is not modelled/),
  ]);
  expect(dnsLookupQuestion(snapshot, { name: 'api' }).result.addresses).toEqual(['10.96.0.20']);
});

test.each(['  Corefile: 5\n', '  Corefile: [a]\n', '  Corefile: {a: b}\n', '  Corefile:\n'])(
  'a Corefile that is no text is told, and the cluster’s DNS is kubeadm’s: %j',
  (data) => {
    const snapshot = read(coreMap(data));
    expect(dnsLookupQuestion(snapshot, { name: 'api' }).result.addresses).toEqual(['10.96.0.20']);
    expect(said(snapshot)).toEqual([expect.stringMatching(/^corefile-invalid in\.yaml:5:\d+ .*is no text/)]);
  },
);

test('a Corefile that serves nobody refuses, and the miss says so', () => {
  const snapshot = read(coreMap('  Corefile: |\n    example.org:53 {\n        errors\n    }\n'));
  const [finding] = dnsLookupQuestion(snapshot, { name: 'api' }).diagnostics;
  expect(finding?.text).toBe(
    "the cluster's DNS refuses the question: no server block of its Corefile answers for api",
  );
  expect(finding?.sources?.[0]).toMatchObject({ line: 5 });
});

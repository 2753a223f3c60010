/** The order of files and documents changes nothing for what names are answered; and facts of the DNS server. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dnsLookupQuestion, loadSnapshot, traceQuestion } from '../../src/index.ts';

const TEXT = readFileSync('fixtures/dns/names/manifests/names.yaml', 'utf8');
const NAMES = ['my-service', 'my-service.billing', 'db', 'gone', 'self', 'empty', 'ledger', 'nope'];

const snapshotOf = (texts: readonly string[], set: readonly string[] = []) =>
  loadSnapshot({
    files: texts.map((text, index) => ({ name: `${index}.yaml`, text })),
    profile: { flags: { set } },
  });

const answers = (texts: readonly string[]) => {
  const snapshot = snapshotOf(texts);
  return NAMES.map((name) => {
    const { result, queries } = dnsLookupQuestion(snapshot, { name, from: 'shop/client' });
    // Addresses of pods that nobody wrote, and of answers, are sets.
    const records = queries.map(({ rcode, answers: found }) => [rcode, found.map(({ data }) => data).sort()]);
    return [name, result.status, [...result.addresses].sort(), records];
  });
};

test('documents in any order, in one file each', () => {
  const documents = TEXT.split(/^---$/m);
  const expected = answers(documents);
  const orders = fc.shuffledSubarray(documents, { minLength: documents.length });
  fc.assert(
    fc.property(orders, (order) => {
      expect(answers(order)).toEqual(expected);
    }),
    { numRuns: 10 },
  );
});

const corefile = (zones: string) => `apiVersion: v1
kind: ConfigMap
metadata: {name: coredns, namespace: kube-system}
data:
  Corefile: |
    .:53 {
        kubernetes ${zones} {
           pods insecure
        }
        forward . /etc/resolv.conf
    }
`;

test.each([
  ['k8s.example.com in-addr.arpa ip6.arpa', 'k8s.example.com'],
  ['in-addr.arpa cluster.internal.', 'cluster.internal'],
  ['CLUSTER_DOMAIN REVERSE_CIDRS', 'cluster.local'],
])('a Corefile that serves %s: the domain of the cluster is %s', (zones, domain) => {
  expect(snapshotOf([corefile(zones)]).profile.clusterDomain).toBe(domain);
});

test('NodeLocal DNSCache: the question stays on the node, and what is not walked is said', () => {
  const text = readFileSync('fixtures/dns/lookup-road/manifests/app.yaml', 'utf8');
  const snapshot = snapshotOf([text], ['dns.nodeLocal=true', 'dns.clusterIPs=[169.254.20.10]']);
  const answer = traceQuestion(snapshot, { from: 'shop/plain', to: 'svc/api', dns: true });
  expect(answer.paths[0]?.legs[0]).toMatchObject({
    purpose: 'lookup',
    hops: [{ place: { kind: 'resolver', name: 'NodeLocal DNSCache' }, steps: [{ kind: 'resolve' }] }],
  });
  expect(answer.paths[0]?.disposition).toBe('accepted');
  expect(answer.diagnostics.map(({ code }) => code)).toContain('unmodelled');
});

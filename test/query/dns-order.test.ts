/** The order of files and documents changes nothing for what names are answered; and facts of the DNS server. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dnsLookupQuestion, dnsRecordsQuestion, loadSnapshot } from '../../src/index.ts';

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

test('dns records: the same zone, whatever the order of documents and files', () => {
  const documents = TEXT.split(/^---$/m);
  const zone = (texts: readonly string[]) =>
    [...dnsRecordsQuestion(snapshotOf(texts)).records].map((record) => JSON.stringify(record));
  const expected = zone(documents);
  expect(expected.length).toBeGreaterThan(20);
  const orders = fc.shuffledSubarray(documents, { minLength: documents.length });
  // Records come in the order of names, so not only the set is the same.
  fc.assert(
    fc.property(orders, (texts) => {
      expect(zone(texts)).toEqual(expected);
    }),
    { numRuns: 20 },
  );
});

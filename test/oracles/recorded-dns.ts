/** Recorded cases of CoreDNS, and a server of ours that is set up by the same Corefile and objects. */

import { readFileSync } from 'node:fs';
import { loadSnapshot, type Snapshot } from '../../src/index.ts';
import type { RecordFacts } from './dns-replies.ts';
import type { StoredObject } from './service-clusters.ts';

export interface RecordedDns {
  readonly coredns: string;
  readonly upstream: readonly RecordFacts[];
  readonly clusters: readonly (readonly StoredObject[])[];
  readonly cases: readonly {
    readonly name: string;
    readonly cluster: number;
    readonly corefile: string;
    /** Question and reply as test/oracles/dns-replies.ts writes them. */
    readonly answers: readonly (readonly [string, string])[];
  }[];
}

export function recordedDns(file: string): RecordedDns {
  return JSON.parse(readFileSync(file, 'utf8')) as RecordedDns;
}

/** The cluster of a case: its objects, with the Corefile where a cluster has it. */
export function dnsSnapshot(
  { upstream, clusters }: RecordedDns,
  { cluster, corefile }: RecordedDns['cases'][number],
): Snapshot {
  const text = corefile
    .replace('PORT', '53')
    .replace(/ *endpoint API\n/, '')
    .replace('UPSTREAM', '/etc/resolv.conf');
  const map = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'kube-system', name: 'coredns' },
    data: { Corefile: text },
  };
  const list = { apiVersion: 'v1', kind: 'List', items: [...(clusters[cluster] ?? []), map] };
  const known: Record<string, object[]> = {};
  for (const { name, ...record } of upstream) known[name] = [...(known[name] ?? []), record];
  const profile = { apiVersion: 'k8snet.dev/v1', kind: 'Profile', input: 'stored', dns: { upstream: known } };
  return loadSnapshot({
    files: [{ name: 'objects.json', text: JSON.stringify(list) }],
    profile: { file: { name: 'k8snet.yaml', text: JSON.stringify(profile) }, flags: { set: [] } },
  });
}

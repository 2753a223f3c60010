/** Conformance cases about the files that the kubelet writes for a pod. */

import {
  type HostsFileFacts,
  loadSnapshot,
  type Pod,
  parseResolvConf,
  podHostNames,
  podHostsFile,
  podResolvConf,
  type ResolvConf,
} from '../../src/index.ts';
import type { VectorResult } from './result.ts';

export type PodFileVector = ResolvConfVector | ParseVector | HostsVector | HostnameVector;

interface ResolvConfVector {
  readonly id: string;
  readonly kind: 'resolvconf';
  readonly pod: Readonly<Record<string, unknown>>;
  /** null: --resolv-conf="". */
  readonly hostResolvConf: string | null;
  readonly clusterDNS: readonly string[];
  readonly clusterDomain: string;
  readonly limits: 'expanded' | 'legacy';
  readonly nodeIPs?: readonly string[];
  readonly expect: ResolvConf & { readonly warnings: readonly string[] };
}

interface ParseVector {
  readonly id: string;
  readonly kind: 'parse-resolvconf';
  readonly text: string;
  readonly expect: ResolvConf | { readonly error: true };
}

interface HostsVector {
  readonly id: string;
  readonly kind: 'hosts';
  readonly hostNetwork: boolean;
  readonly hostAliases: readonly { readonly ip: string; readonly hostnames: readonly string[] }[];
  readonly podIPs?: readonly string[];
  readonly hostname?: string;
  readonly domain?: string;
  readonly nodeHosts?: string;
  readonly expect: string;
}

interface HostnameVector {
  readonly id: string;
  readonly kind: 'hostname';
  readonly clusterDomain: string;
  readonly pod: Readonly<Record<string, unknown>>;
  /** `<node>` stands for the node's name. */
  readonly expect: Readonly<Record<string, unknown>>;
}

/** Runs one case. */
export function runPodFileVector(vector: PodFileVector): VectorResult {
  const { id } = vector;
  switch (vector.kind) {
    case 'resolvconf':
      return compare(id, sorted(vector.expect), sorted(writtenFile(vector)));
    case 'parse-resolvconf': {
      const read = parseResolvConf(vector.text);
      const isRead = !('error' in vector.expect);
      return compare(
        id,
        isRead ? sorted(vector.expect as ResolvConf) : { error: true },
        read === undefined ? { error: true } : sorted(read),
      );
    }
    case 'hosts':
      return compare(id, { text: vector.expect }, { text: podHostsFile(hostsFacts(vector)) });
    case 'hostname':
      return compare(id, vector.expect, hostnames(vector));
  }
}

function hostsFacts(vector: HostsVector): HostsFileFacts {
  const { hostNetwork, hostAliases, podIPs = [], hostname = '', domain = '', nodeHosts = '' } = vector;
  return hostNetwork
    ? { hostNetwork, nodeHosts, hostAliases }
    : { hostNetwork, podIps: podIPs, hostname, domain, hostAliases };
}

function hostnames({ pod, clusterDomain }: HostnameVector): Readonly<Record<string, unknown>> {
  const names = podHostNames(readPod(pod), { clusterDomain, nodeName: '<node>', hostnameOverride: true });
  switch (names.kind) {
    case 'named':
      return { hostname: names.hostname, fqdn: names.fqdn, dnsName: names.dnsName ?? null };
    case 'refused':
      return { invalid: true };
    case 'no-sandbox':
      return { sandboxError: true };
  }
}

function writtenFile(vector: ResolvConfVector): ResolvConfVector['expect'] {
  const { hostResolvConf, clusterDNS, clusterDomain, limits, nodeIPs = [] } = vector;
  const { cut, nameservers, searches, options } = podResolvConf(readPod(vector.pod), {
    clusterDns: clusterDNS,
    clusterDomain,
    nodeResolvConf: hostResolvConf === null ? undefined : parseResolvConf(hostResolvConf),
    nodeFamilies: nodeIPs.map((ip) => (ip.includes(':') ? 6 : 4)),
    limits,
  });
  const warnings = (['nameservers', 'searches'] as const).filter((list) => cut[list].length > 0);
  return { nameservers, searches, options, warnings };
}

/** Reads a Pod as the API server stores it. */
function readPod(pod: Readonly<Record<string, unknown>>): Pod {
  const { cluster } = loadSnapshot({
    files: [{ name: 'pod.json', text: JSON.stringify(pod) }],
    profile: { flags: { set: [], stored: true } },
  });
  const [found] = cluster.pods;
  if (found === undefined) throw new Error('the case has no pod');
  return found;
}

/** Options are a set. */
function sorted(file: ResolvConf): Readonly<Record<string, unknown>> {
  return { ...file, options: [...file.options].sort() };
}

/** Every expected field must be as it is in the answer. */
function compare(
  id: string,
  expected: Readonly<Record<string, unknown>>,
  got: Readonly<Record<string, unknown>>,
): VectorResult {
  const different = Object.keys(expected).filter(
    (key) => JSON.stringify(expected[key]) !== JSON.stringify(got[key]),
  );
  if (different.length === 0) return { id, status: 'pass' };
  const print = (from: Readonly<Record<string, unknown>>) =>
    different.map((key) => `${key} ${JSON.stringify(from[key])}`).join(' ');
  return { id, status: 'fail', detail: `expected ${print(expected)}, got ${print(got)}` };
}

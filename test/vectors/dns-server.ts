/** The server of a case: its manifests as the API server stores them, and its settings. */

import {
  type DnsServer,
  type DnsServerSettings,
  dnsServer,
  EXTERNAL_DEFAULTS,
  loadSnapshot,
  PLUGIN_DEFAULTS,
  type Snapshot,
} from '../../src/index.ts';
import { parseIp } from '../../src/net/ip.ts';
import type { RecordFacts, ServerConfig } from './dns-file.ts';

/** @param input `authored` where pods are to be made from workloads. */
export function readManifests(
  manifests: readonly unknown[],
  { clusterDomain }: Pick<ServerConfig, 'clusterDomain'>,
  input: 'stored' | 'authored' = 'stored',
): Snapshot {
  const list = { apiVersion: 'v1', kind: 'List', items: manifests };
  const profile = { apiVersion: 'k8snet.dev/v1', kind: 'Profile', input, clusterDomain };
  return loadSnapshot({
    files: [{ name: 'manifests.json', text: JSON.stringify(list) }],
    profile: { file: { name: 'k8snet.yaml', text: JSON.stringify(profile) }, flags: { set: [] } },
  });
}

/** The server that a case's configuration describes. */
export function serverOf({ control }: Snapshot, config: ServerConfig): DnsServer {
  return dnsServer(control, settingsOf(config));
}

function settingsOf(config: ServerConfig): DnsServerSettings {
  const { clusterDomain, reverseZones, multicluster, namespaces, externalZones = [], client } = config;
  const addresses = config.dnsServerIPs.flatMap((text) => parseIp(text) ?? []);
  return {
    kubernetes: {
      ...PLUGIN_DEFAULTS,
      zones: [clusterDomain, ...reverseZones, ...multicluster].map(absolute),
      pods: config.pods,
      ttl: config.ttl,
      namespaces: new Set(namespaces ?? []),
      endpointPodNames: config.endpointPodNames,
      ignoreEmptyService: config.ignoreEmptyService,
      noEndpoints: config.noEndpoints,
      zonal: config.zonal,
      multicluster: multicluster.map(absolute),
    },
    ...(externalZones.length === 0
      ? {}
      : {
          external: {
            ...EXTERNAL_DEFAULTS,
            zones: externalZones.map(absolute),
            headless: config.externalHeadless === true,
          },
        }),
    autopath: config.autopath,
    addresses,
    searches: client?.hostSearch ?? [],
    upstream: byName(config.upstream),
  };
}

function byName(records: readonly RecordFacts[]): ReadonlyMap<string, readonly RecordFacts[]> {
  const index = new Map<string, RecordFacts[]>();
  for (const record of records) {
    const name = record.name.toLowerCase();
    index.set(name, [...(index.get(name) ?? []), record]);
  }
  return index;
}

function absolute(name: string): string {
  return name.endsWith('.') ? name : `${name}.`;
}

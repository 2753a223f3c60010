/** The cluster of a case: its manifests as the API server stores them, and the rest as a profile. */

import { loadSnapshot, type Snapshot } from '../../src/index.ts';
import type { ClusterFacts } from './kube-proxy-file.ts';

/** Reads the manifests of a case, which are not always such as the API server would admit. */
export function readCluster(facts: ClusterFacts, mode: string): Snapshot {
  const manifests = { apiVersion: 'v1', kind: 'List', items: facts.manifests };
  const snapshot = loadSnapshot({
    files: [{ name: 'manifests.json', text: JSON.stringify(manifests) }],
    profile: {
      file: { name: 'k8snet.yaml', text: JSON.stringify(profileOf(facts, mode)) },
      flags: { set: [] },
    },
  });
  const refused = snapshot.diagnostics.find(({ code }) => code === 'profile-invalid');
  if (refused !== undefined) throw new Error(refused.text);
  return snapshot;
}

function profileOf(facts: ClusterFacts, mode: string): unknown {
  const { nodes, clusterCIDR, serviceCIDRs = [], localDetector, kubeProxy } = facts;
  return {
    apiVersion: 'k8snet.dev/v1',
    kind: 'Profile',
    input: 'stored',
    // An empty list means that kube-proxy knows of none.
    ...(serviceCIDRs.length === 0 ? {} : { serviceCIDRs }),
    nodes: nodes.map(({ name, ip, addresses = [ip], primaryAddresses = [ip], labels = {} }) => ({
      name,
      addresses,
      primaryAddresses,
      labels,
    })),
    proxy: { mode, clusterCIDR: [clusterCIDR], detectLocal: localDetector.mode, ...kubeProxy },
  };
}

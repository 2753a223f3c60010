/** A generated or recorded cluster as a snapshot: its objects as an API server stores them, the rest as a profile. */

import { loadSnapshot, type Snapshot } from '../../src/index.ts';
import type { ServiceCluster } from './service-clusters.ts';

/** @throws when the profile is refused: then the case does not say what it means to. */
export function storedSnapshot(asked: ServiceCluster, mode: string): Snapshot {
  const items = [...asked.services, ...asked.endpointSlices];
  const { name, addresses, podCIDRs, labels } = asked.node;
  const isFirst = (address: string) =>
    addresses.find((each) => familyOf(each) === familyOf(address)) === address;
  const profile = {
    apiVersion: 'k8snet.dev/v1',
    kind: 'Profile',
    input: 'stored',
    nodes: [{ name, addresses, primaryAddresses: addresses.filter(isFirst), podCIDRs, labels }],
    proxy: { mode, ...asked.proxy },
  };
  const snapshot = loadSnapshot({
    files: [{ name: 'objects.json', text: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) }],
    profile: { file: { name: 'k8snet.yaml', text: JSON.stringify(profile) }, flags: { set: [] } },
  });
  void snapshot.profile;
  const refused = snapshot.diagnostics.find(({ code }) => code === 'profile-invalid');
  if (refused !== undefined) throw new Error(refused.text);
  return snapshot;
}

function familyOf(address: string): number {
  return address.includes(':') ? 6 : 4;
}

/** The policy matrix of a snapshot: its pods, and its policies as far as the CNI enforces them. */

import type { Pod } from '../../cluster/cluster.ts';
import type { IpFamily } from '../../net/ip.ts';
import { type PolicyMatrix, policyMatrix } from '../../policy/matrix/matrix.ts';
import { indexPolicies, type PolicyIndex } from '../../policy/policy-index.ts';
import type { Snapshot } from '../snapshot.ts';

export interface ClusterMatrix {
  readonly matrix: PolicyMatrix;
  /** Empty where no policy is enforced. */
  readonly index: PolicyIndex;
  readonly pods: readonly Pod[];
}

/** The policies in force: none where the CNI enforces none. */
export function enforcedPolicies({ cluster, dataplane, policies }: Snapshot): PolicyIndex {
  return dataplane.cni.facets.policy.enforces ? policies : indexPolicies([], cluster, policies.settings);
}

/**
 * Computes the matrix over one family.
 * @param pods what it is about; without them every pod that runs.
 */
export function clusterMatrix(
  snapshot: Snapshot,
  family: IpFamily,
  pods: readonly Pod[] = snapshot.cluster.pods.filter((pod) => !pod.finished),
): ClusterMatrix {
  const { cluster } = snapshot;
  const index = enforcedPolicies(snapshot);
  const { settings } = index;
  return {
    matrix: policyMatrix({ cluster, pods, index, settings, family, hostNetwork: 'nodes' }),
    index,
    pods,
  };
}

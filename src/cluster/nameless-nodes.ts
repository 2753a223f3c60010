/** What the profile says of a node without naming it, where there is no node at that place. */

import type { Report } from '../diagnostics/diagnostic.ts';
import type { Cluster } from './cluster.ts';
import type { ProfileNode } from './profile.ts';

function saysNothing({ mtu, ...rest }: ProfileNode): boolean {
  const { addresses, primaryAddresses, podCidrs, labels, sysctls } = rest;
  const lists = [...addresses, ...primaryAddresses, ...podCidrs, ...labels, ...sysctls];
  return mtu === undefined && lists.length === 0;
}

/** Reports it; nothing of it is used. */
export function reportNamelessNodes(
  { profile, nodes }: Pick<Cluster, 'profile' | 'nodes'>,
  report: Report,
): void {
  const used = new Set(nodes.map(({ profileIndex }) => profileIndex));
  for (const [index, node] of profile.nodes.entries()) {
    if (node.name !== undefined || used.has(index) || saysNothing(node)) continue;
    const at = profile.given.get(`nodes.${index}`) ?? profile.given.get('nodes');
    report({
      code: 'profile-invalid',
      severity: 'warning',
      text: `nodes[${index}] has no name, and there is no node of that place (${nodes.length} in all); it is left out`,
      sources: at === undefined ? [] : [{ at, role: 'primary' }],
      help: [{ text: 'give it a name', applicability: 'likely' }],
    });
  }
}

/** The socket of the program that a question is about. */

import type { Cluster } from '../cluster/cluster.ts';
import { PROXY_UID } from '../control/mesh/capture-settings.ts';
import { proxyMembership } from '../control/mesh/proxies.ts';
import { runsAsProxy } from '../control/mesh/proxy-user.ts';
import type { Asking } from './asking.ts';
import type { ClientSocket } from './dial.ts';
import type { Source } from './target.ts';

/** Of an application that its sidecar's rules take for the sidecar itself; undefined: of any other program. */
export function clientSocket(
  cluster: Cluster,
  source: Source,
  report: Asking['report'],
): ClientSocket | undefined {
  if (source.kind !== 'pod' || proxyMembership(cluster)(source.pod).membership !== 'sidecar')
    return undefined;
  const at = runsAsProxy(source.pod);
  if (at === undefined) return undefined;
  report({
    code: 'istio-proxy-user',
    severity: 'warning',
    text: `${source.pod.key} runs as user ${PROXY_UID}, as its sidecar does: its connections go past the sidecar:`,
    sources: [{ at, role: 'primary' }],
    help: [{ text: 'run the application as another user' }],
  });
  // The rules ask for the user before they ask for the group.
  return { owner: { uid: PROXY_UID, gid: 0 } };
}

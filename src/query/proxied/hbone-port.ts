/**
 * The slip of everybody who moves to ambient mode: a NetworkPolicy names the port of the application, and the network sees
 * HBONE (istio.io: docs/ambient/usage/networkpolicy).
 */

import type { Pod } from '../../cluster/cluster.ts';
import { decide } from '../../policy/decide.ts';
import { partyAt, partyOfPod } from '../../policy/party.ts';
import type { Asking } from '../asking.ts';
import type { Forwarding } from './proxy.ts';

/** Says so where policies deny HBONE to a pod, and would allow the connection inside it. */
export function noteHbonePort({ snapshot, report }: Asking, from: Pod, { to, seal }: Forwarding): void {
  const { tunnel } = seal ?? {};
  if (tunnel === undefined || tunnel.ip !== undefined || to.kind !== 'addresses') return;
  const { cluster, policies } = snapshot;
  const { port } = tunnel;
  const isSlip = to.addresses.some(({ ip, port: outer }) => {
    const flow = { from: partyOfPod(cluster, from), to: partyAt(cluster, ip), protocol: 'tcp' as const };
    return (
      decide(policies, { ...flow, port: outer }).action === 'deny' &&
      decide(policies, { ...flow, port }).action === 'allow'
    );
  });
  const [outer] = to.addresses;
  if (!isSlip || outer === undefined) return;
  report({
    code: 'istio-hbone-port',
    severity: 'warning',
    text: `policies allow port ${port}, but between pods in ambient mode the network sees HBONE at port ${outer.port}: allow ${outer.port}, too`,
    sources: [],
    help: [{ text: `add {protocol: TCP, port: ${outer.port}} to the ports of the rule` }],
  });
}

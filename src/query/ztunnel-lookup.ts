/**
 * Names that a pod in ambient mode asks for: ztunnel takes the question in the pod, and answers it itself where the name is that of
 * a Service; no packet goes to the cluster DNS, and no policy is asked. All else it asks there as the pod would.
 * Source: istio/ztunnel:src/dns/server.rs find_server, istio/istio:manifests/charts/istio-cni/values.yaml ambient.dnsCapture.
 * Rules: docs/semantics/istio.md 13.14.
 */

import { proxyMembership } from '../control/mesh/proxies.ts';
import type { Asking } from './asking.ts';
import { assumptionSet } from './assumptions.ts';
import type { Lookup } from './lookup.ts';
import { lookUp } from './lookup-leg.ts';

const DNS_CAPTURE = 'ambient.istio.io/dns-capture';

/**
 * The look-up that ztunnel answers; undefined: the name goes the way of every other.
 * @param world in which no policy keeps the question from the cluster DNS.
 */
export function ztunnelLookup(
  asking: Asking,
  host: string,
  world: () => Asking['world'],
): Lookup | undefined {
  const { source, snapshot } = asking;
  if (source.kind !== 'pod' || source.pod.annotations.get(DNS_CAPTURE) === 'false') return undefined;
  const { pod } = source;
  if (proxyMembership(snapshot.cluster)(pod).membership !== 'ambient') return undefined;
  const aside: Asking = { ...asking, world: world(), assumptions: assumptionSet(), report: () => {} };
  const found = lookUp(aside, host);
  const { service } = found;
  if (found.failure !== undefined || service === undefined || service.body.type === 'ExternalName') {
    return undefined;
  }
  const { name, namespace } = service;
  const full = `${name}.${namespace}.svc.${snapshot.profile.clusterDomain}`;
  const addresses = found.addresses.map(({ text }) => text).join(', ');
  const chain = full === host ? [host] : [host, full];
  asking.assumptions.add('A_AMBIENT', { values: [`${pod.key}: ztunnel answers names (ambient.dnsCapture)`] });
  return {
    ...found,
    walks: [],
    leg: {
      purpose: 'lookup',
      hops: [
        {
          place: { kind: 'resolver', name: 'ztunnel' },
          steps: [
            {
              kind: 'resolve',
              text: [...chain, addresses].join(' → '),
              where: { rule: 'by ztunnel' },
            },
          ],
        },
      ],
    },
  };
}

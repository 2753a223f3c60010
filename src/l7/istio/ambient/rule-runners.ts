/** Whether anybody runs rules of Istio in ambient mode: ztunnel reads no request, waypoints do. Rules: docs/semantics/istio.md 13.10. */

import type { Mesh } from '../mesh.ts';
import { hostsMatch } from '../names.ts';
import type { RuleSet } from '../rule-sets.ts';
import { waypointOfService } from './waypoints.ts';

/** Is one of the Services that the rules are for behind a waypoint that takes rules of their namespace? */
export function runsAtWaypoint(
  { control, domain }: Mesh,
  { hosts, namespace }: Pick<RuleSet, 'hosts' | 'namespace'>,
): boolean {
  return control.cluster.services.some((service) => {
    const full = `${service.name}.${service.namespace}.svc.${domain}`;
    if (!hosts.some((host) => hostsMatch(host, full))) return false;
    const answer = waypointOfService(control.cluster, service);
    if (answer.kind !== 'waypoint') return false;
    return namespace === service.namespace || namespace === answer.gateway.metadata.namespace;
  });
}

/** Rules for sidecars that are about a host, in the order of their age. */
export function meshRulesFor({ rules }: Mesh, host: string): readonly RuleSet[] {
  return rules.all.filter(
    ({ gateways, hosts }) => gateways.has('mesh') && hosts.some((each) => hostsMatch(each, host)),
  );
}

/** Ways in by a host: of Ingresses, and of routes at Gateways. The paths are routes. */

import { ingressTables } from '../../l7/ingress-tables.ts';
import type { RouteBackend } from '../../l7/route-table.ts';
import type { SourceRef } from '../../source/ref.ts';
import { gatewaysOf } from '../gateway/scene.ts';
import { objectNamer } from '../namer.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Said } from './keyed-changes.ts';
import { objectId } from './object-changes.ts';
import { serviceIdentity, workloadsOf } from './service-ports.ts';

interface HostDoor {
  readonly host: string;
  /** The Gateway that listens; of Ingresses nothing is said. */
  readonly gateway?: string;
  readonly backend: RouteBackend;
  /** The rule. */
  readonly at: SourceRef;
}

/** `host shop.example.com → shop/svc/web:80` to who may come. */
export function hostDoors(snapshot: Snapshot): ReadonlyMap<string, Said> {
  const said = new Map<string, Said>();
  const namer = objectNamer(snapshot.objects);
  for (const door of [...ingressHosts(snapshot), ...gatewayHosts(snapshot)]) {
    const { found, endpoints } = door.backend;
    if (found === undefined || endpoints.length === 0) continue;
    const subject = subjectOf(door, found);
    const rule = namer(door.at)?.object;
    const { namespace, name } = found.service;
    said.set(subject, {
      value: `anyone who reaches the ${door.gateway === undefined ? 'controller' : 'gateway'}`,
      objects: [
        ...(said.get(subject)?.objects ?? []),
        ...[rule, door.gateway === undefined ? undefined : `gateway/${door.gateway}`].flatMap(
          (object) => object ?? [],
        ),
        objectId('Service', namespace, name),
        ...workloadsOf(snapshot, endpoints),
      ],
    });
  }
  return said;
}

function subjectOf(
  { host, gateway, backend }: HostDoor,
  { service, port }: NonNullable<RouteBackend['found']>,
): string {
  const where = gateway === undefined ? '' : ` at Gateway ${gateway}`;
  const name = host === '*' ? '(any)' : host;
  return `host ${name}${where} → ${serviceIdentity(service)}:${port?.port ?? backend.port}`;
}

function ingressHosts({ control }: Snapshot): readonly HostDoor[] {
  return ingressTables(control).tables.flatMap(({ routes }) => routes);
}

function gatewayHosts({ control }: Snapshot): readonly HostDoor[] {
  const { gateways, resolver } = gatewaysOf(control);
  return gateways.flatMap((table) => {
    const { namespace, name } = table.gateway.metadata;
    return table.listeners.flatMap((listener) =>
      table.indexOf(listener).hosts.flatMap(({ hostname, matches }) =>
        matches.flatMap(({ rule }) =>
          rule.body.backends.map((ref) => ({
            host: hostname,
            gateway: `${namespace}/${name}`,
            backend: resolver.resolve(rule.route, ref),
            at: rule.at,
          })),
        ),
      ),
    );
  });
}

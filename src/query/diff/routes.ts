/** What changes in the routing tables of layer 7, entry by entry: where each matcher of each host sends what it matches. */

import { ingressTables } from '../../l7/ingress-tables.ts';
import { backendName, type Route, type RouteEntry } from '../../l7/route-table.ts';
import { objectNamer } from '../namer.ts';
import type { Snapshot } from '../snapshot.ts';
import type { ObjectNamer } from '../source-answer.ts';
import type { ChangeAnswer } from './diff-answer.ts';
import { keyedChanges, type Said } from './keyed-changes.ts';
import { objectId } from './object-changes.ts';
import { causesOf, type Sides } from './side.ts';

/** The changes of entries. */
export function routeChanges(sides: Sides): readonly ChangeAnswer[] {
  return keyedChanges('routes', entriesOf(sides.old.snapshot), entriesOf(sides.new.snapshot), (objects) =>
    causesOf(sides, objects, 'routes'),
  );
}

/** `ingress-nginx shop.example.com /api/` to its backend, with what else the entry does. */
function entriesOf({ control, objects }: Snapshot): ReadonlyMap<string, Said> {
  const namer = objectNamer(objects);
  const entries = ingressTables(control).tables.flatMap(({ controller, hosts }) =>
    hosts.flatMap((host) =>
      // The controller's own default backend is nobody's rule.
      host.entries.flatMap((entry) =>
        entry.route === undefined ? [] : [{ controller, host, entry, route: entry.route }],
      ),
    ),
  );
  return new Map(
    entries.map(({ controller, host, entry, route }) => [
      `${controller} ${host.names.join(' ')} ${entry.matcher}`,
      { value: entryText(entry, host.certificate), objects: objectsOf(route, namer) },
    ]),
  );
}

function objectsOf({ at, backend }: Route, namer: ObjectNamer): readonly string[] {
  const ingress = namer(at)?.object;
  const service = backend.found?.service;
  return [
    ...(ingress === undefined ? [] : [ingress]),
    ...(service === undefined ? [] : [objectId('Service', service.namespace, service.name)]),
  ];
}

function entryText({ route, rewrite }: RouteEntry, certificate: string | undefined): string {
  if (route === undefined) return '';
  const { backend } = route;
  const parts = [
    backend.state === 'resource' ? 'a resource' : backendName(backend),
    ...(backend.state === 'ready' || backend.state === 'resource' ? [] : [backend.state]),
    ...(rewrite === undefined ? [] : [`as ${rewrite}`]),
    ...(certificate === undefined ? [] : [`certificate ${certificate}`]),
  ];
  return parts.join(', ');
}

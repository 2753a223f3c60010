/** What changes in the routing tables of layer 7, entry by entry: where each matcher of each host sends what it matches. */

import { routeKey } from '../../l7/gateway-api/model.ts';
import { ingressTables } from '../../l7/ingress-tables.ts';
import { backendName, type Route, type RouteEntry } from '../../l7/route-table.ts';
import { backendAnswers, filterTexts } from '../gateway/backend-answers.ts';
import { gatewaysOf } from '../gateway/scene.ts';
import { objectNamer } from '../namer.ts';
import type { Snapshot } from '../snapshot.ts';
import type { ObjectNamer } from '../source-answer.ts';
import type { ChangeAnswer } from './diff-answer.ts';
import { keyedChanges, type Said } from './keyed-changes.ts';
import { objectId } from './object-changes.ts';
import { workloadsOf } from './service-ports.ts';
import { causesOf, type Sides } from './side.ts';

/** The changes of entries. */
export function routeChanges(sides: Sides): readonly ChangeAnswer[] {
  return keyedChanges('routes', entriesOf(sides.old.snapshot), entriesOf(sides.new.snapshot), (objects) =>
    causesOf(sides, objects, 'routes'),
  );
}

/** What each entry of each table says, by what it matches. */
function entriesOf(snapshot: Snapshot): ReadonlyMap<string, Said> {
  return new Map([...ingressEntries(snapshot), ...gatewayEntries(snapshot)]);
}

type Entry = readonly [subject: string, said: Said];

/** `ingress-nginx shop.example.com /api/` to its backend, with what else the entry does. */
function ingressEntries(snapshot: Snapshot): readonly Entry[] {
  const { control, objects } = snapshot;
  const namer = objectNamer(objects);
  const entries = ingressTables(control).tables.flatMap(({ controller, hosts }) =>
    hosts.flatMap((host) =>
      // The controller's own default backend is nobody's rule.
      host.entries.flatMap((entry) =>
        entry.route === undefined ? [] : [{ controller, host, entry, route: entry.route }],
      ),
    ),
  );
  return entries.map(({ controller, host, entry, route }) => [
    `${controller} ${host.names.join(' ')} ${entry.matcher}`,
    { value: entryText(entry, host.certificate), objects: objectsOf(snapshot, route, namer) },
  ]);
}

/** `Gateway/shop/edge http shop.example.com PathPrefix /api` to its backends, with its filters. */
function gatewayEntries(snapshot: Snapshot): readonly Entry[] {
  const { control, objects } = snapshot;
  const namer = objectNamer(objects);
  const { gateways, resolver } = gatewaysOf(control);
  return gateways.flatMap((table) =>
    table.listeners.flatMap((listener) =>
      table.indexOf(listener).hosts.flatMap(({ hostname, matches }) =>
        // Of several with one text the first wins, which a Map would forget.
        [...matches].reverse().map(({ matcher, rule }): Entry => {
          const route = namer(rule.at)?.object;
          const backends = backendAnswers(rule, { resolver, namer });
          const texts = backends.map(({ service, port, share, state }) => {
            const part = share === '1/1' ? '' : ` ${share}`;
            return `${service}:${port ?? '?'}${part}${state === 'ready' ? '' : ` ${state}`}`;
          });
          const value = [
            ...filterTexts(rule),
            ...texts,
            ...listener.certificates.map((name) => `certificate ${name}`),
          ];
          const services = backends.map(({ service }) => `service/${service}`);
          const workloads = rule.body.backends.flatMap((ref) =>
            workloadsOf(snapshot, resolver.resolve(rule.route, ref).endpoints),
          );
          return [
            `Gateway/${routeKey(table.gateway)} ${listener.body.name} ${hostname} ${matcher}`,
            {
              value: value.join(', '),
              objects: [...(route === undefined ? [] : [route]), ...services, ...workloads],
            },
          ];
        }),
      ),
    ),
  );
}

function objectsOf(snapshot: Snapshot, { at, backend }: Route, namer: ObjectNamer): readonly string[] {
  const ingress = namer(at)?.object;
  const service = backend.found?.service;
  return [
    ...(ingress === undefined ? [] : [ingress]),
    ...(service === undefined ? [] : [objectId('Service', service.namespace, service.name)]),
    ...workloadsOf(snapshot, backend.endpoints),
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

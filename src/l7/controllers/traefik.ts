/**
 * Traefik v3 and its provider of Ingresses: each path is a router, and the longest rule wins. How it is installed:
 * traefik/traefik-helm-chart:traefik/values.yaml (ports web and websecure, a Service of type LoadBalancer).
 */

import { groupBy } from '../../collections/grouping.ts';
import type { IngressObject } from '../../k8s/kinds/ingress.ts';
import { servicePortOnly } from '../backends.ts';
import type { RouteHost } from '../route-table.ts';
import { allRoutes, ingressRoutes } from '../sources/ingress.ts';
import { type Controller, type ControllerKind, runsImage } from './controller.ts';
import { routerOptions } from './traefik/annotations.ts';
import { decide, type TraefikTable } from './traefik/decide.ts';
import { ingressRouters, type Router } from './traefik/routers.ts';
import { TRAEFIK_IMAGE, traefikSettings } from './traefik/settings.ts';

const traefikController: Controller = ({ control, ingresses }) => {
  const settings = traefikSettings(control.cluster.objects);
  const sources = ingresses.map((ingress) => ingressRoutes(control, ingress, servicePortOnly));
  const routers = sources
    .flatMap((source) => ingressRouters(source, routerOptions(source.ingress), settings))
    .sort((a, b) => b.priority - a.priority);
  const byHost = groupBy(routers, ({ route }) => route.host.toLowerCase());
  const table: TraefikTable = { settings, byHost, certificates: certificatesOf(ingresses) };
  return {
    controller: 'traefik',
    hosts: [...byHost].map(([host, own]) => routeHost(table, host, own)),
    routes: sources.flatMap(allRoutes),
    findings: [],
    refusals: [],
    route: (request) => decide(table, request),
  };
};

function routeHost({ certificates }: TraefikTable, host: string, routers: readonly Router[]): RouteHost {
  const certificate = certificates.get(host);
  return {
    names: [host],
    ...(certificate === undefined ? {} : { certificate }),
    entries: routers.map(({ pathRule, route }) => ({ matcher: pathRule, route })),
  };
}

/** Traefik goes by the names in certificates; entries list the same hosts. */
function certificatesOf(ingresses: readonly IngressObject[]): ReadonlyMap<string, string> {
  return new Map(
    ingresses.flatMap(({ metadata: { namespace }, body }) =>
      body.tls.flatMap(({ hosts, secretName }) =>
        secretName === ''
          ? []
          : hosts.map((host) => [host.toLowerCase(), `${namespace}/${secretName}`] as const),
      ),
    ),
  );
}

export const traefikKind: ControllerKind = {
  isKnown: true,
  table: traefikController,
  isPod: (pod) => runsImage(pod, TRAEFIK_IMAGE),
  install: {
    namespace: 'traefik',
    name: 'traefik',
    labels: new Map([
      ['app.kubernetes.io/name', 'traefik'],
      ['app.kubernetes.io/instance', 'traefik-traefik'],
    ]),
    externalTrafficPolicy: 'Cluster',
    ports: [
      { name: 'web', port: 80, containerPort: 8000 },
      { name: 'websecure', port: 443, containerPort: 8443 },
    ],
  },
};

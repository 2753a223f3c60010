/**
 * ingress-nginx v1.15: its routing table from the Ingresses that it serves. See docs/semantics/ingress.md, part N.
 */

import type { ControlPlane } from '../../control/control-plane.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { refTo } from '../../source/ref.ts';
import { orTargetPort } from '../backends.ts';
import { coversHost } from '../certificate.ts';
import type { Route, RouteEntry, RouteHost } from '../route-table.ts';
import { allRoutes, type IngressRoutes, ingressRoutes, inOrderOfAge } from '../sources/ingress.ts';
import { type CertificateLookup, certificateLookup } from '../tls.ts';
import type { Controller } from './controller.ts';
import { PREFIX, type ReadAnnotations, readAnnotations } from './ingress-nginx/annotations.ts';
import { type NginxConfiguration, nginxConfiguration } from './ingress-nginx/configuration.ts';
import { decide } from './ingress-nginx/decide.ts';
import { inspectDeeply } from './ingress-nginx/inspection.ts';
import { blockMatcher, needsRewrite, serverBlocks } from './ingress-nginx/locations.ts';
import { type Block, type Server, type ServerBlocks, shownHost } from './ingress-nginx/model.ts';
import { type ServerChoice, serverChoice } from './ingress-nginx/server-choice.ts';
import { type Admitted, buildServers, CATCH_ALL, firstPort } from './ingress-nginx/servers.ts';
import type { NginxTable } from './ingress-nginx/table.ts';

export const ingressNginxController: Controller = ({ control, ingresses, settings }) => {
  const config = nginxConfiguration(control.cluster.objects);
  const sources = inOrderOfAge(ingresses).map((ingress) => ({
    routes: ingressRoutes(control, ingress, orTargetPort),
    read: readAnnotations(ingress, config.defaults),
  }));
  const { admitted, findings } = admit(sources, { ...config, disableCatchAll: settings.disableCatchAll });
  const certificates = certificateLookup(control.cluster.objects);
  const servers = buildServers(control, admitted, certificates);
  const blocks = new Map([...servers.values()].map((server) => [server, serverBlocks(server)]));
  const blocksOf = (server: Server): ServerBlocks => blocks.get(server) ?? serverBlocks(server);
  const choice = serverChoice(servers);
  const table: NginxTable = {
    choice,
    servers,
    blocksOf,
    config,
    useForwardedHeaders: settings.useForwardedHeaders,
    certificateOf: certificatesByHost(servers, choice, certificates),
    ...defaultBackendOf(control, config),
  };
  return {
    controller: 'ingress-nginx',
    hosts: choice.order.map((server) => routeHost(blocksOf(server))),
    routes: sources.flatMap(({ routes }) => allRoutes(routes)),
    findings: [...config.unmodelled, ...findings],
    refusals: [...blocks.values()].flatMap(({ refusals }) => refusals),
    route: (request) => {
      const routing = decide(table, request);
      return { ...routing, unmodelled: [...routing.unmodelled, ...config.unmodelled] };
    },
  };
};

interface Source {
  readonly routes: IngressRoutes;
  readonly read: ReadAnnotations;
}

/** Leaves out what the controller leaves out as a whole. */
function admit(
  sources: readonly Source[],
  { disableCatchAll, watchNamespace }: Admission,
): { readonly admitted: readonly Admitted[]; readonly findings: readonly Diagnostic[] } {
  const admitted: Admitted[] = [];
  const findings: Diagnostic[] = [];
  for (const { routes, read } of sources) {
    findings.push(...read.findings, ...read.values.unmodelled);
    const isCatchAll = disableCatchAll && routes.defaultRoute !== undefined;
    const isElsewhere = watchNamespace !== undefined && watchNamespace !== routes.ingress.metadata.namespace;
    const dropped =
      (isElsewhere ? notWatched(routes, watchNamespace) : undefined) ??
      read.dropped ??
      inspectDeeply(routes.ingress) ??
      (isCatchAll ? catchAllRefused(routes) : undefined);
    if (dropped === undefined) admitted.push({ routes, annotations: read.values });
    else findings.push(dropped);
  }
  return { admitted, findings };
}

interface Admission extends Pick<NginxConfiguration, 'watchNamespace'> {
  readonly disableCatchAll: boolean;
}

function notWatched({ ingress }: IngressRoutes, namespace: string): Diagnostic {
  return {
    code: 'ingress-left-out',
    severity: 'error',
    text: `--watch-namespace: the controller serves Ingresses of namespace ${namespace} alone`,
    sources: [{ at: refTo(ingress.origin, 'metadata', 'name'), role: 'primary' }],
  };
}

function defaultBackendOf(
  control: ControlPlane,
  { defaultBackend }: NginxConfiguration,
): Pick<NginxTable, 'defaultBackend'> {
  const service = control.serviceByKey.get((defaultBackend ?? '/') as `${string}/${string}`);
  const at = service?.origin;
  const backend = at === undefined ? undefined : firstPort(control, service?.key ?? '', at);
  return backend === undefined ? {} : { defaultBackend: backend };
}

function catchAllRefused({ defaultRoute, ingress }: IngressRoutes): Diagnostic {
  return {
    code: 'ingress-left-out',
    severity: 'error',
    text: '--disable-catch-all: an Ingress with a default backend is left out as a whole',
    sources: [{ at: defaultRoute?.at ?? ingress.origin, role: 'primary' }],
  };
}

/** By the host as it is asked for: its own certificate, else that of `*.rest`. */
function certificatesByHost(
  servers: ReadonlyMap<string, Server>,
  { redirects }: ServerChoice,
  certificates: CertificateLookup,
): NginxTable['certificateOf'] {
  const byName = new Map<string, string>();
  for (const { hostname, aliases, certificate } of servers.values()) {
    if (certificate === undefined || hostname === CATCH_ALL) continue;
    byName.set(hostname, certificate);
    for (const alias of aliases) if (!byName.has(alias)) byName.set(alias, certificate);
  }
  // Source: pkg/util/ingress/ingress.go BuildRedirects.
  for (const { from, to } of redirects) {
    const [namespace = '', name = ''] = to.certificate?.split('/') ?? [];
    const covers = coversHost(certificates(namespace, name) ?? [], from);
    if (to.certificate !== undefined && covers) byName.set(from, to.certificate);
  }
  return (host) => byName.get(host) ?? byName.get(host.replace(/^[^.]+\./, '*.'));
}

function routeHost({ server, regex, blocks }: ServerBlocks): RouteHost {
  const { hostname, aliases, certificate } = server;
  return {
    names: [shownHost(hostname), ...aliases],
    ...(regex === undefined
      ? {}
      : {
          mode: {
            text: 'all paths of this host are regular expressions: any case, anchored at the start only',
            at: refTo(regex.ingress.origin, 'metadata', 'annotations', askingAnnotation(regex)),
          },
        }),
    ...(certificate === undefined ? {} : { certificate }),
    entries: blocks.map(routeEntry),
  };
}

/** What makes regular expressions of the host's paths. */
function askingAnnotation({ ingress }: Route): string {
  const useRegex = `${PREFIX}use-regex`;
  return ingress.metadata.annotations.has(useRegex) ? useRegex : `${PREFIX}rewrite-target`;
}

function routeEntry(block: Block): RouteEntry {
  const { route, annotations } = block.location;
  return {
    matcher: blockMatcher(block),
    ...(route === undefined ? {} : { route }),
    ...(needsRewrite(block.location) ? { rewrite: annotations?.rewriteTarget ?? '' } : {}),
  };
}

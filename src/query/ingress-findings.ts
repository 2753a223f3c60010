/** What is wrong with an Ingress and the rules of it, at file:line. */

import type { Cluster } from '../cluster/cluster.ts';
import type { ControlPlane } from '../control/control-plane.ts';
import { explainNoEndpoints } from '../control/missing-endpoints.ts';
import type { Diagnostic, Help } from '../diagnostics/diagnostic.ts';
import { nearest } from '../diagnostics/did-you-mean.ts';
import type { IngressObject } from '../k8s/kinds/ingress.ts';
import type { ObjectSet } from '../k8s/read.ts';
import { portBehind } from '../l7/backends.ts';
import type { IngressOwner } from '../l7/ingress-owner.ts';
import type { Route, RouteBackend } from '../l7/route-table.ts';
import { refTo } from '../source/ref.ts';

/** Of the Ingress as a whole: its class and its Secrets. */
export function ingressFindings(
  { objects }: Cluster,
  ingress: IngressObject,
  owner: IngressOwner,
): readonly Diagnostic[] {
  const { namespace } = ingress.metadata;
  const unserved = unservedFinding(objects, ingress, owner);
  const secrets = objects.otherOfKind('Secret');
  // A folder without any Secret does not have them in it; they are kept elsewhere.
  const missing = secrets.length === 0 ? [] : ingress.body.tls.filter(({ secretName }) => secretName !== '');
  return [
    ...(unserved === undefined ? [] : [unserved]),
    ...missing
      .filter(
        ({ secretName }) => !secrets.some((each) => each.name === secretName && each.namespace === namespace),
      )
      .map(({ secretName, at }): Diagnostic => {
        const elsewhere = secrets.find((each) => each.name === secretName);
        const hint = elsewhere === undefined ? '' : `; one of that name is in ${elsewhere.namespace}`;
        return {
          code: 'ingress-tls-secret-missing',
          severity: 'warning',
          text: `Secret ${namespace}/${secretName} is not in the manifests${hint}: the controller serves its own certificate`,
          sources: [{ at: refTo(ingress.origin, ...at, 'secretName'), role: 'primary' }],
        };
      }),
  ];
}

/** Nobody answers for its hosts; undefined: a controller serves it. */
export function unservedFinding(
  objects: ObjectSet,
  { metadata: { namespace, name } }: IngressObject,
  { controller, reason, at }: IngressOwner,
): Diagnostic | undefined {
  if (controller !== undefined) return undefined;
  const classes = objects.ofKind('IngressClass').map((each) => each.metadata.name);
  const help = classes.map((each): Help => {
    const text = `spec.ingressClassName: ${each}`;
    return classes.length === 1 ? { text, applicability: 'likely' } : { text };
  });
  return {
    code: 'ingress-class-unknown',
    severity: 'warning',
    text: `No controller serves Ingress ${namespace}/${name}: ${reason}`,
    sources: [{ at, role: 'primary' }],
    ...(help.length === 0 ? {} : { help }),
  };
}

/** Of one rule: its backend, and a rewrite that loses what comes after the path. */
export function routeFindings(
  control: ControlPlane,
  route: Route,
  rewrite: string | undefined,
): readonly Diagnostic[] {
  const lost = rewrite === undefined ? undefined : losesPath(route, rewrite);
  return [...backendFindings(control, route.backend), ...(lost === undefined ? [] : [lost])];
}

/** Of a backend alone. */
export function backendFindings(control: ControlPlane, backend: RouteBackend): readonly Diagnostic[] {
  switch (backend.state) {
    case 'ready':
      return usesTargetPort(backend);
    case 'no-such-service':
      return [noSuchService(control, backend)];
    case 'no-such-port':
      return [noSuchPort(backend)];
    case 'no-endpoints': {
      const { service, port } = backend.found ?? {};
      const servicePort = control
        .servicePortsOf(service?.key ?? '/')
        .find((each) => each.portName === port?.name && each.protocol === port.protocol);
      if (servicePort === undefined) return [noEndpoints(backend)];
      if (servicePort.protocol !== 'tcp') return [noEndpoints(backend)];
      return [explainNoEndpoints(control, servicePort).diagnostic];
    }
    default:
      return [];
  }
}

function noSuchService({ cluster }: ControlPlane, { service, at }: RouteBackend): Diagnostic {
  const [namespace = '', name = ''] = service.split('/');
  const own = cluster.services.filter((each) => each.namespace === namespace).map((each) => each.name);
  const elsewhere = cluster.services.find((each) => each.name === name);
  const [near] = nearest(name, own, 1);
  const hint =
    elsewhere === undefined
      ? near === undefined
        ? []
        : [{ text: `name: ${near}`, applicability: 'likely' as const }]
      : [{ text: `Service ${elsewhere.key} exists, but an Ingress reaches its own namespace only` }];
  return {
    code: 'no-such-service',
    severity: 'error',
    text: `There is no Service ${service}, which this rule leads to:`,
    sources: [{ at, role: 'primary' }],
    ...(hint.length === 0 ? {} : { help: hint }),
  };
}

function noSuchPort({ service, port, at, found }: RouteBackend): Diagnostic {
  const ports = found?.service.body.ports ?? [];
  const listed = ports.map((each) => (each.name === '' ? String(each.port) : `${each.name} (${each.port})`));
  const target = portBehind(ports, port);
  const origin = found?.service.origin;
  return {
    code: 'no-such-port',
    severity: 'error',
    text: `Service ${service} has no port ${port}; it has ${listed.join(', ') || 'none'}:`,
    sources: [
      { at, role: 'primary' },
      ...(origin === undefined ? [] : [{ at: refTo(origin, 'spec', 'ports'), role: 'context' as const }]),
    ],
    ...(target === undefined
      ? {}
      : { help: [{ text: `${port} is the target port of ${target.port}: write the port of the Service` }] }),
  };
}

function noEndpoints({ service, port, at }: RouteBackend): Diagnostic {
  return {
    code: 'pods-not-ready',
    severity: 'error',
    text: `Service ${service} has no ready TCP endpoint on port ${port}:`,
    sources: [{ at, role: 'primary' }],
  };
}

function usesTargetPort({ service, port: named, at, found }: RouteBackend): readonly Diagnostic[] {
  const port = found?.port;
  if (port === undefined || named === port.port || named === port.name) return [];
  return [
    {
      code: 'ingress-backend-port',
      severity: 'warning',
      text: `${named} is the target port of Service ${service}, whose port is ${port.port}: only ingress-nginx takes that`,
      sources: [{ at, role: 'primary' }],
    },
  ];
}

/** `rewrite-target: /` on a prefix: everything below it becomes one and the same path. */
function losesPath({ path, pathType, at }: Route, rewrite: string): Diagnostic | undefined {
  if (pathType === 'Exact' || /\$\d/.test(rewrite) || path.includes('(')) return undefined;
  const base = path === '/' ? '' : path.replace(/\/$/, '');
  return {
    code: 'ingress-nginx-rewrite-loses-path',
    severity: 'warning',
    text: `rewrite-target ${rewrite} takes no part of the path over: ${base}/x arrives as ${rewrite}`,
    sources: [{ at, role: 'primary' }],
    help: [
      {
        text: `path: ${base}(/|$)(.*) with pathType ImplementationSpecific, rewrite-target: /$2, use-regex: "true"`,
        applicability: 'likely',
      },
    ],
  };
}

/**
 * Annotations of the AWS Load Balancer Controller. Source: kubernetes-sigs/aws-load-balancer-controller:docs/guide/ingress/
 * annotations.md, pkg/annotations/constants.go, pkg/ingress/model_build_listener.go computeIngressListenPorts.
 */

import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import type { IngressObject } from '../../../k8s/kinds/ingress.ts';
import { unmodelledAnnotations } from '../unmodelled-annotations.ts';

export const ALB_PREFIX = 'alb.ingress.kubernetes.io/';

export interface AlbListener {
  readonly scheme: 'http' | 'https';
  readonly port: number;
}

export interface AlbOptions {
  /** Ingresses of one group share a load balancer. */
  readonly group: string;
  /** -1000 to 1000: the smaller one comes first. */
  readonly order: number;
  /** What its load balancer listens for; the rules of an Ingress are at its own listeners alone. */
  readonly listeners: readonly AlbListener[];
  /** Does plain HTTP get nothing but a redirect? The port that it leads to. */
  readonly redirectPort?: number;
  readonly unmodelled: readonly Diagnostic[];
}

/** Annotations that change which target gets a request. */
const NOT_MODELLED = /^(conditions\.|transforms\.|auth-|mutual-authentication$|wafv2-)/;

/** What an Ingress says to the controller. */
export function albOptions(ingress: IngressObject): AlbOptions {
  const { annotations, namespace, name } = ingress.metadata;
  const text = (key: string) => annotations.get(`${ALB_PREFIX}${key}`)?.trim() ?? '';
  const order = Number(text('group.order') || 0);
  const port = Number(text('ssl-redirect') || Number.NaN);
  return {
    group: text('group.name') || `${namespace}/${name}`,
    order: Number.isInteger(order) && Math.abs(order) <= 1000 ? order : 0,
    listeners: listenersOf(text('listen-ports'), text('certificate-arn')),
    ...(Number.isInteger(port) ? { redirectPort: port } : {}),
    unmodelled: unmodelledAnnotations(
      ingress,
      (key) => key.startsWith(ALB_PREFIX) && NOT_MODELLED.test(key.slice(ALB_PREFIX.length)),
    ),
  };
}

/** Targets are nodes, unless the Service or the Ingress asks for pods. */
export function targetType(ingress: IngressObject, service: ReadonlyMap<string, string>): 'instance' | 'ip' {
  const key = `${ALB_PREFIX}target-type`;
  return (service.get(key) ?? ingress.metadata.annotations.get(key))?.trim() === 'ip' ? 'ip' : 'instance';
}

/** HTTP at 80, or HTTPS at 443 where a certificate is named. */
function listenersOf(listenPorts: string, certificate: string): AlbOptions['listeners'] {
  const written = [...listenPorts.matchAll(/"(HTTPS?)"\s*:\s*(\d+)/g)].map(
    ([, word = '', port = '']): AlbListener => ({
      scheme: word === 'HTTPS' ? 'https' : 'http',
      port: Number(port),
    }),
  );
  if (written.length > 0) return written;
  return [certificate === '' ? { scheme: 'http', port: 80 } : { scheme: 'https', port: 443 }];
}

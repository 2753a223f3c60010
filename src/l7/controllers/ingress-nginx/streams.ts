/**
 * Ports of ingress-nginx that are no HTTP: the ConfigMap of `--tcp-services-configmap` leads each to a Service. Source:
 * kubernetes/ingress-nginx:internal/ingress/controller/controller.go getStreamServices,
 * docs/user-guide/exposing-tcp-udp-services.md.
 */

import type { NginxInstall } from '../../../cluster/ingress-nginx-install.ts';
import type { ControlPlane } from '../../../control/control-plane.ts';
import { readConfigData } from '../../../k8s/config-data.ts';
import type { SourceRef } from '../../../source/ref.ts';
import { resolveService, servicePortOnly } from '../../backends.ts';
import type { RouteBackend } from '../../route-table.ts';

/** A port that connections are passed on from, as they are. */
export interface StreamPort {
  readonly backend: RouteBackend;
  /** `shop/db:5432`, as it is written. */
  readonly text: string;
  /** Is the PROXY protocol read or sent there? */
  readonly hasProxyProtocol: boolean;
  readonly at: SourceRef;
}

/** What the controller does with a TCP port of its own; undefined: its ConfigMap has no such port. */
export function streamPort(
  control: ControlPlane,
  { flags, namespace }: NginxInstall,
  port: number,
): StreamPort | undefined {
  const named = flags.get('tcp-services-configmap')?.value.replace('$(POD_NAMESPACE)', namespace) ?? '';
  const [of = '', name = ''] = named.split('/');
  if (name === '') return undefined;
  const { objects } = control.cluster;
  const entry = readConfigData(objects, { kind: 'ConfigMap', namespace: of, name })?.get(String(port));
  if (entry === undefined) return undefined;
  const { text, at } = entry;
  const [service = '', wanted = '', ...proxied] = text.trim().split(':');
  const number = /^\d+$/.test(wanted) ? Number(wanted) : wanted;
  return {
    backend: resolveService(control, { service, port: number, at }, servicePortOnly),
    text: text.trim(),
    hasProxyProtocol: proxied.some((word) => word.toUpperCase() === 'PROXY'),
    at,
  };
}

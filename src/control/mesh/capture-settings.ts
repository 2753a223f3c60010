/**
 * What a pod's annotations say of capturing its connections. Source: istio/api:annotation/annotations.yaml,
 * istio/istio:tools/istio-iptables/pkg/config/config.go, manifests/charts/istio-control/istio-discovery/files/
 * injection-template.yaml. Rules: docs/semantics/istio.md 1.5.
 */

import type { Labels } from '../../k8s/object.ts';
import { type Cidr, parseCidr } from '../../net/cidr.ts';

/** `NONE`: nothing is captured. */
export type InterceptionMode = 'REDIRECT' | 'TPROXY' | 'NONE';

/** Ports or ranges; `all` is the star. */
export type PortChoice = 'all' | readonly number[];

export interface CaptureSettings {
  readonly mode: InterceptionMode;
  readonly includeInboundPorts: PortChoice;
  readonly excludeInboundPorts: readonly number[];
  readonly includeOutboundRanges: 'all' | readonly Cidr[];
  readonly excludeOutboundRanges: readonly Cidr[];
  readonly includeOutboundPorts: readonly number[];
  readonly excludeOutboundPorts: readonly number[];
}

/** The proxy's own ports are never captured: Prometheus, health, the agent's status port, HBONE. */
export const PROXY_PORTS = { outbound: 15001, inbound: 15006, hbone: 15008, dns: 15053 } as const;
/** The user and group that the proxy runs as. */
export const PROXY_UID = 1337;
const NEVER_INBOUND = [15090, 15021, 15020];

const PREFIX = 'traffic.sidecar.istio.io/';

/** The settings of a pod, with Istio's defaults for what it does not say. */
export function captureSettings(annotations: Labels): CaptureSettings {
  const mode = annotations.get('sidecar.istio.io/interceptionMode')?.toUpperCase();
  const inbound = annotations.get(`${PREFIX}includeInboundPorts`);
  const ranges = annotations.get(`${PREFIX}includeOutboundIPRanges`);
  return {
    mode: mode === 'TPROXY' || mode === 'NONE' ? mode : 'REDIRECT',
    includeInboundPorts: inbound === undefined || inbound.trim() === '*' ? 'all' : ports(inbound),
    excludeInboundPorts: [...NEVER_INBOUND, ...ports(annotations.get(`${PREFIX}excludeInboundPorts`))],
    includeOutboundRanges: ranges === undefined || ranges.trim() === '*' ? 'all' : cidrs(ranges),
    excludeOutboundRanges: cidrs(annotations.get(`${PREFIX}excludeOutboundIPRanges`)),
    includeOutboundPorts: ports(annotations.get(`${PREFIX}includeOutboundPorts`)),
    excludeOutboundPorts: ports(annotations.get(`${PREFIX}excludeOutboundPorts`)),
  };
}

/** Does the sidecar take connections to a port of its pod? */
export function capturesInbound(settings: CaptureSettings, port: number): boolean {
  const { mode, includeInboundPorts, excludeInboundPorts } = settings;
  if (mode === 'NONE' || port === PROXY_PORTS.hbone || excludeInboundPorts.includes(port)) return false;
  return includeInboundPorts === 'all' || includeInboundPorts.includes(port);
}

function ports(text: string | undefined): readonly number[] {
  return items(text)
    .map(Number)
    .filter((port) => Number.isInteger(port) && port > 0 && port <= 65535);
}

function cidrs(text: string | undefined): readonly Cidr[] {
  return items(text).flatMap((item) => parseCidr(item) ?? []);
}

function items(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** What the kernel asks of the source of a packet that comes in, when it routes it. */

import type { Ip } from '../net/ip.ts';
import { type Device, isLocalAddress, lookupRoute, type NetworkNamespace, type RouteKey } from './network.ts';

/**
 * What a node's settings say of it (Documentation/networking/ip-sysctl.rst).
 * @param sysctls by their names, as `net.ipv4.conf.eth0.rp_filter`.
 */
export function sourceChecks(
  sysctls: ReadonlyMap<string, string>,
): Pick<NetworkNamespace, 'reversePath' | 'acceptsLocal'> {
  const names = [...sysctls.keys()];
  const settingOf = (device: string, key: string) => sysctls.get(`net.ipv4.conf.${device}.${key}`);
  return {
    ...(names.some((name) => name.endsWith('.rp_filter')) ? reversePathOf(settingOf) : {}),
    ...(names.some((name) => name.endsWith('.accept_local'))
      ? { acceptsLocal: (device) => ['all', device].some((each) => settingOf(each, 'accept_local') === '1') }
      : {}),
  };
}

/** The larger of both values counts: 1 is strict, 2 loose. */
function reversePathOf(
  settingOf: (device: string, key: string) => string | undefined,
): Pick<NetworkNamespace, 'reversePath'> {
  return {
    reversePath: (device) => {
      const own = settingOf(device, 'rp_filter') ?? settingOf('default', 'rp_filter');
      const mode = Math.max(Number(settingOf('all', 'rp_filter') ?? 0), Number(own ?? 0));
      return mode === 1 ? 'strict' : mode === 2 ? 'loose' : 'off';
    },
  };
}

/**
 * Does the packet come by a device that its source may be behind? IPv4 only.
 * Source: Linux net/ipv4/fib_frontend.c __fib_validate_source; RFC 3704.
 */
export function passesReversePath(
  namespace: NetworkNamespace,
  device: string,
  packet: RouteKey & { readonly src: Ip },
): boolean {
  const mode = packet.src.family === 4 ? (namespace.reversePath?.(device) ?? 'off') : 'off';
  if (mode === 'off') return true;
  const back = lookupRoute(namespace, { src: packet.dst, dst: packet.src, mark: 0 });
  return back !== undefined && (mode === 'loose' || back.device === device);
}

/**
 * Does the packet come in from outside with an address of the namespace itself as its source? IPv4 refuses that, whatever
 * rp_filter says; IPv6 does not ask. Source: Linux net/ipv4/fib_frontend.c fib_validate_source.
 */
export function isMartian(
  namespace: NetworkNamespace,
  device: Device,
  { src }: { readonly src: Ip },
): boolean {
  if (src.family !== 4 || device.link.kind === 'loopback' || !isLocalAddress(namespace, src)) return false;
  return namespace.acceptsLocal?.(device.name) !== true;
}

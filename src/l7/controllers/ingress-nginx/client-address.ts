/**
 * Whom ingress-nginx takes for the client: the peer, or whom the peer names in a header, if it is believed. Sources:
 * nginx:src/http/modules/ngx_http_realip_module.c, src/core/ngx_inet.c ngx_http_get_forwarded_addr (real_ip_recursive on);
 * kubernetes/ingress-nginx:rootfs/etc/nginx/template/nginx.tmpl.
 */

import { cidrContains } from '../../../net/cidr.ts';
import { type Ip, parseIp } from '../../../net/ip.ts';
import type { RouteRequest } from '../../request.ts';
import type { NginxTable } from './table.ts';

/** `$remote_addr`; undefined where the peer is not known. */
export function clientAddress(table: NginxTable, { clientIp, headers }: RouteRequest): Ip | undefined {
  const { config, useForwardedHeaders } = table;
  if (clientIp === undefined || !(useForwardedHeaders || config.enableRealIp)) return clientIp;
  const isTrusted = (ip: Ip) => config.trusted.some((range) => cidrContains(range, ip));
  const named = (headers.get(config.forwardedForHeader) ?? '').split(',').reverse();
  let client = clientIp;
  for (const text of named) {
    const ip = parseIp(text.trim());
    if (!isTrusted(client) || ip === undefined) break;
    client = ip;
  }
  return client;
}

/** `X-Forwarded-For` at the backend. */
export function forwardedFor(table: NginxTable, request: RouteRequest): string | undefined {
  const { config, useForwardedHeaders } = table;
  if (!(useForwardedHeaders && config.computeFullForwardedFor)) return clientAddress(table, request)?.text;
  const peer = request.clientIp?.text;
  const before = request.headers.get('x-forwarded-for') ?? '';
  return before === '' ? peer : `${before}, ${peer ?? '?'}`;
}

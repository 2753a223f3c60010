/**
 * The Locations that ingress-nginx answers with. Source: kubernetes/ingress-nginx:rootfs/etc/nginx/template/nginx.tmpl,
 * rootfs/etc/nginx/lua/lua_ingress.lua, rootfs/etc/nginx/lua/nginx/ngx_srv_redirect.lua.
 */

import { type Asked, bestHost, type Decision, passScheme } from './asked.ts';
import type { Location, Server } from './model.ts';

/** The request URI with one slash at its end removed, as the redirects of the controller do it. */
function withoutSlash(uri: string): string {
  return uri.endsWith('/') ? uri.slice(0, -1) : uri;
}

/** from-to-www-redirect: the port is always written (test/e2e/annotations/fromtowwwredirect.go). */
export function toOtherName(asked: Asked, to: Server): Decision {
  const { request, table } = asked;
  const forwarded = table.useForwardedHeaders ? request.headers.get('x-forwarded-port') : undefined;
  const port = forwarded ?? (request.scheme === 'https' ? '443' : '80');
  return {
    status: table.config.httpRedirectCode,
    reason: `from-to-www-redirect of ${to.hostname}`,
    redirect: `${passScheme(asked)}://${to.hostname}:${port}${withoutSlash(request.uri)}`,
  };
}

/** app-root, of whichever location of the host. */
export function toAppRoot({ request }: Asked, { annotations, route }: Location): Decision {
  return {
    status: 302,
    reason: 'app-root, which counts for the whole host',
    redirect: `${request.scheme}://${request.host}${annotations?.appRoot ?? ''}`,
    ...(route === undefined ? {} : { route }),
  };
}

/** What begins with a slash is of the host that was asked, and nginx writes that in front unless it may be relative. */
export function absoluteLocation(
  { request, host }: Asked,
  { annotations }: Location,
  location: string,
): string {
  const isRelative = location.startsWith('/') && annotations?.relativeRedirects !== true;
  return isRelative ? `${request.scheme}://${host}${location}` : location;
}

/** To https, where the request did not come by it; undefined: it may stay. */
export function tlsRedirect(asked: Asked, { annotations, path }: Location): Decision | undefined {
  const { table, request, host } = asked;
  const { noTlsRedirect, httpRedirectCode } = table.config;
  if (passScheme(asked) !== 'http' || noTlsRedirect.some((each) => path.startsWith(each))) return undefined;
  const forced = annotations?.forceSslRedirect === true;
  if (!forced && (annotations?.sslRedirect !== true || table.certificateOf(host) === undefined))
    return undefined;
  const uri = annotations?.preserveTrailingSlash === true ? request.uri : withoutSlash(request.uri);
  const to = bestHost(asked).split(':')[0] ?? host;
  const port = annotations?.usePortInRedirects === true ? ':443' : '';
  const reason = forced ? 'force-ssl-redirect' : 'the TLS redirect: the host has a certificate';
  return { status: httpRedirectCode, reason, redirect: `https://${to}${port}${uri}` };
}

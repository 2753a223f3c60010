/**
 * What a controller's ConfigMap says for all Ingresses: defaults of annotations, and whom it believes about the client.
 * Source: kubernetes/ingress-nginx:internal/ingress/controller/config/config.go, internal/ingress/defaults/main.go,
 * internal/ingress/controller/template/configmap.go ReadConfig.
 */

import { type NginxInstall, nginxInstalls } from '../../../cluster/ingress-nginx-install.ts';
import { onceFor } from '../../../collections/once.ts';
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import type { ConfigData } from '../../../k8s/config-data.ts';
import { goBoolean } from '../../../k8s/go-boolean.ts';
import type { ObjectSet } from '../../../k8s/read.ts';
import { type Cidr, hostCidr, parseCidr } from '../../../net/cidr.ts';
import { parseIp } from '../../../net/ip.ts';
import { notFollowed } from '../unmodelled-annotations.ts';

/** What an Ingress without the annotation gets. */
export interface AnnotationDefaults {
  readonly sslRedirect: boolean;
  readonly forceSslRedirect: boolean;
  readonly preserveTrailingSlash: boolean;
  readonly serviceUpstream: boolean;
  readonly relativeRedirects: boolean;
  readonly usePortInRedirects: boolean;
  /** Empty: everybody. */
  readonly allow: readonly Cidr[];
  readonly deny: readonly Cidr[];
}

export interface NginxConfiguration {
  readonly defaults: AnnotationDefaults;
  /** Of the TLS redirect. */
  readonly httpRedirectCode: number;
  /** Paths that begin so are never redirected to TLS. */
  readonly noTlsRedirect: readonly string[];
  /** Is `X-Forwarded-For` continued, rather than begun anew? Only where forwarded headers are trusted. */
  readonly computeFullForwardedFor: boolean;
  /** The header that names the client, in lower case. */
  readonly forwardedForHeader: string;
  /** Is the client's address taken from that header, though other forwarded headers are not trusted? */
  readonly enableRealIp: boolean;
  /** Peers that are believed. */
  readonly trusted: readonly Cidr[];
  /** The catch-all answers it by itself (`--health-check-path`). */
  readonly healthCheckPath: string;
  /** `namespace/name` of `--default-backend-service`. */
  readonly defaultBackend?: string;
  /** The namespace whose Ingresses alone are served (`--watch-namespace`). */
  readonly watchNamespace?: string;
  /** Set, and able to change the answer. */
  readonly unmodelled: readonly Diagnostic[];
}

/** Settings that answer, refuse or change requests in ways that are not followed here. */
const NOT_MODELLED =
  /^(use-proxy-protocol|custom-http-errors|(main|http|server|location|stream)-snippet|global-auth-.*|enable-modsecurity|block-(cidrs|user-agents|referers)|proxy-set-headers|enable-opentracing-.*|ssl-reject-handshake)$/;
const REDIRECT_CODES = [301, 302, 307, 308];

/** The configuration of the first controller that the input installs; upstream's defaults without one. */
export const nginxConfiguration: (objects: ObjectSet) => NginxConfiguration = onceFor(readConfiguration);

function readConfiguration(objects: ObjectSet): NginxConfiguration {
  const installs = nginxInstalls(objects);
  const [install] = installs;
  const config: ConfigData = install?.config ?? new Map();
  const text = (key: string) => config.get(key)?.text.trim() ?? '';
  const flag = (key: string, fallback: boolean) => goBoolean(text(key)) ?? fallback;
  const code = Number(text('http-redirect-code'));
  return {
    defaults: {
      sslRedirect: flag('ssl-redirect', true),
      forceSslRedirect: flag('force-ssl-redirect', false),
      preserveTrailingSlash: flag('preserve-trailing-slash', false),
      serviceUpstream: flag('service-upstream', false),
      relativeRedirects: flag('relative-redirects', false),
      usePortInRedirects: flag('use-port-in-redirects', false),
      allow: ranges(text('whitelist-source-range')),
      deny: ranges(text('denylist-source-range')),
    },
    httpRedirectCode: REDIRECT_CODES.includes(code) ? code : 308,
    noTlsRedirect: list(text('no-tls-redirect-locations') || '/.well-known/acme-challenge'),
    computeFullForwardedFor: flag('compute-full-forwarded-for', false),
    forwardedForHeader: (text('forwarded-for-header') || 'X-Forwarded-For').toLowerCase(),
    enableRealIp: flag('enable-real-ip', false),
    trusted: ranges(text('proxy-real-ip-cidr') || '0.0.0.0/0'),
    unmodelled: [...notModelled(config), ...flagsNotModelled(install)],
    ...flagsOf(installs),
  };
}

/** What flags say of one controller is not true of others: of several that watch namespaces each may serve its own. */
function flagsOf(
  installs: readonly NginxInstall[],
): Pick<NginxConfiguration, 'healthCheckPath' | 'defaultBackend' | 'watchNamespace'> {
  const [install] = installs;
  const flag = (name: string) =>
    install?.flags.get(name)?.value.replace('$(POD_NAMESPACE)', install.namespace) ?? '';
  const [defaultBackend, watchNamespace] = [flag('default-backend-service'), flag('watch-namespace')];
  return {
    healthCheckPath: flag('health-check-path') || '/healthz',
    ...(defaultBackend === '' ? {} : { defaultBackend }),
    ...(watchNamespace === '' || installs.length > 1 ? {} : { watchNamespace }),
  };
}

function list(text: string): readonly string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

/** What is no range is left out. */
function ranges(text: string): readonly Cidr[] {
  return list(text).flatMap((each) => {
    const ip = parseIp(each);
    return parseCidr(each) ?? (ip === undefined ? [] : hostCidr(ip));
  });
}

/** Flags that change which Ingresses count, how they are read, or where the controller listens. */
const FLAGS_NOT_MODELLED = [
  'annotations-prefix',
  'watch-namespace-selector',
  'enable-ssl-passthrough',
  'http-port',
  'https-port',
  'disable-svc-external-name',
  'deep-inspect',
  'enable-annotation-validation',
];
/** What each is without the flag, where it may be written all the same. */
const FLAG_DEFAULTS: ReadonlyMap<string, string> = new Map([
  ['annotations-prefix', 'nginx.ingress.kubernetes.io'],
  ['enable-ssl-passthrough', 'false'],
  ['http-port', '80'],
  ['https-port', '443'],
  ['disable-svc-external-name', 'false'],
  ['deep-inspect', 'true'],
  ['enable-annotation-validation', 'true'],
]);

function flagsNotModelled(install: NginxInstall | undefined): readonly Diagnostic[] {
  return FLAGS_NOT_MODELLED.flatMap((name) => {
    const given = install?.flags.get(name);
    if (given === undefined || given.value === (FLAG_DEFAULTS.get(name) ?? '')) return [];
    return [notFollowed(`--${name} of the controller`, given.at)];
  });
}

function notModelled(config: ConfigData): readonly Diagnostic[] {
  return [...config]
    .filter(([key, { text }]) => NOT_MODELLED.test(key) && !['', 'false'].includes(text.trim()))
    .map(([key, { at }]) => notFollowed(`${key} of the controller's ConfigMap`, at));
}

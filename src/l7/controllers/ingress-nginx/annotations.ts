/**
 * The annotations of ingress-nginx that decide where a request goes. A value that its validator refuses is
 * ignored, or drops the whole Ingress, as the annotation's parser does it. Sources:
 * kubernetes/ingress-nginx:internal/ingress/annotations/*, internal/ingress/annotations/parser/validators.go.
 */

import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { goBoolean } from '../../../k8s/go-boolean.ts';
import type { IngressObject } from '../../../k8s/kinds/ingress.ts';
import { type Cidr, hostCidr, parseCidr } from '../../../net/cidr.ts';
import { parseIp } from '../../../net/ip.ts';
import { refTo, type SourceRef } from '../../../source/ref.ts';
import { compilePattern, type Pattern } from '../../match.ts';
import { unmodelledAnnotations } from '../unmodelled-annotations.ts';
import type { AnnotationDefaults } from './configuration.ts';
import { isOriginList, readOrigins } from './cors.ts';

export const PREFIX = 'nginx.ingress.kubernetes.io/';

export interface CanaryPolicy {
  readonly header: string;
  readonly headerValue: string;
  readonly headerPattern: string;
  readonly cookie: string;
  readonly weight: number;
  readonly weightTotal: number;
}

/** kubernetes/ingress-nginx:internal/ingress/annotations/backendprotocol/main.go. */
const BACKEND_PROTOCOLS = ['HTTP', 'HTTPS', 'AUTO_HTTP', 'GRPC', 'GRPCS', 'FCGI'] as const;
export type BackendProtocol = (typeof BACKEND_PROTOCOLS)[number];

export interface NginxAnnotations {
  readonly canary?: CanaryPolicy;
  readonly useRegex: boolean;
  /** Empty: none. */
  readonly rewriteTarget: string;
  readonly xForwardedPrefix: string;
  readonly appRoot: string;
  readonly redirect?: { readonly url: string; readonly code: number };
  readonly fromToWww: boolean;
  readonly relativeRedirects: boolean;
  readonly sslRedirect: boolean;
  readonly forceSslRedirect: boolean;
  readonly preserveTrailingSlash: boolean;
  readonly aliases: readonly string[];
  /** undefined: everybody. */
  readonly allow?: readonly Cidr[];
  readonly deny: readonly Cidr[];
  /** A value that makes the location answer 503. */
  readonly denied?: string;
  /** A Service of the same namespace. */
  readonly defaultBackend: string;
  readonly serviceUpstream: boolean;
  readonly upstreamVhost: string;
  readonly enableCors: boolean;
  /** `*` for every one. */
  readonly corsOrigins: readonly string[];
  readonly usePortInRedirects: boolean;
  /** What nginx speaks to the backend. */
  readonly backendProtocol: BackendProtocol;
  /** Set, and able to change the answer. */
  readonly unmodelled: readonly Diagnostic[];
  /** Those of them that change what other Ingresses of the host get too. */
  readonly unmodelledOfHost: readonly Diagnostic[];
}

export interface ReadAnnotations {
  readonly values: NginxAnnotations;
  readonly findings: readonly Diagnostic[];
  /** Why the controller leaves the whole Ingress out. */
  readonly dropped?: Diagnostic;
}

const CHARS = '\\-._~a-zA-Z0-9/:';
const REWRITE_FORM = new RegExp(`^/?[${CHARS}$]*$`);
const URL_FORM = new RegExp(`^[${CHARS}?&=]*$`);
const SERVER_NAME_FORM = new RegExp(`^[/${CHARS}^$[\\](){}*+?|&=\\\\]*$`);
const BASIC_FORM = new RegExp(`^[/${CHARS}]*$`);
const SERVICE_FORM = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** Annotations that answer, refuse or change a request in ways that are not followed here. */
const NOT_MODELLED =
  /^(auth-.*|.*-snippet|enable-modsecurity|modsecurity-.*|limit-.*|custom-http-errors|ssl-passthrough|satisfy|denylist-.*-header|mirror-.*|enable-global-auth|global-rate-limit.*|affinity|affinity-mode|stream-snippet|proxy-redirect-.*)$/;

/** They are written into the server, not into a location (internal/ingress/controller/controller.go createServers). */
const OF_HOST = /^(auth-tls-(?!pass-certificate-to-upstream).*|server-snippet|ssl-passthrough)$/;

/** A regular expression among aliases; with a capital letter in it nginx compares in any case (ngx_http_core_server_name). */
export function readAlias(alias: string): Pattern | undefined {
  return compilePattern(alias.slice(1), /[A-Z]/.test(alias) ? 'ignore-case' : 'case');
}

/** Reads what an Ingress says to ingress-nginx. @param defaults what the controller does where it says nothing. */
export function readAnnotations(ingress: IngressObject, defaults: AnnotationDefaults): ReadAnnotations {
  const reading = new Reading(ingress);
  const canary = readCanary(reading);
  const redirect = readRedirect(reading);
  const aliases = readAliases(reading);
  const allow = reading.cidrs('whitelist-source-range', 'allowlist-source-range') ?? { list: defaults.allow };
  const deny = reading.cidrs('denylist-source-range') ?? { list: defaults.deny };
  const unmodelledOfHost = unmodelledNames(ingress, (name) => OF_HOST.test(name));
  const others = unmodelledNames(ingress, (name) => NOT_MODELLED.test(name) && !OF_HOST.test(name));
  const denied = [allow, deny].find((each) => each.bad !== undefined)?.bad;
  const values: NginxAnnotations = {
    ...(canary === undefined ? {} : { canary }),
    useRegex: reading.flag('use-regex', false),
    rewriteTarget: reading.text('rewrite-target', REWRITE_FORM),
    xForwardedPrefix: reading.text('x-forwarded-prefix', BASIC_FORM),
    appRoot: appRoot(reading),
    ...(redirect === undefined ? {} : { redirect }),
    fromToWww: reading.flag('from-to-www-redirect', false),
    relativeRedirects: reading.flag('relative-redirects', defaults.relativeRedirects),
    sslRedirect: reading.flag('ssl-redirect', defaults.sslRedirect),
    forceSslRedirect: reading.flag('force-ssl-redirect', defaults.forceSslRedirect),
    preserveTrailingSlash: reading.flag('preserve-trailing-slash', defaults.preserveTrailingSlash),
    aliases,
    ...(allow.list.length === 0 ? {} : { allow: allow.list }),
    deny: deny.list,
    ...(denied === undefined ? {} : { denied }),
    defaultBackend: reading.text('default-backend', SERVICE_FORM),
    serviceUpstream: reading.flag('service-upstream', defaults.serviceUpstream),
    upstreamVhost: reading.text('upstream-vhost', /^[a-z0-9A-Z.\-:$_{}]*$/),
    enableCors: reading.flag('enable-cors', false),
    corsOrigins: readOrigins(reading.text('cors-allow-origin', { test: isOriginList })),
    usePortInRedirects: reading.flag('use-port-in-redirects', defaults.usePortInRedirects),
    backendProtocol: readBackendProtocol(reading),
    unmodelled: [...others, ...unmodelledOfHost, ...unreadAliases(ingress, aliases)],
    unmodelledOfHost,
  };
  const { findings, dropped } = reading;
  return { values, findings, ...(dropped === undefined ? {} : { dropped }) };
}

function unmodelledNames(ingress: IngressObject, isOne: (name: string) => boolean): readonly Diagnostic[] {
  return unmodelledAnnotations(ingress, (key) => key.startsWith(PREFIX) && isOne(key.slice(PREFIX.length)));
}

function readCanary(reading: Reading): CanaryPolicy | undefined {
  if (!reading.flag('canary', false)) return undefined;
  const weightTotal = reading.integer('canary-weight-total', 100);
  return {
    header: reading.text('canary-by-header', BASIC_FORM),
    headerValue: reading.text('canary-by-header-value', BASIC_FORM),
    headerPattern: reading.text('canary-by-header-pattern', SERVER_NAME_FORM),
    cookie: reading.text('canary-by-cookie', BASIC_FORM),
    weight: reading.integer('canary-weight', 0),
    weightTotal,
  };
}

/** The temporal one is looked at first (internal/ingress/annotations/redirect/redirect.go). */
function readRedirect(reading: Reading): NginxAnnotations['redirect'] {
  const temporal = reading.fatalText('temporal-redirect', isRedirectUrl);
  if (temporal !== '') {
    return { url: temporal, code: inRange(reading.integer('temporal-redirect-code', 302), 300, 307) ?? 302 };
  }
  const permanent = reading.fatalText('permanent-redirect', isRedirectUrl);
  if (permanent === '') return undefined;
  return { url: permanent, code: inRange(reading.integer('permanent-redirect-code', 301), 300, 308) ?? 301 };
}

function isRedirectUrl(text: string): boolean {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1];
  return URL_FORM.test(text) && (scheme === undefined || scheme.toLowerCase().startsWith('http'));
}

function inRange(value: number, min: number, max: number): number | undefined {
  return value >= min && value <= max ? value : undefined;
}

function readAliases(reading: Reading): readonly string[] {
  const text = reading.fatalText('server-alias', (value) =>
    value.split(',').every((each) => SERVER_NAME_FORM.test(each.trim())),
  );
  const names = text.split(',').map((each) => each.trim());
  return [...new Set(names.filter((name) => name !== ''))].sort();
}

/** Aliases that are regular expressions of PCRE alone: whom they name is not known. */
function unreadAliases(ingress: IngressObject, aliases: readonly string[]): readonly Diagnostic[] {
  const unread = aliases.filter((alias) => alias.startsWith('~') && readAlias(alias) === undefined);
  const at = refTo(ingress.origin, 'metadata', 'annotations', `${PREFIX}server-alias`);
  return unread.map((alias) => ({
    code: 'unmodelled',
    severity: 'warning',
    text: `server-alias ${alias} is no regular expression of RE2: whom it names is not known`,
    sources: [{ at, role: 'primary' }],
  }));
}

/** Any case; another word is ignored. */
function readBackendProtocol(reading: Reading): BackendProtocol {
  const word = reading.text('backend-protocol', /^(HTTP|HTTPS|AUTO_HTTP|GRPC|GRPCS|FCGI)$/i).toUpperCase();
  return BACKEND_PROTOCOLS.find((each) => each === word) ?? 'HTTP';
}

/** Must be a path (internal/ingress/annotations/rewrite/main.go). */
function appRoot(reading: Reading): string {
  const path = reading.text('app-root', REWRITE_FORM);
  return path.startsWith('/') ? path : '';
}

interface RangeList {
  readonly list: readonly Cidr[];
  /** The annotation whose value is no list of ranges. */
  readonly bad?: string;
}

/** Values of one Ingress, and what is wrong with them. */
class Reading {
  readonly findings: Diagnostic[] = [];
  dropped: Diagnostic | undefined;
  readonly #ingress: IngressObject;

  constructor(ingress: IngressObject) {
    this.#ingress = ingress;
  }

  #raw(name: string, alias?: string): { readonly value: string; readonly key: string } {
    const { annotations } = this.#ingress.metadata;
    const key = `${PREFIX}${name}`;
    const value = annotations.get(key)?.trim() ?? '';
    if (value !== '' || alias === undefined) return { value, key };
    return { value: annotations.get(`${PREFIX}${alias}`)?.trim() ?? '', key: `${PREFIX}${alias}` };
  }

  #bad(key: string, value: string, effect: string): Diagnostic {
    const at: SourceRef = refTo(this.#ingress.origin, 'metadata', 'annotations', key);
    return {
      code: 'ingress-annotation',
      severity: 'error',
      text: `ingress-nginx refuses ${JSON.stringify(value)} of ${key}: ${effect}`,
      sources: [{ at, role: 'primary' }],
    };
  }

  /** A text; one that the validator refuses is ignored. */
  text(name: string, form: Pick<RegExp, 'test'>): string {
    const { value, key } = this.#raw(name);
    if (value === '' || form.test(value)) return value;
    this.findings.push(this.#bad(key, value, 'the annotation is ignored'));
    return '';
  }

  /** A text; one that the validator refuses drops the Ingress. */
  fatalText(name: string, isGood: (text: string) => boolean): string {
    const { value, key } = this.#raw(name);
    if (value === '' || isGood(value)) return value;
    this.dropped ??= this.#bad(key, value, 'the whole Ingress is left out');
    return '';
  }

  flag(name: string, fallback: boolean): boolean {
    const { value, key } = this.#raw(name);
    const read = goBoolean(value);
    if (value === '' || read !== undefined) return read ?? fallback;
    this.findings.push(this.#bad(key, value, 'the annotation is ignored'));
    return fallback;
  }

  integer(name: string, fallback: number): number {
    const { value, key } = this.#raw(name);
    if (/^[+-]?\d{1,9}$/.test(value)) return Number(value);
    if (value !== '') this.findings.push(this.#bad(key, value, 'the annotation is ignored'));
    return fallback;
  }

  cidrs(name: string, alias?: string): RangeList | undefined {
    const { value, key } = this.#raw(name, alias);
    if (value === '') return undefined;
    const list: Cidr[] = [];
    for (const text of value.split(',').map((each) => each.trim())) {
      const ip = parseIp(text);
      const cidr = parseCidr(text) ?? (ip === undefined ? undefined : hostCidr(ip));
      if (cidr !== undefined) list.push(cidr);
      else if (text !== '') {
        this.findings.push(this.#bad(key, value, 'its locations answer 503'));
        return { list: [], bad: key };
      }
    }
    return { list };
  }
}

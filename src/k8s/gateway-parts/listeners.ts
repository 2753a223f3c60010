/**
 * Listeners, which Gateways and ListenerSets have. What the API server would refuse is reported in its words.
 * Source: kubernetes-sigs/gateway-api:apis/v1/gateway_types.go Listener and the rules of `spec.listeners`.
 */

import type { FieldPath } from '../../source/document.ts';
import {
  type Fields,
  readEnum,
  readMapping,
  readMappings,
  readPort,
  readString,
  reportDuplicate,
  reportInvalid,
  reportRequired,
  requireString,
} from '../fields.ts';
import { readSelector } from '../read-selector.ts';
import type { LabelSelector } from '../selector.ts';
import { type ClientValidation, readClientValidation } from './frontend-tls.ts';
import { hasEntries, readListenerHostname } from './hostnames.ts';
import { GATEWAY_GROUP, type ObjectRef, readSecretRefs } from './references.ts';

export type NamespacesFrom = 'All' | 'Selector' | 'Same' | 'None';

export interface AllowedNamespaces {
  readonly from: NamespacesFrom;
  /** Of `Selector`; undefined there: it selects nothing. */
  readonly selector?: LabelSelector;
}

export interface RouteKindRef {
  readonly group: string;
  readonly kind: string;
}

export interface ListenerTls {
  readonly mode: 'Terminate' | 'Passthrough';
  readonly certificates: readonly ObjectRef[];
  readonly hasOptions: boolean;
  /** Of a listener's own, as it was written before v1.4. */
  readonly clients?: ClientValidation;
}

export interface ListenerBody {
  readonly name: string;
  /** Lower case; undefined: every host. */
  readonly hostname?: string;
  readonly port: number;
  /** In upper case where it is one of the API's own, else as written. */
  readonly protocol: string;
  readonly tls?: ListenerTls;
  readonly namespaces: AllowedNamespaces;
  /** undefined: those that fit the protocol. */
  readonly kinds?: readonly RouteKindRef[];
  readonly path: FieldPath;
}

const PROTOCOLS = ['HTTP', 'HTTPS', 'TLS', 'TCP', 'UDP'];
const WITHOUT_TLS = ['HTTP', 'TCP', 'UDP'];
const WITHOUT_HOSTNAME = ['TCP', 'UDP'];
const FROM: readonly NamespacesFrom[] = ['All', 'Selector', 'Same', 'None'];

/** `spec.listeners`; those that name no port or protocol are reported and left out. */
export function readListeners(spec: Fields): readonly ListenerBody[] {
  const names = new Set<string>();
  return readMappings(spec, 'listeners').flatMap((fields) => {
    const listener = readListener(fields);
    if (listener === undefined) return [];
    if (names.has(listener.name)) reportDuplicate(fields, ['name'], listener.name);
    names.add(listener.name);
    return [listener];
  });
}

/** Which namespaces may attach. */
export function readAllowedNamespaces(
  fields: Fields,
  { missing }: { readonly missing: NamespacesFrom },
): AllowedNamespaces {
  const namespaces = readMapping(fields, 'namespaces');
  if (namespaces === undefined) return { from: missing };
  const from = readEnum(namespaces, 'from', FROM) ?? missing;
  const selector = readSelector(namespaces, 'selector');
  return { from, ...(selector === undefined ? {} : { selector }) };
}

function readListener(fields: Fields): ListenerBody | undefined {
  const name = requireString(fields, 'name');
  const port = readPort(fields, 'port');
  const word = requireString(fields, 'protocol') ?? '';
  const hostname = readListenerHostname(fields);
  if (port === undefined && fields.raw['port'] === undefined) reportRequired(fields, 'port');
  if (name === undefined || port === undefined || word === '' || hostname === 'unreadable') return undefined;
  const protocol = PROTOCOLS.find((each) => each === word.toUpperCase()) ?? word;
  const tls = readTls(fields, protocol);
  const allowed = readMapping(fields, 'allowedRoutes');
  if (hostname !== 'every' && WITHOUT_HOSTNAME.includes(protocol)) {
    reportInvalid(
      fields,
      ['hostname'],
      hostname.hostname,
      "hostname must not be specified for protocols ['TCP', 'UDP']",
    );
  }
  const kinds = allowed === undefined || !hasEntries(allowed, 'kinds') ? undefined : readKinds(allowed);
  return {
    name,
    ...(hostname === 'every' || WITHOUT_HOSTNAME.includes(protocol) ? {} : hostname),
    port,
    protocol,
    ...(tls === undefined ? {} : { tls }),
    namespaces:
      allowed === undefined ? { from: 'Same' } : readAllowedNamespaces(allowed, { missing: 'Same' }),
    ...(kinds === undefined ? {} : { kinds }),
    path: fields.path,
  };
}

function readKinds(allowed: Fields): readonly RouteKindRef[] {
  return readMappings(allowed, 'kinds').flatMap((entry) => {
    const kind = requireString(entry, 'kind');
    return kind === undefined ? [] : [{ group: readString(entry, 'group') ?? GATEWAY_GROUP, kind }];
  });
}

function readTls(fields: Fields, protocol: string): ListenerTls | undefined {
  const tls = readMapping(fields, 'tls');
  if (tls === undefined) {
    if (protocol === 'TLS') reportInvalid(fields, [], fields.raw, 'tls mode must be set for protocol TLS');
    return undefined;
  }
  if (WITHOUT_TLS.includes(protocol)) {
    reportInvalid(fields, ['tls'], tls.raw, "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']");
    return undefined;
  }
  const mode = readEnum(tls, 'mode', ['Terminate', 'Passthrough'] as const) ?? 'Terminate';
  if (protocol === 'HTTPS' && mode === 'Passthrough') {
    reportInvalid(tls, ['mode'], mode, 'tls mode must be Terminate for protocol HTTPS');
  }
  const certificates = readSecretRefs(tls, 'certificateRefs');
  const hasOptions = Object.keys(readMapping(tls, 'options')?.raw ?? {}).length > 0;
  if (mode === 'Terminate' && certificates.length === 0 && !hasOptions) {
    const text = 'certificateRefs or options must be specified when mode is Terminate';
    reportInvalid(tls, [], tls.raw, text);
  }
  const clients = readClientValidation(tls, 'frontendValidation');
  return { mode, certificates, hasOptions, ...(clients === undefined ? {} : { clients }) };
}

/**
 * Hostnames of routes and listeners: DNS names, the first label of which may be `*`. Source:
 * kubernetes-sigs/gateway-api:apis/v1/shared_types.go Hostname, PreciseHostname.
 */

import { type Fields, readString, readValidStrings, reportInvalid } from '../fields.ts';
import { hostComplaint, subdomainComplaint } from '../name-forms.ts';

/**
 * `spec.hostnames`; those that are no hostname are reported and left out.
 * @returns undefined where none is written, which means every host; an empty list where none can be used.
 */
export function readHostnames(spec: Fields): readonly string[] | undefined {
  const written = spec.raw['hostnames'];
  if (written === undefined || written === null || (Array.isArray(written) && written.length === 0)) {
    return undefined;
  }
  return readValidStrings(spec, 'hostnames', hostComplaint);
}

/** What becomes of a listener's hostname: none, one, or one that is none. */
export type ListenerHostname = { readonly hostname: string } | 'every' | 'unreadable';

/** `hostname` of a listener; an empty text is none. */
export function readListenerHostname(fields: Fields): ListenerHostname {
  const hostname = readString(fields, 'hostname') ?? '';
  if (hostname === '') return 'every';
  const complaint = hostComplaint(hostname);
  if (complaint === undefined) return { hostname };
  reportInvalid(fields, ['hostname'], hostname, complaint);
  return 'unreadable';
}

/** A hostname without a wildcard, as redirects and rewrites have it. */
export function readPreciseHostname(fields: Fields): string | undefined {
  const hostname = readString(fields, 'hostname') ?? '';
  if (hostname === '') return undefined;
  const complaint = subdomainComplaint(hostname);
  if (complaint === undefined) return hostname;
  reportInvalid(fields, ['hostname'], hostname, complaint);
  return undefined;
}

/**
 * Is something written there, other than an empty list? What is no list counts: it is refused, and must not mean
 * what a list that is left out means.
 */
export function hasEntries(fields: Fields, key: string): boolean {
  const value = fields.raw[key] ?? [];
  return !Array.isArray(value) || value.length > 0;
}

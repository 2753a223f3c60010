/** Ports as the v1alpha1 policies write them. */

import { type Fields, readMapping, readProtocol, reportInvalid } from '../fields.ts';
import { readOnePort, readPortName, readPortSpan, unreadable } from './items.ts';
import type { PortPart } from './parts.ts';

const KEYS = ['portNumber', 'portRange', 'namedPort'] as const;

/** Exactly one of `portNumber`, `portRange` and `namedPort`. */
export function readAdminPort(fields: Fields): PortPart {
  const written = Object.keys(fields.raw).filter((key) => (fields.raw[key] ?? null) !== null);
  const key = KEYS.find((name) => name === written[0]);
  if (key === undefined || written.length !== 1) {
    reportInvalid(fields, [], fields.raw, `must have exactly one of ${KEYS.join(', ')}`);
    return unreadable(fields);
  }
  if (key === 'namedPort') {
    const name = readPortName(fields, 'namedPort');
    return name === undefined ? unreadable(fields) : { kind: 'named', name, path: fields.path };
  }
  const item = readMapping(fields, key);
  if (item === undefined) return unreadable(fields);
  if (key === 'portNumber') return { ...readOnePort(item, 'port'), path: fields.path };
  const protocol = readProtocol(item, 'protocol');
  const span = readPortSpan(item);
  if (protocol === undefined || protocol === 'icmp' || span === undefined) return unreadable(fields);
  return { kind: 'range', protocol, ...span, path: fields.path };
}

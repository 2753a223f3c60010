/** The names that a certificate is for, as Go's crypto/x509 checks them: subject alternative names. */

/** The OID of subjectAltName (2.5.29.17), with its tag and length. */
const ALT_NAME_OID = [0x06, 0x03, 0x55, 0x1d, 0x11];
const DNS_NAME_TAG = 0x82;

/**
 * DNS names of the first certificate in a PEM text.
 * @returns undefined where it holds none.
 */
export function certificateNames(pem: string): readonly string[] | undefined {
  const body = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/.exec(pem)?.[1];
  const der = body === undefined ? undefined : decodeBase64(body.replace(/\s/g, ''));
  if (der === undefined || der[0] !== 0x30) return undefined;
  const start = indexOfBytes(der, ALT_NAME_OID);
  return start < 0 ? [] : altNames(der, start + ALT_NAME_OID.length);
}

/** Is the certificate for the host? A wildcard stands for one whole label; `*.a` as a host wants the same name. */
export function coversHost(names: readonly string[], host: string): boolean {
  const wanted = host.toLowerCase();
  const parent = wanted.slice(wanted.indexOf('.'));
  return names.some((name) => name.toLowerCase() === wanted || name.toLowerCase() === `*${parent}`);
}

function altNames(der: Uint8Array, position: number): readonly string[] {
  const isCritical = der[position] === 0x01;
  const octets = element(der, isCritical ? position + 3 : position);
  const sequence = element(der, octets.start);
  const names: string[] = [];
  for (let at = sequence.start; at < sequence.end; ) {
    const { start, end } = element(der, at);
    if (der[at] === DNS_NAME_TAG) names.push(String.fromCharCode(...der.slice(start, end)));
    at = Math.max(end, at + 1);
  }
  return names;
}

/** Where the content of a DER element lies. */
function element(der: Uint8Array, at: number): { readonly start: number; readonly end: number } {
  const first = der[at + 1] ?? 0;
  if (first < 0x80) return { start: at + 2, end: Math.min(at + 2 + first, der.length) };
  const count = first & 0x7f;
  let length = 0;
  for (let index = 0; index < Math.min(count, 4); index++) length = length * 256 + (der[at + 2 + index] ?? 0);
  return { start: at + 2 + count, end: Math.min(at + 2 + count + length, der.length) };
}

function indexOfBytes(bytes: Uint8Array, wanted: readonly number[]): number {
  for (let at = 0; at + wanted.length <= bytes.length; at++) {
    if (wanted.every((byte, offset) => bytes[at + offset] === byte)) return at;
  }
  return -1;
}

function decodeBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

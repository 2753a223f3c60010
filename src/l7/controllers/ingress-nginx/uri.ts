/** URIs as nginx treats them (nginx:src/http/ngx_http_parse.c ngx_http_parse_complex_uri). */

const HEX = /^[0-9a-f]{2}$/i;

/**
 * The path that locations are matched against: decoded once, slashes merged, `.` and `..` resolved.
 * @returns undefined where nginx answers 400.
 */
export function normalisePath(path: string): string | undefined {
  const bytes = decodePercent(path);
  if (bytes === undefined) return undefined;
  const elements: string[] = [];
  const parts = bytes.split('/').slice(1);
  const last = parts.length - 1;
  for (const [index, part] of parts.entries()) {
    const isLast = index === last;
    if (part === '..') {
      if (elements.length === 0) return undefined;
      elements.pop();
    }
    const isDots = part === '.' || part === '..' || part === '';
    if (!isDots) elements.push(part);
    else if (isLast) return `/${elements.map((each) => `${each}/`).join('')}`;
  }
  return `/${elements.join('/')}`;
}

/** One round of %XX as UTF-8; a number sign ends the path; a null byte is refused. */
function decodePercent(path: string): string | undefined {
  const end = path.indexOf('#');
  const text = end < 0 ? path : path.slice(0, end);
  if (!text.includes('%')) return text;
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== '%') {
      bytes.push(...new TextEncoder().encode(String.fromCodePoint(text.codePointAt(at) ?? 0)));
      if ((text.codePointAt(at) ?? 0) > 0xffff) at++;
      continue;
    }
    const code = text.slice(at + 1, at + 3);
    if (!HEX.test(code) || code === '00') return undefined;
    bytes.push(Number.parseInt(code, 16));
    at += 2;
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

/** A rewritten path as it is sent: what cannot stand in a URI is written as %XX (ngx_escape_uri). */
export function escapePath(path: string): string {
  return [...new TextEncoder().encode(path)]
    .map((byte) =>
      byte <= 0x20 || byte >= 0x7f || byte === 0x23 || byte === 0x25 || byte === 0x3f
        ? `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
        : String.fromCharCode(byte),
    )
    .join('');
}

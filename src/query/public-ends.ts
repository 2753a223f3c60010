/** Ends of names that people know from the Internet. */

/** Top-level names that people mean by a name that ends so (IANA root zone, the common ones). */
const PUBLIC_ENDS: ReadonlySet<string> = new Set([
  'com',
  'net',
  'org',
  'io',
  'dev',
  'app',
  'edu',
  'gov',
  'info',
  'biz',
  'cloud',
  'ai',
  'co',
  'me',
  'de',
  'uk',
  'eu',
  'fr',
  'cn',
  'jp',
  'ru',
  'us',
  'ca',
  'au',
  'ch',
  'nl',
  'se',
  'es',
  'it',
  'br',
  'in',
  'xyz',
  'tech',
  'online',
]);

/** Does a name with this last label look like one of the Internet? @param label lower case. */
export function isPublicEnd(label: string): boolean {
  return PUBLIC_ENDS.has(label);
}

/**
 * Which preflight requests nginx answers by itself. Source: kubernetes/ingress-nginx:internal/ingress/annotations/cors/main.go,
 * internal/ingress/controller/template/template.go buildCorsOriginRegex.
 */

import { compilePattern } from '../../match.ts';

/** Of one entry of `cors-allow-origin`, for the list as a whole to be read. */
const ENTRY = /^(?:(?:[a-z]+:\/\/)?(?:\*\.)?[A-Za-z0-9\-.]*(?::\d+)?|\*|null)$/;
/** Of one that counts. */
const ORIGIN = /^(?:[a-z]+:\/\/(?:\*\.)?[A-Za-z0-9\-.]*(?::\d+)?|null)?$/;

/** May the value stand in `cors-allow-origin`? One that may not is ignored. */
export function isOriginList(text: string): boolean {
  return split(text).every((each) => ENTRY.test(each));
}

/** The origins of a value; `*` for all. */
export function readOrigins(text: string): readonly string[] {
  const all = split(text);
  if (text === '' || all.includes('*')) return ['*'];
  return all.filter((each) => ORIGIN.test(each));
}

function split(text: string): readonly string[] {
  return text.split(',').map((each) => each.trim());
}

/**
 * Is a preflight request answered? Only the end of its origin is compared, in any case; so a comma at the end of the list lets
 * every origin in.
 * @param origin the header; undefined: none was sent.
 */
export function allowsOrigin(origins: readonly string[], origin: string | undefined): boolean {
  if (origins.includes('*')) return true;
  return origins.some((each) => {
    const form = escaped(each).replace('\\*', '[A-Za-z0-9\\-]+');
    return compilePattern(`(?:${form})$`, 'ignore-case')?.match(origin ?? '') !== undefined;
  });
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\-]/g, '\\$&');
}

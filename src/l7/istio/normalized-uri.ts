/**
 * A path as Envoy rewrites it before it looks at any rule; whoever is behind the proxy gets it so.
 * Source: istio/istio:pilot/pkg/networking/core/listener_builder.go buildHTTPConnectionManager,
 * envoyproxy/envoy:source/common/http/path_utility.cc, conn_manager_utility.cc maybeNormalizePath.
 * Rule: docs/semantics/istio.md 7.15.
 */

import { splitQuery } from '../request.ts';

/** `pathNormalization.normalization` of the mesh (istio/api:mesh/v1alpha1/config.proto). */
export const PATH_NORMALIZATIONS = [
  'DEFAULT',
  'NONE',
  'BASE',
  'MERGE_SLASHES',
  'DECODE_AND_MERGE_SLASHES',
] as const;

export type PathNormalization = (typeof PATH_NORMALIZATIONS)[number];

/**
 * The path and query as rules see them; the query stays.
 * @returns undefined for a path that is answered 400.
 */
export function normalizedUri(uri: string, mode: PathNormalization): string | undefined {
  if (mode === 'NONE') return uri;
  const { path: sent, query } = splitQuery(uri);
  const unescaped = mode === 'DECODE_AND_MERGE_SLASHES' ? unescapedSlashes(sent) : sent;
  const path = withoutDotParameters(unescaped);
  if (path.includes('%00')) return undefined;
  const canonical = withoutDots(canonicalText(path));
  const mergesSlashes = mode === 'MERGE_SLASHES' || mode === 'DECODE_AND_MERGE_SLASHES';
  return `${mergesSlashes ? mergedSlashes(canonical) : canonical}${query}`;
}

/** Of a path of slashes alone its first and its last are left (path_utility.cc mergeSlashes). */
function mergedSlashes(path: string): string {
  return /^\/{2,}$/.test(path) ? '//' : path.replace(/\/{2,}/g, '/');
}

/** `/..;v=1/` is `/../`, but only where dots and semicolon are written as such. */
function withoutDotParameters(path: string): string {
  return path.replace(/\/(\.\.?);[^/]*/g, '/$1');
}

function unescapedSlashes(path: string): string {
  return path.replace(/%2f/gi, '/').replace(/%5c/gi, '\\');
}

/** What needs no escape loses it, what needs one gets it; a backslash is a slash. */
function canonicalText(path: string): string {
  const characters = path.match(/%[0-9a-f]{2}|./gis) ?? [];
  const canonical = characters.map(canonicalCharacter);
  const isHex = (index: number) => /^[0-9a-f]$/i.test(canonical[index] ?? '');
  // What has lost its escape must not make a new one with a lone percent sign before it.
  return canonical
    .map((text, index) => (text === '%' && isHex(index + 1) && isHex(index + 2) ? '%25' : text))
    .join('');
}

function canonicalCharacter(text: string): string {
  if (text === '\\') return '/';
  if (/["<>^`{|}]/.test(text)) return `%${text.charCodeAt(0).toString(16).toUpperCase()}`;
  if (text.length === 1) return text;
  const unescaped = String.fromCharCode(Number.parseInt(text.slice(1), 16));
  return /[\w.~-]/.test(unescaped) ? unescaped : text;
}

/** `.` and `..` as elements are resolved, and never above the root; `//` stays. */
function withoutDots(path: string): string {
  if (!/\/\.\.?(?:\/|$)/.test(path)) return path;
  const elements: string[] = [];
  const all = path.slice(1).split('/');
  for (const [index, element] of all.entries()) {
    const isDots = element === '.' || element === '..';
    if (element === '..') elements.pop();
    if (!isDots) elements.push(element);
    else if (index === all.length - 1) elements.push('');
  }
  return `/${elements.join('/')}`;
}

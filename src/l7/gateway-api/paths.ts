/** What filters make of a path. Source: kubernetes-sigs/gateway-api:apis/v1/httproute_types.go HTTPPathModifier. */

import type { PathModifier } from '../../k8s/gateway-parts/filters.ts';
import { splitQuery } from '../request.ts';

/**
 * The path and query after a modifier; the query is kept.
 * @param prefix that the match has; undefined where it has none, and then a prefix cannot be replaced.
 */
export function modifiedUri(
  uri: string,
  modifier: PathModifier | undefined,
  prefix: string | undefined,
): string {
  if (modifier === undefined) return uri;
  const { path, query } = splitQuery(uri);
  if (modifier.type === 'ReplaceFullPath') return absolute(modifier.value) + query;
  return prefix === undefined ? uri : replacePrefix(path, prefix, modifier.value) + query;
}

/** `/foo/bar`, `/foo`, `/xyz`: `/xyz/bar`. One slash between the two, and never nothing. */
function replacePrefix(path: string, prefix: string, replacement: string): string {
  const rest = path.slice(withoutSlash(prefix).length);
  return absolute(withoutSlash(replacement) + rest);
}

function withoutSlash(text: string): string {
  return text.endsWith('/') ? text.slice(0, -1) : text;
}

function absolute(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}

/** The resolver libraries and tools that are modelled. A new one is a file in resolver/ and a line here. */

import { glibc } from './resolver/glibc.ts';
import { go } from './resolver/go.ts';
import { musl, olderMusl } from './resolver/musl.ts';
import type { Resolver } from './resolver/resolver.ts';
import { busybox, dig, digSearch, host, node, nodeResolve, nslookup } from './resolver/tools.ts';

export const RESOLVERS: readonly Resolver[] = [
  glibc,
  musl,
  olderMusl,
  go,
  dig,
  digSearch,
  host,
  nslookup,
  busybox,
  node,
  nodeResolve,
];

/** The resolver of that name. */
export function resolverNamed(name: string): Resolver | undefined {
  return RESOLVERS.find((resolver) => resolver.name === name);
}

/**
 * Locations to the blocks of the nginx configuration, and how nginx looks one up. Sources:
 * kubernetes/ingress-nginx:internal/ingress/controller/location.go updateServerLocations,
 * internal/ingress/controller/template/template.go buildLocation, enforceRegexModifier;
 * nginx:src/http/ngx_http_core_module.c ngx_http_core_find_static_location.
 */

import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import type { SourceRef } from '../../../source/ref.ts';
import { compilePattern, isBrokenPattern } from '../../match.ts';
import type { Block, Location, Server, ServerBlocks } from './model.ts';

/** Has the location a rewrite? One to its own path is none. */
export function needsRewrite({ path, annotations }: Location): boolean {
  const target = annotations?.rewriteTarget ?? '';
  return target !== '' && target !== path;
}

/** The blocks of a server. One location that asks for regular expressions makes them of all of the host. */
export function serverBlocks(server: Server): ServerBlocks {
  const asking = server.locations.find(
    (location) => needsRewrite(location) || location.annotations?.useRegex === true,
  );
  if (asking !== undefined) return regexBlocks(server, asking);
  const exact = new Map<string, Block>();
  const prefix = new Map<string, Block>();
  const refusals: Diagnostic[] = [];
  const add = (kind: 'exact' | 'prefix', text: string, location: Location) => {
    const blocks = kind === 'exact' ? exact : prefix;
    const twin = blocks.get(text);
    if (twin === undefined) blocks.set(text, { kind, text, location });
    else refusals.push(duplicate(text, location, twin.location));
  };
  const exactPaths = new Set(server.locations.filter((each) => each.exact).map(({ path }) => path));
  for (const location of server.locations) {
    const { path } = location;
    if (location.exact) add('exact', path, location);
    else {
      const open = path.endsWith('/') ? path : `${path}/`;
      add('prefix', open, location);
      // The path itself, unless an Exact one has it; the root needs none.
      if (path !== '/' && !exactPaths.has(path)) add('exact', path, location);
    }
  }
  const byLength = (a: Block, b: Block) => b.text.length - a.text.length;
  return {
    server,
    blocks: [...[...exact.values()].sort(byLength), ...[...prefix.values()].sort(byLength)],
    exact,
    prefix,
    refusals,
  };
}

function duplicate(text: string, location: Location, twin: Location): Diagnostic {
  return refusal(`duplicate location "${text}"`, [
    ...placesOf(location).map((at) => ({ at, role: 'primary' as const, label: 'again' })),
    ...placesOf(twin).map((at) => ({ at, role: 'context' as const, label: 'the first' })),
  ]);
}

function placesOf({ route }: Location): readonly SourceRef[] {
  return route === undefined ? [] : [route.at];
}

function refusal(why: string, sources: Diagnostic['sources']): Diagnostic {
  return {
    code: 'ingress-reload-fails',
    severity: 'error',
    text: `nginx refuses the configuration (${why}) and keeps the one it has, for every host`,
    sources,
  };
}

function regexBlocks(server: Server, asking: Location): ServerBlocks {
  return {
    server,
    ...(asking.route === undefined ? {} : { regex: asking.route }),
    blocks: server.locations.map(regexBlock),
    exact: new Map(),
    prefix: new Map(),
    refusals: server.locations
      .filter(({ path }) => !LITERAL.test(path) && isBrokenPattern(`^${path}`))
      .map((location) =>
        refusal(
          `path ${location.path} is no regular expression`,
          placesOf(location).map((at) => ({ at, role: 'primary' })),
        ),
      ),
  };
}

const LITERAL = /^[\w/~:,;=@!&%' -]*$/;

/** `~* "^path"`. */
function regexBlock(location: Location): Block {
  const { path: text } = location;
  if (LITERAL.test(text)) return { kind: 'regex', text, location, literal: text.toLowerCase() };
  const pattern = compilePattern(`^${text}`, 'ignore-case');
  return { kind: 'regex', text, location, ...(pattern === undefined ? {} : { pattern }) };
}

export interface Found {
  readonly block?: Block;
  /** nginx answers with the path and a slash. */
  readonly addsSlash: boolean;
  /** Regular expressions before it that were not tried: they are not RE2's. */
  readonly unread: readonly Block[];
}

/** The block that nginx takes for a normalised path. */
export function findBlock({ blocks, exact, prefix, regex }: ServerBlocks, path: string): Found {
  if (regex !== undefined || blocks[0]?.kind === 'regex') return findRegex(blocks, path);
  const equal = exact.get(path) ?? prefix.get(path);
  if (equal !== undefined) return { block: equal, addsSlash: false, unread: [] };
  const slashed = exact.get(`${path}/`) ?? prefix.get(`${path}/`);
  // A location that only returns has no proxy_pass, and so no such redirect.
  if (slashed !== undefined && slashed.location.annotations?.denied === undefined) {
    return { block: slashed, addsSlash: true, unread: [] };
  }
  for (let end = path.lastIndexOf('/'); end >= 0; end = path.lastIndexOf('/', end - 1)) {
    const block = prefix.get(path.slice(0, end + 1));
    if (block !== undefined) return { block, addsSlash: false, unread: [] };
    if (end === 0) break;
  }
  return { addsSlash: false, unread: [] };
}

function findRegex(blocks: readonly Block[], path: string): Found {
  const unread: Block[] = [];
  const lower = path.toLowerCase();
  for (const block of blocks) {
    if (isUnread(block)) unread.push(block);
    else if (regexMatches(block, path, lower)) return { block, addsSlash: false, unread };
  }
  return { addsSlash: false, unread };
}

function isUnread({ literal, pattern }: Block): boolean {
  return literal === undefined && pattern === undefined;
}

function regexMatches({ literal, pattern }: Block, path: string, lower: string): boolean {
  return literal === undefined ? pattern?.match(path) !== undefined : lower.startsWith(literal);
}

/** Every block that matches the path by itself, in the order in which they are tried. */
export function matchingBlocks({ blocks, exact, prefix }: ServerBlocks, path: string): readonly Block[] {
  if (blocks[0]?.kind === 'regex') {
    const lower = path.toLowerCase();
    return blocks.filter((block) => regexMatches(block, path, lower));
  }
  const found = [exact.get(path)];
  for (let end = path.lastIndexOf('/'); end >= 0; end = end === 0 ? -1 : path.lastIndexOf('/', end - 1)) {
    found.push(prefix.get(path.slice(0, end + 1)));
  }
  return found.flatMap((block) => block ?? []);
}

/** How the configuration writes it. */
export function blockMatcher({ kind, text }: Block): string {
  return kind === 'exact' ? `= ${text}` : kind === 'prefix' ? text : `~* ^${text}`;
}

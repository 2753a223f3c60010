/**
 * The question of `diff --routes`: do two routing sets, of Ingresses, the Gateway API or Istio's Gateways, do the same with every
 * request? The requests are cut into classes by the hosts, paths, methods, headers and query parameters that the
 * rules of either side name, and one of each class is asked of both sides. Literal and prefix rules make that
 * complete; of a regular expression two texts are asked that it matches.
 */

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { AssumptionAnswer } from '../answer.ts';
import { sceneAssumptions } from '../gateway/scene.ts';
import type { Snapshot } from '../snapshot.ts';
import { diagnosticAnswer } from '../source-answer.ts';
import { TOOL } from '../tool.ts';
import { UsageError } from '../usage-error.ts';
import { patternWitnesses } from './pattern-witness.ts';
import type { OutcomeAnswer, RoutingChange, RoutingDiffAnswer } from './routing-diff-answer.ts';
import { type RoutingSide, routingSide } from './routing-side.ts';
import {
  concernsHost,
  type HostConditions,
  hostRequests,
  hostWitnesses,
  pathWitnesses,
  type RuleCondition,
  type Witness,
} from './witness.ts';

export interface RoutingDiffQuestion {
  /** What the two sides are called. */
  readonly old: string;
  readonly new: string;
}

/**
 * Compares the routing of two snapshots.
 * @throws UsageError where neither side routes anything.
 */
export function routingDiff(
  before: Snapshot,
  after: Snapshot,
  names: RoutingDiffQuestion,
): RoutingDiffAnswer {
  const sides = { old: routingSide(before), new: routingSide(after) };
  const doors = [...new Set([...sides.old.doors, ...sides.new.doors])].sort();
  if (doors.length === 0)
    throw new UsageError('neither side has an Ingress or a Gateway that somebody serves');
  const { groups, requests, same, unmodelled } = compareAll(sides, doors);
  const changes = [...groups.values()].map(changeOf).sort((a, b) => (a.subject < b.subject ? -1 : 1));
  const added = changes.filter(({ old, new: fresh }) => !isAnswered(old) && isAnswered(fresh));
  const removed = changes.filter(({ old, new: fresh }) => isAnswered(old) && !isAnswered(fresh));
  const changed = changes.filter((change) => !added.includes(change) && !removed.includes(change));
  return {
    schema: 'k8snet/diff-routes/1',
    tool: TOOL,
    old: names.old,
    new: names.new,
    summary: { requests, same, added: added.length, removed: removed.length, changed: changed.length },
    added,
    removed,
    changed,
    diagnostics: [...unmodelled.values()].map(({ diagnostic, side }) =>
      diagnosticAnswer(diagnostic, side.scene.namer),
    ),
    assumptions: assumptionsOf(sides),
  };
}

interface Compared {
  readonly groups: ReadonlyMap<string, Group>;
  readonly requests: number;
  readonly same: number;
  /** By text. */
  readonly unmodelled: ReadonlyMap<string, Unmodelled>;
}

interface Unmodelled {
  readonly diagnostic: Diagnostic;
  readonly side: RoutingSide;
}

/** Asks both sides for one request of each class at each door. */
function compareAll(sides: BothSides, doors: readonly string[]): Compared {
  const groups = new Map<string, Group>();
  const unmodelled = new Map<string, Unmodelled>();
  let requests = 0;
  let same = 0;
  for (const witness of witnessesOf(sides)) {
    for (const door of doors) {
      const [old, fresh] = [sides.old, sides.new].map((side) => {
        const answer = side.answer(witness, door);
        for (const diagnostic of answer.unmodelled.filter(({ severity }) => severity !== 'info')) {
          unmodelled.set(diagnostic.text, { diagnostic, side });
        }
        return answer.outcome;
      }) as [OutcomeAnswer, OutcomeAnswer];
      requests += 1;
      if (isSame(old, fresh)) same += 1;
      else addTo(groups, { witness, door, old, new: fresh });
    }
  }
  return { groups, requests, same, unmodelled };
}

interface BothSides {
  readonly old: RoutingSide;
  readonly new: RoutingSide;
}

/** One request of each class, by host. */
function* witnessesOf(sides: BothSides): Generator<Witness> {
  const all = [...sides.old.hosts, ...sides.new.hosts];
  const anyCase = sides.old.anyCase || sides.new.anyCase;
  const pathsOf = (condition: RuleCondition) => conditionPaths(condition, { anyCase });
  const byHostname = new Map<string, RuleCondition[]>();
  for (const { hostname, conditions } of all) {
    byHostname.set(hostname, [...(byHostname.get(hostname) ?? []), ...conditions]);
  }
  const hosts = new Set([...byHostname.keys(), '*'].flatMap(hostWitnesses));
  const index = [...byHostname].map(([hostname, conditions]): HostConditions => ({ hostname, conditions }));
  const wildcards = index.filter(({ hostname }) => hostname.startsWith('*'));
  for (const host of [...hosts].sort()) {
    const own = byHostname.get(host) ?? [];
    const wide = wildcards.flatMap(({ hostname, conditions }) =>
      concernsHost(hostname, host) ? conditions : [],
    );
    yield* hostRequests(host, [...own, ...wide], { anyCase, pathsOf });
  }
}

/** Of a pattern texts that it matches, and what is around the shortest of them. */
function conditionPaths(
  { path, pathKind }: RuleCondition,
  options: { readonly anyCase: boolean },
): readonly string[] {
  if (pathKind === 'literal') return pathWitnesses(path, options);
  const texts = patternWitnesses(path);
  return [...texts, ...texts.slice(0, 1).flatMap((text) => pathWitnesses(text, options))];
}

/** What a client or a backend could tell apart. */
function isSame(a: OutcomeAnswer, b: OutcomeAnswer): boolean {
  return outcomeKey(a) === outcomeKey(b) && a.path === b.path && location(a) === location(b);
}

/** An absolute URL without a path is the one with a slash (RFC 3986 6.2.3). */
function location({ redirect }: OutcomeAnswer): string | undefined {
  return redirect !== undefined && URL.canParse(redirect) ? new URL(redirect).href : redirect;
}

/** Without what the path of the request shows in. */
function outcomeKey({ status, backends, host }: OutcomeAnswer): string {
  const isAnswer = Object.keys(backends).length > 0 || (status >= 300 && status < 400);
  // That nobody has a rule, or nobody listens, is the same nothing.
  return JSON.stringify([isAnswer ? status : status >= 500 ? status : 0, backends, host]);
}

/** By a rule: a backend or a redirect. */
function isAnswered({ backends, redirect }: OutcomeAnswer): boolean {
  return Object.keys(backends).length > 0 || redirect !== undefined;
}

interface Difference {
  readonly witness: Witness;
  readonly door: string;
  readonly old: OutcomeAnswer;
  readonly new: OutcomeAnswer;
}

interface Group {
  first: Difference;
  requests: number;
}

/** Differences between the same two rules with the same sort of answer are one, with its shortest request. */
function addTo(groups: Map<string, Group>, difference: Difference): void {
  const { old, new: fresh, witness, door } = difference;
  const how = (each: OutcomeAnswer) => [
    each.by,
    each.matched,
    outcomeKey(each),
    each.redirect === undefined ? '' : new URL(each.redirect, 'http://relative').origin,
  ];
  const paths = [old.path === witness.uri, fresh.path === witness.uri, old.path === fresh.path];
  const key = JSON.stringify([how(old), how(fresh), paths, door, witness.host]);
  const known = groups.get(key);
  if (known === undefined) {
    groups.set(key, { first: difference, requests: 1 });
    return;
  }
  known.requests += 1;
  if (sizeOf(witness) < sizeOf(known.first.witness)) known.first = difference;
}

function sizeOf({ uri, headers, method }: Witness): number {
  return uri.length + headers.size * 20 + (method === 'GET' ? 0 : 10);
}

function changeOf({ first, requests }: Group): RoutingChange {
  const { witness, door, old, new: fresh } = first;
  const [scheme = 'http', port = '80'] = door.split(' ');
  const isUsual = door === 'http 80' || door === 'https 443';
  const url = `${scheme}://${witness.host}${isUsual ? '' : `:${port}`}${witness.uri}`;
  const headers = [...witness.headers].map(([name, value]) => `${name}: ${value}`);
  return {
    aspect: 'routes',
    subject: [`${witness.method} ${url}`, ...headers].join(', '),
    witness: {
      url,
      method: witness.method,
      ...(witness.headers.size === 0 ? {} : { headers: Object.fromEntries(witness.headers) }),
    },
    before: outcomeText(old, witness.uri),
    after: outcomeText(fresh, witness.uri),
    old,
    new: fresh,
    requests,
  };
}

/** `shop/web:80 as /x`, `301 to https://…`, `404 (no rule …)`. */
function outcomeText({ status, backends, path, host, redirect, reason }: OutcomeAnswer, uri: string): string {
  const shares = Object.entries(backends);
  const names = shares.map(([name, share]) =>
    share === 1 ? name : `${Math.round(share * 1000) / 10} % ${name}`,
  );
  if (redirect !== undefined) return `${status} to ${redirect}`;
  if (names.length === 0) return status === 0 ? `no connection: ${reason}` : `${status}: ${reason}`;
  const as = path === undefined || path === uri ? '' : ` as ${path}`;
  return `${names.join(', ')}${as}${host === undefined ? '' : ` for ${host}`}`;
}

function assumptionsOf(sides: BothSides): readonly AssumptionAnswer[] {
  const all = [sides.old, sides.new].flatMap(({ scene }) =>
    sceneAssumptions(scene, { isAsked: true }).list(),
  );
  return [...new Map(all.map((each) => [each.code, each])).values()];
}

/** A request at the listeners of a Gateway. Source: kubernetes-sigs/gateway-api:apis/v1/gateway_types.go, httproute_types.go. */

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { MatchingRule } from '../../k8s/gateway-parts/route.ts';
import { refTo } from '../../source/ref.ts';
import { hostName, isOddPath } from '../request.ts';
import type { Loser } from '../route-table.ts';
import { compareAge } from './age.ts';
import type { BackendResolver } from './backends.ts';
import { compareSpecificity, EVERY_HOST } from './hostnames.ts';
import type { MatchIndex } from './match-index.ts';
import { byPrecedence, type GatewayMatch, parsedRequest } from './matches.ts';
import type { GatewayRequest } from './request.ts';
import { answered, type GatewayRouting, runRule, withGrpcStatus } from './routing.ts';

/** What a listener, or a Service in a mesh, has for requests. */
export interface HttpTable {
  readonly index: MatchIndex;
  readonly resolver: BackendResolver;
  /** For the Location of redirects. */
  readonly port: number;
  /** In words, for the reason of a 404: `listener web`. */
  readonly name: string;
}

/**
 * Routes a request by the rules of one or more tables, the first of which is the most specific one.
 * @param host in lower case, without a port.
 */
export function routeHttp(tables: readonly HttpTable[], request: GatewayRequest): GatewayRouting {
  const host = hostName(request.host);
  const parsed = parsedRequest(request);
  const holding = tables.flatMap((table) =>
    table.index.find(host, parsed).map((match) => ({ match, table })),
  );
  // Of several listeners without isolation the rules are one set.
  if (tables.length > 1) holding.sort((a, b) => compareMatches(a.match, b.match));
  const [winner] = holding;
  const doubts = requestDoubts(request);
  if (winner === undefined) {
    return grpcAware({ ...answered(404, notFound(tables, host)), unmodelled: doubts }, request);
  }
  const { match, table } = winner;
  const { filters, unmodelled } = match.rule.body as MatchingRule<unknown>;
  const routing = runRule(match, filters, { request, listenerPort: table.port, resolver: table.resolver });
  const others = holding.slice(1).map((each) => each.match);
  const best = table.index.bestHostname(host);
  return grpcAware(
    {
      ...routing,
      losers: losersOf(match, others),
      unmodelled: [
        ...routing.unmodelled,
        ...doubts,
        ...patternDoubts(match, others),
        ...hostDoubts(match, best),
        ...unmodelled.map((path) => notModelled(match, path)),
      ],
    },
    request,
  );
}

function compareMatches(a: GatewayMatch, b: GatewayMatch): number {
  return compareSpecificity(a.hostname.effective, b.hostname.effective) || byPrecedence(a, b);
}

function grpcAware(routing: GatewayRouting, { isGrpc }: GatewayRequest): GatewayRouting {
  return isGrpc ? withGrpcStatus(routing) : routing;
}

function notFound(tables: readonly HttpTable[], host: string): string {
  const [table] = tables;
  const best = table?.index.bestHostname(host);
  if (best === undefined) return `no route of ${table?.name ?? 'the gateway'} is for this host`;
  return `no rule for ${best === EVERY_HOST ? 'this host' : best} matches the request`;
}

/** Each match that holds too, one of a rule. */
function losersOf(winner: GatewayMatch, others: readonly GatewayMatch[]): readonly Loser<GatewayMatch>[] {
  const seen = new Set([winner.rule]);
  return others.flatMap((route): readonly Loser<GatewayMatch>[] => {
    if (seen.has(route.rule)) return [];
    seen.add(route.rule);
    return [{ route, beatenBy: winner, reason: whyBeaten(route, winner) }];
  });
}

/** The words for each place of a rank. */
const HTTP_STEPS: readonly ((winner: GatewayMatch) => string)[] = [
  ({ matcher }) => `${matcher.split(' ')[0]} comes before other kinds of paths`,
  ({ matcher }) => `${matcher.split(' ')[1]} is longer`,
  () => 'it asks for a method',
  () => 'it asks for more headers',
  () => 'it asks for more query parameters',
];
const GRPC_STEPS: readonly ((winner: GatewayMatch) => string)[] = [
  () => 'its service is longer',
  () => 'its method is longer',
  () => 'it asks for more headers',
];

function whyBeaten(loser: GatewayMatch, winner: GatewayMatch): string {
  if (compareSpecificity(winner.hostname.effective, loser.hostname.effective) !== 0) {
    return `${winner.hostname.effective} is the more specific hostname`;
  }
  const steps = winner.rule.route.kind === 'GRPCRoute' ? GRPC_STEPS : HTTP_STEPS;
  const step = winner.rank.findIndex((value, index) => value !== loser.rank[index]);
  const text = steps[step]?.(winner);
  if (text !== undefined) return text;
  if (winner.hostname.declared !== loser.hostname.declared) {
    return `its route asks for ${winner.hostname.declared}, which is more specific`;
  }
  if (winner.rule.route === loser.rule.route) return 'it is the earlier rule of the same route';
  if (compareAge(winner.rule.route, loser.rule.route) !== 0) return 'its route is older';
  return 'of the same match the older route wins; as far as the manifests say, the first by namespace/name';
}

function requestDoubts({ uri, host }: GatewayRequest): readonly Diagnostic[] {
  const [path = ''] = uri.split('?');
  const texts = [
    ...(isOddPath(path)
      ? [
          `the path is matched as it is written; implementations may merge //, resolve .. or decode escapes in ${path} first`,
        ]
      : []),
    ...(/\.(?::\d*)?$/.test(host)
      ? [`the host is matched without its final dot; implementations may find no route for ${host}`]
      : []),
  ];
  return texts.map((text) => ({ code: 'unmodelled', severity: 'warning', text, sources: [] }));
}

/** The dialect and the place of regular expressions are the implementation's affair. */
function patternDoubts(winner: GatewayMatch, others: readonly GatewayMatch[]): readonly Diagnostic[] {
  const decisive = winner.usesPattern ? winner : others.find(({ usesPattern }) => usesPattern);
  if (decisive === undefined) return [];
  return [
    {
      code: 'unmodelled',
      severity: 'info',
      text: 'a regular expression takes part; it is read as RE2 and must match as a whole, and comes after Exact and before PathPrefix: implementations may do otherwise',
      sources: [{ at: decisive.rule.at, role: 'primary' }],
    },
  ];
}

/** Implementations with one virtual host for each name do not go on to a less specific hostname. */
function hostDoubts(winner: GatewayMatch, best: string | undefined): readonly Diagnostic[] {
  const { effective } = winner.hostname;
  if (best === undefined || best === effective) return [];
  return [
    {
      code: 'unmodelled',
      severity: 'info',
      text: `${best} has rules, none of which matches; some implementations then answer 404 instead of going on to ${effective}`,
      sources: [{ at: winner.rule.at, role: 'primary' }],
    },
  ];
}

function notModelled({ rule }: GatewayMatch, path: readonly (string | number)[]): Diagnostic {
  return {
    code: 'unmodelled',
    severity: 'info',
    text: `${String(path.at(-1))} of the rule is not modelled`,
    sources: [{ at: refTo(rule.route.origin, ...path), role: 'primary' }],
  };
}

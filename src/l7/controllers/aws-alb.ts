/**
 * The AWS Load Balancer Controller: each group of Ingresses is an Application Load Balancer outside the cluster, whose rules
 * are tried in order. Source: kubernetes-sigs/aws-load-balancer-controller:pkg/ingress; docs/semantics/ingress.md A1 to A6.
 */

import { groupBy } from '../../collections/grouping.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { servicePortOnly } from '../backends.ts';
import { hostName, type RouteRequest, splitQuery } from '../request.ts';
import type { Route, RouteHost, Routing } from '../route-table.ts';
import { allRoutes, ingressRoutes } from '../sources/ingress.ts';
import { albOptions, targetType } from './aws-alb/annotations.ts';
import { type ListenerRule, listenerRules, type Member } from './aws-alb/listener-rules.ts';
import type { Controller, ControllerKind } from './controller.ts';

/** The load balancer of one group. */
interface Balancer {
  readonly group: string;
  readonly members: readonly Member[];
  /** In the order in which they are tried. */
  readonly rules: readonly ListenerRule[];
  /** The default backend of one of its Ingresses. */
  readonly fallback?: Pick<ListenerRule, 'route' | 'member'>;
}

const albController: Controller = ({ control, ingresses }) => {
  const members = ingresses.map((ingress) => ({
    routes: ingressRoutes(control, ingress, servicePortOnly),
    options: albOptions(ingress),
  }));
  const balancers = [...groupBy(members, ({ options }) => options.group)].map(balancerOf);
  const routes = members.flatMap((member) => allRoutes(member.routes));
  return {
    controller: 'aws-alb',
    hosts: balancers.flatMap(hostsOf),
    routes,
    findings: members.flatMap(({ options }) => options.unmodelled),
    refusals: routes.flatMap((route) => withoutNodePort(route) ?? []),
    route: (request) => decide(balancers, request),
  };
};

function balancerOf([group, members]: readonly [string, readonly Member[]]): Balancer {
  const [fallback] = members.flatMap((member) => {
    const route = member.routes.defaultRoute;
    return route === undefined ? [] : [{ route, member }];
  });
  return { group, members, rules: listenerRules(members), ...(fallback === undefined ? {} : { fallback }) };
}

function hostsOf({ rules, fallback }: Balancer): readonly RouteHost[] {
  const ofRules = [...groupBy(rules, ({ route }) => route.host)].map(
    ([host, own]): RouteHost => ({
      names: [host],
      entries: own.map(({ patterns, route }) => ({ matcher: patterns.join(', '), route })),
    }),
  );
  return fallback === undefined
    ? ofRules
    : [...ofRules, { names: ['*'], entries: [{ matcher: 'default action', route: fallback.route }] }];
}

/** The controller gives up on the whole group (pkg/ingress/model_build_target_group.go buildTargetGroupPort). */
function withoutNodePort({ ingress, backend: { found, at } }: Route): Diagnostic | undefined {
  if (found === undefined || found.service.body.type !== 'ClusterIP') return undefined;
  if (targetType(ingress, found.service.annotations) === 'ip') return undefined;
  return {
    code: 'ingress-annotation',
    severity: 'error',
    text: `target-type instance sends to node ports, and Service ${found.service.key} of type ClusterIP has none: the controller changes nothing for this group`,
    sources: [{ at, role: 'primary' }],
    help: [{ text: 'alb.ingress.kubernetes.io/target-type: ip, or type: NodePort', applicability: 'likely' }],
  };
}

function decide(balancers: readonly Balancer[], request: RouteRequest): Routing {
  const host = hostName(request.host);
  const asked = balancersOf(balancers, host);
  const [balancer] = asked;
  if (balancer === undefined)
    return ended({ status: 404, reason: 'no load balancer has a rule for this host' });
  const several = asked.length === 1 ? [] : [severalBalancers(asked, host)];
  const options = balancer.members.map((member) => member.options);
  if (!options.some(({ schemes }) => schemes.includes(request.scheme))) {
    return ended({ status: 0, reason: `the load balancer does not listen for ${request.scheme}` }, several);
  }
  const redirect = options.find(({ redirectPort }) => redirectPort !== undefined)?.redirectPort;
  if (request.scheme === 'http' && redirect !== undefined) {
    const to = `https://${host}:${redirect}${request.uri}`;
    return ended({ status: 301, reason: 'ssl-redirect of the group', redirect: to }, several);
  }
  return byRules(balancer, request, several);
}

/** Names lead to a load balancer: to one that has the host, else to one that takes every host. */
function balancersOf(balancers: readonly Balancer[], host: string): readonly Balancer[] {
  const having = balancers.filter(({ rules }) =>
    rules.some(({ route, matchesHost }) => route.host !== '*' && matchesHost(host)),
  );
  if (having.length > 0) return having;
  return balancers.filter(
    ({ rules, fallback }) => fallback !== undefined || rules.some(({ route }) => route.host === '*'),
  );
}

function byRules(
  { rules, fallback }: Balancer,
  request: RouteRequest,
  notes: readonly Diagnostic[],
): Routing {
  const host = hostName(request.host);
  const { path } = splitQuery(request.uri);
  const ofHost = rules.filter((rule) => rule.matchesHost(host));
  const [winner, ...others] = ofHost.filter((rule) => rule.matchesPath(path));
  const named = ofHost[0] === undefined || ofHost[0].route.host === '*' ? {} : { host: ofHost[0].route.host };
  const decisive = winner ?? fallback;
  if (decisive === undefined)
    return ended({ status: 404, reason: `no rule matches ${host}${path}`, ...named }, notes);
  const { route, member } = decisive;
  const losers = others.map((other) => ({
    route: other.route,
    beatenBy: route,
    reason: 'a rule before it matches',
  }));
  return {
    ...toTarget(route),
    route,
    ...named,
    losers,
    unmodelled: [...notes, ...member.options.unmodelled],
  };
}

function toTarget({ backend, ingress }: Route): Pick<Routing, 'status' | 'reason' | 'backend'> {
  const { state, found } = backend;
  if (state !== 'ready') return { status: 503, reason: `the load balancer has no target (${state})` };
  const type = targetType(ingress, found?.service.annotations ?? new Map());
  const target = type === 'ip' ? 'a pod' : 'the node port of any node';
  return { status: 200, reason: `handed to ${target} (target-type ${type})`, backend };
}

function ended(answer: Omit<Routing, 'losers' | 'unmodelled'>, notes: readonly Diagnostic[] = []): Routing {
  return { ...answer, losers: [], unmodelled: notes };
}

function severalBalancers(balancers: readonly Balancer[], host: string): Diagnostic {
  const names = balancers.map(({ group }) => group).join(', ');
  const sources = balancers.flatMap(({ members }) =>
    members.slice(0, 1).map(({ routes }) => routes.ingress.origin),
  );
  return {
    code: 'unmodelled',
    severity: 'warning',
    text: `${host} is a host of several load balancers (${names}): DNS decides which is asked; the first is shown`,
    sources: sources.map((at, index) => ({ at, role: index === 0 ? 'primary' : 'context' })),
  };
}

export const awsAlbKind: ControllerKind = {
  isKnown: true,
  table: albController,
  isPod: () => false,
};

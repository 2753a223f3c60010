/**
 * The AWS Load Balancer Controller: each group of Ingresses is an Application Load Balancer outside the cluster, whose rules
 * are tried in order. Source: kubernetes-sigs/aws-load-balancer-controller:pkg/ingress; docs/semantics/ingress.md A1 to A6.
 */

import { groupBy } from '../../collections/grouping.ts';
import type { ControlPlane } from '../../control/control-plane.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { SourceRef } from '../../source/ref.ts';
import { servicePortOnly } from '../backends.ts';
import { hostName, type RouteRequest, splitQuery } from '../request.ts';
import { backendName, type Route, type RouteBackend, type RouteHost, type Routing } from '../route-table.ts';
import { allRoutes, type IngressRoutes, ingressRoutes } from '../sources/ingress.ts';
import {
  type AlbAction,
  actionOf,
  asAction,
  leadsNowhere,
  redirectTo,
  type WeightedTarget,
} from './aws-alb/actions.ts';
import { type AlbListener, albOptions, targetType } from './aws-alb/annotations.ts';
import { type ListenerRule, listenerRules, type Member, pathRefusal } from './aws-alb/listener-rules.ts';
import type { Controller, ControllerKind } from './controller.ts';
import { notFollowed } from './unmodelled-annotations.ts';

type Decisive = Pick<ListenerRule, 'route' | 'member' | 'action'>;

/** The load balancer of one group. */
interface Balancer {
  readonly group: string;
  readonly members: readonly Member[];
  /** In the order in which they are tried. */
  readonly rules: readonly ListenerRule[];
  /** The default backends of its Ingresses; more than one at a listener are refused. */
  readonly fallbacks: readonly Decisive[];
}

const albController: Controller = ({ control, ingresses }) => {
  const members = ingresses.map((ingress) => ({
    routes: withActions(ingressRoutes(control, ingress, servicePortOnly)),
    options: albOptions(ingress),
  }));
  const balancers = [...groupBy(members, ({ options }) => options.group)].map((group) =>
    balancerOf(control, group),
  );
  const routes = members.flatMap((member) => allRoutes(member.routes));
  // Of classes: groups, schemes and listeners for all of their Ingresses (docs/guide/ingress/ingress_class.md).
  const ofClasses = control.cluster.objects
    .otherOfKind('IngressClassParams')
    .map(({ name, origin }) => notFollowed(`IngressClassParams ${name}`, origin));
  return {
    controller: 'aws-alb',
    hosts: balancers.flatMap(hostsOf),
    routes,
    findings: [...ofClasses, ...members.flatMap(({ options }) => options.unmodelled)],
    refusals: balancers.flatMap(refusalsOf),
    route: (request) => {
      const routing = decide(balancers, request);
      return { ...routing, unmodelled: [...ofClasses, ...routing.unmodelled] };
    },
  };
};

function withActions({ rules, defaultRoute, ingress }: IngressRoutes): IngressRoutes {
  return {
    ingress,
    rules: rules.map(({ rule, routes }) => ({ rule, routes: routes.map(asAction) })),
    ...(defaultRoute === undefined ? {} : { defaultRoute: asAction(defaultRoute) }),
  };
}

function balancerOf(control: ControlPlane, [group, members]: readonly [string, readonly Member[]]): Balancer {
  const rules = listenerRules(control, members);
  const fallbacks = members.flatMap((member) => {
    const route = member.routes.defaultRoute;
    return route === undefined ? [] : [{ route, member, action: actionOf(control, route) }];
  });
  return { group, members, rules, fallbacks };
}

function hostsOf({ rules, fallbacks: [fallback] }: Balancer): readonly RouteHost[] {
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

/** What makes the controller give up on the whole group (pkg/ingress/model_builder.go): it changes nothing, and tries again. */
function refusalsOf({ rules, fallbacks, members }: Balancer): readonly Diagnostic[] {
  const [first, second] = fallbacks;
  const listeners = members.flatMap(({ options }) => options.listeners);
  const port = members.find(({ options }) => options.redirectPort !== undefined)?.options.redirectPort;
  const isLost =
    port !== undefined && !listeners.some((each) => each.port === port && each.scheme === 'https');
  return [
    ...rules.flatMap(({ route, action }) => [
      ...refusedWhere(route.at, pathRefusal(route)),
      ...refusedWhere(route.backend.at, action.kind === 'refused' ? action.why : undefined),
    ]),
    ...[...rules, ...fallbacks].flatMap(({ route, action }) => withoutNodePort(route, action)),
    ...(first === undefined || second === undefined
      ? []
      : refusedWhere(second.route.at, 'another Ingress of the group has a default backend too')),
    ...(isLost
      ? refusedWhere(members[0]?.routes.ingress.origin, `ssl-redirect ${port} is no HTTPS listener`)
      : []),
  ];
}

function refusedWhere(at: SourceRef | undefined, why: string | undefined): readonly Diagnostic[] {
  if (at === undefined || why === undefined) return [];
  return [
    {
      code: 'ingress-annotation',
      severity: 'error',
      text: `the controller changes nothing for this group: ${why}`,
      sources: [{ at, role: 'primary' }],
    },
  ];
}

/** pkg/ingress/model_build_target_group.go buildTargetGroupPort. */
function withoutNodePort({ ingress }: Route, action: AlbAction): readonly Diagnostic[] {
  if (action.kind !== 'forward') return [];
  return action.targets.flatMap(({ backend: { found, at } }): readonly Diagnostic[] => {
    if (found === undefined || found.service.body.type !== 'ClusterIP') return [];
    if (targetType(ingress, found.service.annotations) === 'ip') return [];
    return [
      {
        code: 'ingress-annotation',
        severity: 'error',
        text: `target-type instance sends to node ports, and Service ${found.service.key} of type ClusterIP has none: the controller changes nothing for this group`,
        sources: [{ at, role: 'primary' }],
        help: [
          { text: 'alb.ingress.kubernetes.io/target-type: ip, or type: NodePort', applicability: 'likely' },
        ],
      },
    ];
  });
}

/** The port that a client dials: that of the Host header, else the scheme's. */
function askedPort({ host, scheme }: RouteRequest): number {
  const digits = /:(\d+)$/.exec(host)?.[1];
  return digits === undefined ? (scheme === 'https' ? 443 : 80) : Number(digits);
}

function decide(balancers: readonly Balancer[], request: RouteRequest): Routing {
  const host = hostName(request.host);
  const asked = balancersOf(balancers, host);
  const [balancer] = asked;
  if (balancer === undefined)
    return ended({ status: 404, reason: 'no load balancer has a rule for this host' });
  const several = asked.length === 1 ? [] : [severalBalancers(asked, host)];
  const options = balancer.members.map((member) => member.options);
  const port = askedPort(request);
  const listener = options.flatMap(({ listeners }) => listeners).find((each) => each.port === port);
  if (listener?.scheme !== request.scheme) {
    const reason = `the load balancer does not listen for ${request.scheme} on port ${port}`;
    return ended({ status: 0, reason }, several);
  }
  const redirect = options.find(({ redirectPort }) => redirectPort !== undefined)?.redirectPort;
  if (request.scheme === 'http' && redirect !== undefined) {
    const to = `https://${host}:${redirect}${request.uri}`;
    return ended({ status: 301, reason: 'ssl-redirect of the group', redirect: to }, several);
  }
  return byRules(atListener(balancer, listener), { request, listener }, several);
}

/** The rules of a listener: those of Ingresses that have it, without redirects to itself. */
function atListener({ rules, fallbacks, ...rest }: Balancer, listener: AlbListener): Balancer {
  const isHere = ({ member }: Decisive) =>
    member.options.listeners.some(({ port }) => port === listener.port);
  return {
    ...rest,
    rules: rules.filter(
      (rule) =>
        isHere(rule) &&
        !(rule.action.kind === 'redirect' && leadsNowhere(rule.action.redirect, listener, rule.route.host)),
    ),
    fallbacks: fallbacks.filter(isHere),
  };
}

/** Names lead to a load balancer: to one that has the host, else to one that takes every host. */
function balancersOf(balancers: readonly Balancer[], host: string): readonly Balancer[] {
  const having = balancers.filter(({ rules }) =>
    rules.some(({ route, matchesHost }) => route.host !== '*' && matchesHost(host)),
  );
  if (having.length > 0) return having;
  return balancers.filter(
    ({ rules, fallbacks }) => fallbacks.length > 0 || rules.some(({ route }) => route.host === '*'),
  );
}

interface Asked {
  readonly request: RouteRequest;
  readonly listener: AlbListener;
}

function byRules({ rules, fallbacks }: Balancer, asked: Asked, notes: readonly Diagnostic[]): Routing {
  const { request } = asked;
  const host = hostName(request.host);
  const { path } = splitQuery(request.uri);
  const ofHost = rules.filter((rule) => rule.matchesHost(host));
  const [winner, ...others] = ofHost.filter((rule) => rule.matchesPath(path));
  const named = ofHost[0] === undefined || ofHost[0].route.host === '*' ? {} : { host: ofHost[0].route.host };
  const decisive = winner ?? fallbacks[0];
  if (decisive === undefined)
    return ended({ status: 404, reason: `no rule matches ${host}${path}`, ...named }, notes);
  const { route, member, action } = decisive;
  const losers = others.map((other) => ({
    route: other.route,
    beatenBy: route,
    reason: 'a rule before it matches',
  }));
  return {
    ...byAction(route, action, asked),
    route,
    ...named,
    losers,
    unmodelled: [
      ...notes,
      ...(action.kind === 'unknown' ? [notFollowed('the action of this rule', route.backend.at)] : []),
      ...member.options.unmodelled,
    ],
  };
}

type Outcome = Omit<Routing, 'losers' | 'unmodelled'>;

function byAction(route: Route, action: AlbAction, { request, listener }: Asked): Outcome {
  switch (action.kind) {
    case 'forward':
      return { ...toTargets(route, action.targets), requestHeaders: forwardedHeaders(request, listener) };
    case 'redirect': {
      const { path, query } = splitQuery(request.uri);
      const asked = { ...listener, host: hostName(request.host), path, query };
      const redirect = redirectTo(action.redirect, asked);
      return { status: action.redirect.status, reason: 'a redirect of the Ingress', redirect };
    }
    case 'answer':
      return { status: action.status, reason: action.reason };
    case 'unknown':
      return { status: 0, reason: 'the action of the rule is not known' };
    case 'refused':
      return { status: 503, reason: `the controller makes no rule: ${action.why}` };
  }
}

/** X-Forwarded-For is continued (AWS, "HTTP headers and Application Load Balancers", mode append). */
function forwardedHeaders(
  { host, headers, clientIp }: RouteRequest,
  { scheme, port }: AlbListener,
): ReadonlyMap<string, string> {
  const chain = [headers.get('x-forwarded-for'), clientIp?.text].filter((each) => each !== undefined);
  return new Map([
    ['Host', host],
    ...(chain.length === 0 ? [] : ([['X-Forwarded-For', chain.join(', ')]] as const)),
    ['X-Forwarded-Proto', scheme],
    ['X-Forwarded-Port', String(port)],
  ]);
}

/** Target groups share by weight, whether or not they have healthy targets. */
function toTargets(route: Route, targets: readonly WeightedTarget[]): Outcome {
  const [first, ...others] = targets.filter(({ weight }) => weight > 0);
  if (first === undefined) return { status: 503, reason: 'every target group has the weight 0' };
  if (others.length === 0) return toTarget(route, first.backend);
  const total = targets.reduce((sum, { weight }) => sum + weight, 0);
  const shared = [first, ...others];
  return {
    status: 200,
    reason: 'shared out by weight',
    weights: new Map(
      shared.map(({ backend, weight }) => [backendName(backend), { numerator: weight, denominator: total }]),
    ),
    shared: shared.map(({ backend }) => backend),
  };
}

function toTarget({ ingress }: Route, backend: RouteBackend): Outcome {
  const { state, found } = backend;
  if (state !== 'ready') return { status: 503, reason: `the load balancer has no target (${state})` };
  const type = targetType(ingress, found?.service.annotations ?? new Map());
  if (type === 'instance' && found?.service.body.type === 'ClusterIP') {
    return { status: 503, reason: `Service ${backend.service} has no node port for target-type instance` };
  }
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
  outside: (ingress) => albOptions(ingress).group,
};

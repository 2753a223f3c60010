/**
 * What a proxy does with an HTTP request: the first route of the virtual host that takes it decides.
 * Source: envoyproxy/envoy:source/common/router/config_impl.cc, istio/istio:pilot/pkg/networking/core/route/route.go.
 * Rules: docs/semantics/istio.md 6.4, 7, 12.
 */

import type { PodKey } from '../../cluster/cluster.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { HttpRule } from '../../k8s/istio-parts/http-rule.ts';
import { ONE } from '../../net/fraction.ts';
import { splitQuery } from '../request.ts';
import { redirectLocation, rewriteOf, sentRequest, timeoutOf } from './actions.ts';
import { destinationRef, type Sending, sendBranches, sharesOf } from './branches.ts';
import { clusterBranch } from './clusters.ts';
import { type HttpView, httpView } from './http-conditions.ts';
import { type HttpRoute, type RuleRoute, routeMatches } from './http-routes.ts';
import type { MeshRequest } from './mesh-request.ts';
import { normalizedUri } from './normalized-uri.ts';
import { type MeshBranch, type MeshOutcome, type MirrorBranch, outcome, type PassedOver } from './outcome.ts';
import { retryPolicy } from './retries.ts';
import { summary } from './summary.ts';

/** A virtual host as far as it decides. */
export interface RoutedHost {
  readonly name: string;
  readonly routes: readonly HttpRoute[];
}

export interface HttpSending extends Sending {
  readonly scheme: HttpView['scheme'];
}

/** @returns what becomes of the request in this virtual host. */
export function answerHttp(sending: HttpSending, host: RoutedHost): MeshOutcome {
  const { request, mesh } = sending;
  const uri = normalizedUri(request.uri, mesh.settings.pathNormalization);
  if (uri === undefined) return badPath(request);
  const answer = answerNormalized({ ...sending, request: { ...request, uri } }, host);
  if (uri === request.uri) return answer;
  return answer.branches.length > 0
    ? { ...answer, rewrite: { path: uri, ...answer.rewrite } }
    : { ...answer, reason: `${answer.reason}, and the path is read as ${splitQuery(uri).path}` };
}

/** Nothing is asked of a path that cannot be normalized. */
export function badPath({ uri }: Pick<MeshRequest, 'uri'>): MeshOutcome {
  return outcome({
    result: 'local-reply',
    status: 400,
    reason: `the path of ${uri} cannot be normalized: it has a NUL`,
  });
}

function answerNormalized(sending: HttpSending, host: RoutedHost): MeshOutcome {
  const view = httpView(sending.request, sending.scheme);
  const index = host.routes.findIndex((route) => routeMatches(route, view));
  const route = host.routes[index];
  const passedOver = () => passedOverOf(host.routes, index, view);
  if (route === undefined) {
    return outcome({
      result: 'local-reply',
      status: 404,
      flag: 'NR',
      reason: `no rule of ${host.name} matches${sending.proxy.kind === 'gateway' ? '' : ", and the service's own route is gone with the first rule"}`,
      virtualHost: host.name,
      passedOver,
    });
  }
  const answer = route.kind === 'default' ? defaultAnswer(sending, route) : ruleAnswer(sending, route, view);
  return { ...answer, route, virtualHost: host.name, passedOver };
}

function defaultAnswer(
  sending: HttpSending,
  { host, port }: { readonly host: string; readonly port: number },
): MeshOutcome {
  const sent = sendBranches(sending, [{ destination: { host, port }, weight: ONE }]);
  const retries = retryPolicy(sending.mesh.settings.retries);
  return {
    ...summary(sent, 'http'),
    reason: 'no VirtualService is for the host: the service itself',
    ...(retries === undefined ? {} : { retries }),
  };
}

function ruleAnswer(sending: HttpSending, route: RuleRoute, view: HttpView): MeshOutcome {
  const { rule } = route.placed;
  const common = {
    set: route.set,
    because: [route.at],
    unmodelled: unmodelledOf(route),
    ...(rule.fault === undefined ? {} : { fault: rule.fault }),
  };
  const answered = faultAnswer(rule) ?? localAnswer(sending, rule, view);
  if (answered !== undefined) return { ...answered, ...common };
  const rewrite = rewriteOf(rule, route.match, view);
  const sent = sendBranches(sending, sharesOf(rule.route, route.placed.owner.origin), ({ headers }) => ({
    ...sending.request,
    ...sentRequest(sending.request, rule, { rewrite, own: headers }),
  }));
  const retries = retryPolicy(rule.retries ?? sending.mesh.settings.retries);
  const timeout = timeoutOf(rule);
  return withFault(rule, {
    ...summary(sent, 'http'),
    ...common,
    because: [route.at, ...sent.because],
    reason: `rule ${route.placed.label} of VirtualService ${route.set.key}`,
    mirrors: mirrorsOf(sending, route),
    ...(rewrite === undefined ? {} : { rewrite }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(retries === undefined ? {} : { retries }),
  });
}

/** An abort of every request: no backend is asked. */
function faultAnswer({ fault }: HttpRule): MeshOutcome | undefined {
  const abort = fault?.abort;
  if (abort === undefined || abort.percent < 100) return undefined;
  return outcome({
    result: 'local-reply',
    // A gRPC status comes with HTTP 200.
    status: abort.httpStatus ?? 200,
    ...(abort.grpcStatus === undefined ? {} : { grpcStatus: abort.grpcStatus }),
    flag: 'FI',
    reason: 'the rule injects a fault into every request',
  });
}

/** Some of the requests are aborted, so that what is delivered is a part of them. */
function withFault({ fault }: HttpRule, answer: MeshOutcome): MeshOutcome {
  const percent = fault?.abort?.percent ?? 0;
  return percent > 0 && answer.result === 'delivered' ? { ...answer, result: 'partial' } : answer;
}

function localAnswer(
  { dialled, scheme }: HttpSending,
  rule: HttpRule,
  view: HttpView,
): MeshOutcome | undefined {
  const { redirect, directResponse } = rule;
  if (redirect !== undefined) {
    const context = { port: dialled.listenerPort, isTls: scheme === 'https' };
    return outcome({
      result: 'local-reply',
      status: redirect.code,
      reason: 'the rule redirects',
      redirect: { code: redirect.code, location: redirectLocation(redirect, view, context) },
    });
  }
  if (directResponse === undefined) return undefined;
  return outcome({
    result: 'local-reply',
    status: directResponse.status,
    reason: 'the rule answers by itself',
    ...(directResponse.body === undefined ? {} : { body: directResponse.body }),
  });
}

/** A copy of the request; whatever becomes of it, the client does not see it. */
function mirrorsOf({ mesh, proxy, dialled }: HttpSending, { placed }: RuleRoute): readonly MirrorBranch[] {
  return placed.rule.mirrors
    .filter(({ percent }) => percent > 0)
    .map(({ destination, percent }) => {
      const branch = clusterBranch(mesh, proxy, destinationRef(destination, placed.owner.origin), dialled);
      return {
        host: branch.host,
        ...(branch.subset === undefined ? {} : { subset: branch.subset }),
        port: branch.port,
        percent,
        pods: podsOf(branch.endpoints),
        ...(branch.at === undefined ? {} : { at: branch.at }),
      };
    });
}

/** The pods of endpoints, each once. */
export function podsOf(endpoints: MeshBranch['endpoints']): readonly PodKey[] {
  return [...new Set(endpoints.flatMap(({ pod }) => (pod === undefined ? [] : [pod])))];
}

function unmodelledOf(route: RuleRoute): readonly Diagnostic[] {
  const { unknown } = route.compiled();
  if (unknown.length === 0) return [];
  return [
    {
      code: 'unmodelled',
      severity: 'warning',
      text: `the rule asks for claims of a token (${unknown.join(', ')}), which are not modelled: it is taken to match`,
      sources: [{ at: route.at, role: 'primary' }],
    },
  ];
}

/** Rules that come before the winner and do not match, and those behind it that match too. */
function passedOverOf(routes: readonly HttpRoute[], winner: number, view: HttpView): readonly PassedOver[] {
  return routes.flatMap((route, index): readonly PassedOver[] => {
    if (route.kind === 'default' || index === winner) return [];
    const label = `${route.set.key} ${route.placed.label}`;
    const failed = route.compiled().conditions.find(({ holds }) => !holds(view));
    if (failed !== undefined) {
      return [{ label, kind: 'does-not-match', reason: `asks for ${failed.text}`, at: route.at }];
    }
    return index < winner || winner < 0
      ? []
      : [{ label, kind: 'beaten', reason: 'an earlier rule takes the request', at: route.at }];
  });
}

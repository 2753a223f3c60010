/** The rules of VirtualServices, as answers have them. */

import { printLabels } from '../../control/closest-words.ts';
import type { HttpMatch } from '../../k8s/istio-parts/http-match.ts';
import type { HttpRule } from '../../k8s/istio-parts/http-rule.ts';
import type { L4Match, L4Rule } from '../../k8s/istio-parts/l4-rule.ts';
import { sharesOf } from '../../l7/istio/branches.ts';
import { clusterBranch } from '../../l7/istio/clusters.ts';
import { podsOf } from '../../l7/istio/http-answer.ts';
import { compileHttpMatch } from '../../l7/istio/http-conditions.ts';
import type { Mesh } from '../../l7/istio/mesh.ts';
import type { MeshBranch } from '../../l7/istio/outcome.ts';
import type { Placed, RuleSet } from '../../l7/istio/rule-sets.ts';
import { type ObjectNamer, sourceAnswer } from '../source-answer.ts';
import type { MeshDestinationAnswer, MeshRuleAnswer } from './istio-answer.ts';
import type { Viewpoint } from './viewpoint.ts';

/** What a look at a rule needs. */
export interface Looking {
  readonly mesh: Mesh;
  readonly namer: ObjectNamer;
  readonly viewpoint: Viewpoint;
}

/** All rules of a VirtualService, in the order in which they are tried. */
export function ruleAnswers(looking: Looking, set: RuleSet): readonly MeshRuleAnswer[] {
  return [
    ...set.http.map((placed) => httpAnswer(looking, placed)),
    ...set.tls.map((placed) => l4Answer(looking, placed, 'tls')),
    ...set.tcp.map((placed) => l4Answer(looking, placed, 'tcp')),
  ];
}

function httpAnswer(looking: Looking, placed: Placed<HttpRule>): MeshRuleAnswer {
  const { rule, label, at } = placed;
  return {
    label,
    protocol: 'http',
    ...(rule.name === '' ? {} : { name: rule.name }),
    conditions: rule.match.length === 0 ? ['every request'] : rule.match.map(matchText),
    actions: actionTexts(rule),
    destinations: destinationAnswers(looking, placed),
    at: sourceAnswer(at, { namer: looking.namer }),
  };
}

function l4Answer(looking: Looking, placed: Placed<L4Rule>, protocol: 'tls' | 'tcp'): MeshRuleAnswer {
  const { rule, label, at } = placed;
  return {
    label,
    protocol,
    conditions: rule.match.length === 0 ? ['every connection'] : rule.match.map(l4Text),
    actions: [],
    // A connection that fails has no status.
    destinations: destinationAnswers(looking, placed).map(({ status: _status, ...rest }) => rest),
    at: sourceAnswer(at, { namer: looking.namer }),
  };
}

/** The branches of a rule, as the viewpoint's proxy has them. */
export function branchesOf(
  { mesh, viewpoint }: Looking,
  { rule, owner }: Placed<HttpRule | L4Rule>,
): readonly MeshBranch[] {
  const { proxy, listenerPort } = viewpoint;
  return sharesOf(rule.route, owner.origin).map(({ destination, weight }) => ({
    ...clusterBranch(mesh, proxy, destination, { listenerPort }),
    weight,
  }));
}

function destinationAnswers(
  looking: Looking,
  placed: Placed<HttpRule | L4Rule>,
): readonly MeshDestinationAnswer[] {
  return branchesOf(looking, placed).map((branch) => destinationAnswer(branch, looking.namer));
}

/** One branch. */
export function destinationAnswer(branch: MeshBranch, namer: ObjectNamer): MeshDestinationAnswer {
  const { host, subset, port, weight, endpoints, failure, rule, loadBalancer, tls, at } = branch;
  const { status, flag, text } = failure ?? {};
  return {
    host,
    subset: subset ?? null,
    port,
    weight: percentOf(weight),
    pods: podsOf(endpoints),
    endpoints: endpoints.map(
      (each) => `${each.address.includes(':') ? `[${each.address}]` : each.address}:${each.port}`,
    ),
    state: failure?.kind ?? 'ready',
    ...(status === undefined ? {} : { status }),
    ...(flag === undefined ? {} : { flag }),
    ...(text === undefined ? {} : { reason: text }),
    destinationRule: ruleName(rule),
    loadBalancer,
    tls,
    ...(at === undefined ? {} : { at: sourceAnswer(at, { namer }) }),
  };
}

/** `shop/web`. */
export function ruleName(rule: MeshBranch['rule']): string | null {
  const metadata = rule?.object.metadata;
  return metadata === undefined ? null : `${metadata.namespace}/${metadata.name}`;
}

function percentOf({ numerator, denominator }: MeshBranch['weight']): number {
  return (100 * numerator) / denominator;
}

/** `uri prefix /api and header x-user exact a`. */
function matchText(match: HttpMatch): string {
  const texts = [...staticTexts(match), ...compileHttpMatch(match).conditions.map(({ text }) => text)];
  return texts.length === 0 ? 'every request' : texts.join(' and ');
}

function l4Text(match: L4Match): string {
  const texts = [
    ...staticTexts(match),
    ...(match.sniHosts.length === 0 ? [] : [`server name ${match.sniHosts.join(' or ')}`]),
    ...(match.destinationSubnets.length === 0
      ? []
      : [`to ${match.destinationSubnets.map(({ text }) => text).join(' or ')}`]),
  ];
  return texts.length === 0 ? 'every connection' : texts.join(' and ');
}

function staticTexts({
  port,
  gateways,
  sourceLabels,
  sourceNamespace,
}: HttpMatch | L4Match): readonly string[] {
  return [
    ...(gateways.length === 0 ? [] : [`by ${gateways.join(' or ')}`]),
    ...(port === undefined ? [] : [`on port ${port}`]),
    ...(sourceLabels.size === 0 ? [] : [`from pods with ${printLabels(sourceLabels)}`]),
    ...(sourceNamespace === '' ? [] : [`from namespace ${sourceNamespace}`]),
  ];
}

function actionTexts(rule: HttpRule): readonly string[] {
  const { redirect, directResponse, rewrite, fault, mirrors, timeout, retries } = rule;
  return [
    ...(redirect === undefined ? [] : [`redirect ${redirect.code}${redirectText(redirect)}`]),
    ...(directResponse === undefined ? [] : [`answer ${directResponse.status}`]),
    ...(rewrite === undefined ? [] : rewriteTexts(rewrite)),
    ...(fault?.abort === undefined
      ? []
      : [`abort ${fault.abort.percent} % with ${fault.abort.httpStatus ?? fault.abort.grpcStatus}`]),
    ...(fault?.delay === undefined ? [] : [`delay ${fault.delay.percent} % by ${fault.delay.fixedDelay}`]),
    ...mirrors.map(({ destination, percent }) => `mirror ${percent} % to ${destination.host}`),
    ...(timeout === undefined ? [] : [`timeout ${timeout}`]),
    ...(retries === undefined ? [] : [retries.attempts === 0 ? 'no retries' : `retries ${retries.attempts}`]),
  ];
}

function redirectText({ scheme, authority, uri, port }: NonNullable<HttpRule['redirect']>): string {
  const parts = [
    ...(scheme === '' ? [] : [`scheme ${scheme}`]),
    ...(authority === '' ? [] : [`host ${authority}`]),
    ...(port === undefined ? [] : [`port ${port}`]),
    ...(uri === '' ? [] : [`path ${uri}`]),
  ];
  return parts.length === 0 ? '' : ` to ${parts.join(', ')}`;
}

function rewriteTexts({ uri, authority, regex }: NonNullable<HttpRule['rewrite']>): readonly string[] {
  return [
    ...(uri === '' ? [] : [`rewrite path to ${uri}`]),
    ...(regex === undefined ? [] : [`rewrite path by ${regex.match}`]),
    ...(authority === '' ? [] : [`rewrite host to ${authority}`]),
  ];
}

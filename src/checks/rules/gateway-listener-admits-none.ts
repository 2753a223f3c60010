import { namespaceLabels } from '../../cluster/namespaces.ts';
import { selectorMatches } from '../../k8s/selector.ts';
import type { CheckInput } from '../check-input.ts';
import { gateway } from '../example-gateways.ts';
import { manifests } from '../example-manifests.ts';
import { namespace } from '../example-policies.ts';
import { type ListenerView, listenerViews } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

export const gatewayListenerAdmitsNone: Rule = {
  name: 'gateway-listener-admits-none',
  severity: 'warning',
  precision: 'closed-world',
  tier: 2,
  kinds: ['Gateway', 'ListenerSet', 'XListenerSet'],
  what: 'A listener admits routes of no namespace, or of none that is there.',
  why: 'No route can be attached: requests that come in there are answered with 404.',
  fix: 'correct the selector of allowedRoutes.namespaces, or the labels of the namespace',
  sources: ['kubernetes-sigs/gateway-api:apis/v1/gateway_types.go RouteNamespaces'],
  examples: {
    bad: { manifests: manifests(namespace('shop', 'team: shop'), admitting('team: sohp')) },
    good: { manifests: manifests(namespace('shop', 'team: shop'), admitting('team: shop')) },
  },
  run: (input) => listenerViews(input).flatMap((view) => hitsOf(input, view)),
};

function admitting(labels: string): string {
  const routes = `allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {${labels}}}}}`;
  return gateway('edge', `{name: http, port: 80, protocol: HTTP, ${routes}}`);
}

function hitsOf(input: CheckInput, { listener, subject }: ListenerView): readonly Hit[] {
  const { body } = listener;
  const { from, selector } = body.namespaces;
  const isClosed = from === 'None' || (from === 'Selector' && !someNamespace(input, selector));
  if (!isClosed) return [];
  const whom =
    from === 'None' ? 'no namespace (from: None)' : 'namespaces by labels that none of the input has';
  return [
    {
      subject,
      path: [...body.path, 'allowedRoutes', 'namespaces'],
      message: `listener ${body.name} of ${subjectName(subject)} admits routes of ${whom}`,
      fact: body.name,
      gate: from === 'None' ? undefined : input.gates.reference('Namespace', ''),
    },
  ];
}

type Selector = ListenerView['listener']['body']['namespaces']['selector'];

function someNamespace(input: CheckInput, selector: Selector): boolean {
  if (selector === undefined) return false;
  const { snapshot, assumedNamespaces } = input;
  const labelsOf = namespaceLabels(snapshot.objects, snapshot.profile);
  return (
    [...snapshot.cluster.namespaces.keys()].some((name) => selectorMatches(selector, labelsOf(name))) ||
    [...assumedNamespaces.values()].some((labels) => selectorMatches(selector, labels))
  );
}

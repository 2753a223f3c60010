import type { CheckInput } from '../check-input.ts';
import { manifests } from '../example-manifests.ts';
import { destinationRule, routeTo, VERSIONS } from '../example-meshes.ts';
import type { Hit } from '../hit.ts';
import { destinationViews, hostIn, meshOf, meshServiceOf } from '../meshes.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const SUBSETS = 'subsets: [{name: v1, labels: {version: v1}}]';
const RULE = destinationRule('web', 'host: my-service', SUBSETS);
const HOST = 'host: my-service.default.svc.cluster.local';
const POLICY = 'trafficPolicy: {loadBalancer: {simple: RANDOM}}';

export const istioRuleHidden: Rule = {
  name: 'istio-rule-hidden',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['DestinationRule'],
  what: 'A DestinationRule in the namespace of clients takes the place of the one beside the Service, and lacks subsets that a VirtualService uses.',
  why: 'Proxies take the DestinationRules of one namespace only, their own first: for clients there the subsets are gone, and the routes answer 503.',
  fix: 'define the subsets in that DestinationRule too, or take it away',
  sources: ['istio/istio:pilot/pkg/model/push_context.go destinationRule'],
  examples: {
    bad: {
      manifests: manifests(
        VERSIONS,
        RULE,
        routeTo('{host: my-service, subset: v1}'),
        destinationRule('client/lb', HOST, POLICY),
      ),
    },
    good: {
      manifests: manifests(
        VERSIONS,
        RULE,
        routeTo('{host: my-service, subset: v1}'),
        destinationRule('client/lb', HOST, SUBSETS),
      ),
    },
  },
  run: hitsOf,
};

function hitsOf(input: CheckInput): readonly Hit[] {
  const used = new Set(
    destinationViews(input).map(({ host, destination }) => `${host} ${destination.subset}`),
  );
  return input.snapshot.objects.ofKind('DestinationRule').flatMap((object): readonly Hit[] => {
    const { namespace } = object.metadata;
    const host = hostIn(input, object.body.host, namespace);
    const service = meshServiceOf(input, host);
    if (service === undefined || service.namespace === namespace) return [];
    const { findRule } = meshOf(input);
    const own = findRule(service, { namespace, labels: new Map() });
    const producer = findRule(service, { namespace: service.namespace, labels: new Map() });
    if (own?.object !== object || producer === undefined || producer.object === object) return [];
    const lost = producer.subsets.filter(
      ({ name }) => used.has(`${host} ${name}`) && !own.subsets.some((each) => each.name === name),
    );
    if (lost.length === 0) return [];
    const subject = subjectOf(object);
    return [
      {
        subject,
        path: ['spec', 'host'],
        message: `${subjectName(subject)} hides subset ${lost.map(({ name }) => name).join(', ')} of ${host} from clients in namespace ${namespace}`,
        related: [
          {
            subject: subjectOf(producer.object),
            path: ['spec', 'subsets'],
            message: 'defines it, and is not asked',
          },
        ],
        fact: host,
      },
    ];
  });
}

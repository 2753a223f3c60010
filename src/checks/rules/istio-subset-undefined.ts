import type { CheckInput } from '../check-input.ts';
import { manifests } from '../example-manifests.ts';
import { destinationRule, routeTo, VERSIONS } from '../example-meshes.ts';
import type { Hit } from '../hit.ts';
import { type DestinationView, destinationViews, meshOf, meshServiceOf } from '../meshes.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const RULE = destinationRule('web', 'host: my-service', 'subsets: [{name: v1, labels: {version: v1}}]');

export const istioSubsetUndefined: Rule = {
  name: 'istio-subset-undefined',
  severity: 'error',
  precision: 'certain',
  tier: 1,
  kinds: ['VirtualService'],
  what: 'A VirtualService leads to a subset that no DestinationRule of the client defines.',
  why: 'There is no such cluster: that share of the requests is answered with 503 (flag NC).',
  fix: 'define the subset in the DestinationRule of the host, or make one',
  sources: ['istio/istio:pilot/pkg/model/push_context.go destinationRule'],
  examples: {
    bad: { manifests: manifests(VERSIONS, routeTo('{host: my-service, subset: v1}')) },
    good: { manifests: manifests(VERSIONS, routeTo('{host: my-service, subset: v1}'), RULE) },
  },
  run: (input) => destinationViews(input).flatMap((view) => hitOf(input, view)),
};

function hitOf(input: CheckInput, { object, subject, destination, host }: DestinationView): readonly Hit[] {
  const service = meshServiceOf(input, host);
  if (destination.subset === '' || service === undefined) return [];
  const client = { namespace: object.metadata.namespace, labels: new Map<string, string>() };
  const rule = meshOf(input).findRule(service, client);
  if (rule?.subsets.some(({ name }) => name === destination.subset)) return [];
  const names = rule?.subsets.map(({ name }) => name).join(', ');
  const reason =
    rule === undefined ? 'there is no DestinationRule for it' : `the DestinationRule has ${names || 'none'}`;
  return [
    {
      subject,
      path: [...destination.path, 'subset'],
      message: `${subjectName(subject)} leads to subset ${destination.subset} of ${destination.host}: ${reason}`,
      related: (rule?.objects ?? []).map((each) => ({
        subject: subjectOf(each),
        path: ['spec', each.body.subsets.length === 0 ? 'host' : 'subsets'],
        message: `defines ${names || 'no subset'}`,
      })),
      fact: `${host} ${destination.subset}`,
    },
  ];
}

import type { CheckInput } from '../check-input.ts';
import { istioObject } from '../example-meshes.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

/** Labels that Istio gives the pods of a Gateway of the Gateway API. */
const GATEWAY_LABELS = ['gateway.networking.k8s.io/gateway-name', 'istio.io/gateway-name'];
const KINDS = ['AuthorizationPolicy', 'RequestAuthentication'] as const;

export const istioIneffectiveSelector: Rule = {
  name: 'istio-ineffective-selector',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: KINDS,
  what: 'A policy selects the pods of a Gateway of the Gateway API by their labels.',
  why: 'Such gateways and waypoints take policies by targetRefs: the selector is passed over.',
  fix: 'write targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: …}]',
  sources: ['istio/istio:pkg/config/analysis/msg/messages.yaml (IST0166)'],
  examples: {
    bad: { manifests: policy('selector: {matchLabels: {gateway.networking.k8s.io/gateway-name: edge}}') },
    good: {
      manifests: policy('targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: edge}]'),
    },
  },
  run: hitsOf,
};

function policy(whom: string): string {
  return istioObject('security', 'AuthorizationPolicy', 'edge', [whom, 'action: DENY', 'rules: [{}]']);
}

function hitsOf({ snapshot }: CheckInput): readonly Hit[] {
  const objects = KINDS.flatMap((kind) => [...snapshot.objects.ofKind(kind)]);
  return objects.flatMap((object): readonly Hit[] => {
    const { selector } = object.body;
    const key = GATEWAY_LABELS.find((each) => selector?.has(each));
    if (key === undefined) return [];
    const subject = subjectOf(object);
    return [
      {
        subject,
        path: ['spec', 'selector'],
        message: `${subjectName(subject)} selects the pods of Gateway ${selector?.get(key)} by label, which takes policies by targetRefs only`,
        fact: key,
      },
    ];
  });
}

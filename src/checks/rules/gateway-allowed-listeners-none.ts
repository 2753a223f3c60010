import type { CheckInput } from '../check-input.ts';
import { gateway, gatewayObject } from '../example-gateways.ts';
import { manifests } from '../example-manifests.ts';
import { conditionPath, gatewaysOf } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const SET = gatewayObject(
  'ListenerSet',
  'more',
  'parentRef: {name: edge}, listeners: [{name: more, port: 8080, protocol: HTTP}]',
);
const EDGE = gateway('edge');

export const gatewayAllowedListenersNone: Rule = {
  name: 'gateway-allowed-listeners-none',
  severity: 'error',
  precision: 'certain',
  tier: 2,
  kinds: ['ListenerSet', 'XListenerSet'],
  what: 'A ListenerSet names a Gateway that does not admit it.',
  why: 'A Gateway admits no ListenerSet unless it says so: none of its listeners is there.',
  fix: 'on the Gateway, write allowedListeners: {namespaces: {from: Same}}, or All',
  sources: ['kubernetes-sigs/gateway-api:apis/v1/gateway_types.go AllowedListeners'],
  examples: {
    bad: { manifests: manifests(SET, EDGE) },
    good: {
      manifests: manifests(
        SET,
        EDGE.replace('spec: {', 'spec: {allowedListeners: {namespaces: {from: Same}}, '),
      ),
    },
  },
  run: hitsOf,
};

function hitsOf(input: CheckInput): readonly Hit[] {
  return gatewaysOf(input).listenerSets.flatMap(({ listenerSet, gateway: owner, conditions }) =>
    conditions
      .filter(({ reason }) => reason === 'NotAllowed')
      .map((refusal): Hit => {
        const subject = subjectOf(listenerSet);
        const other = subjectOf(owner);
        return {
          subject,
          path: conditionPath(listenerSet, refusal, ['spec', 'parentRef']),
          message: `${subjectName(subject)} adds no listener: ${refusal.message}`,
          related: [{ subject: other, path: ['spec'], message: 'does not admit it' }],
          fact: subjectName(other),
        };
      }),
  );
}

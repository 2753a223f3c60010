import type { Listener } from '../../l7/gateway-api/model.ts';
import type { CheckInput } from '../check-input.ts';
import { gateway } from '../example-gateways.ts';
import { gatewaysOf } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

export const gatewayListenerConflict: Rule = {
  name: 'gateway-listener-conflict',
  severity: 'error',
  precision: 'certain',
  tier: 2,
  kinds: ['Gateway'],
  what: 'Two listeners on one port cannot be told apart: the same hostname, or protocols that exclude each other.',
  why: 'Listeners of a Gateway that are in conflict are not served, none of them; one of a ListenerSet gives way.',
  fix: 'give them different hostnames or ports',
  sources: ['kubernetes-sigs/gateway-api:apis/v1/gateway_types.go GatewaySpec.listeners'],
  examples: {
    bad: { manifests: gateway('edge', two('a.example.com', 'a.example.com')) },
    good: { manifests: gateway('edge', two('a.example.com', 'b.example.com')) },
  },
  run: (input: CheckInput) => gatewaysOf(input).gateways.flatMap(({ listeners }) => hitsOf(listeners)),
};

function two(first: string, second: string): string {
  const one = (name: string, hostname: string) =>
    `{name: ${name}, port: 80, protocol: HTTP, hostname: ${hostname}}`;
  return `${one('a', first)}, ${one('b', second)}`;
}

/** Each but the first of those that are in each other's way. */
function hitsOf(listeners: readonly Listener[]): readonly Hit[] {
  const firsts = new Map<string, Listener>();
  return listeners.flatMap((listener): readonly Hit[] => {
    const reason = conflictOf(listener);
    if (reason === undefined) return [];
    const { body, owner } = listener;
    const host = body.hostname ?? 'every host';
    const key = reason === 'HostnameConflict' ? `${body.port} ${host}` : `${body.port}`;
    const first = firsts.get(key);
    if (first === undefined) {
      firsts.set(key, listener);
      return [];
    }
    const subject = subjectOf(owner);
    const what = reason === 'HostnameConflict' ? host : `protocol ${body.protocol}`;
    return [
      {
        subject,
        path: body.path,
        message: `listeners ${first.body.name} and ${body.name} of ${subjectName(subject)} are in conflict on port ${body.port}: ${what}`,
        related: [{ subject: subjectOf(first.owner), path: first.body.path, message: 'the other listener' }],
        fact: `${first.body.name} ${body.name}`,
      },
    ];
  });
}

function conflictOf({ conditions }: Listener): string | undefined {
  return conditions.find(({ type, status }) => type === 'Conflicted' && status === 'True')?.reason;
}

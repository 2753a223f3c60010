import type { CheckInput } from '../check-input.ts';
import { gateway, httpRoute } from '../example-gateways.ts';
import { manifests, service } from '../example-manifests.ts';
import { gatewaysOf, listenerViews, routesOf } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const AROUND = [gateway('edge'), service('web', 'selector: {app: web}', 'ports: [{port: 80}]')];

export const gatewayListenerNoRoutes: Rule = {
  name: 'gateway-listener-no-routes',
  severity: 'warning',
  precision: 'closed-world',
  tier: 2,
  kinds: ['Gateway'],
  what: 'No route is attached to a listener.',
  why: 'Requests that come in there are answered with 404, or the connection is refused.',
  fix: 'attach a route (parentRefs), or take the listener away',
  sources: ['kubernetes-sigs/gateway-api:apis/v1/gateway_types.go ListenerStatus.attachedRoutes'],
  examples: {
    bad: { manifests: manifests(...AROUND, to('other')) },
    good: { manifests: manifests(...AROUND, to('edge')) },
  },
  run: hitsOf,
};

function to(parent: string): string {
  return httpRoute('web', { parent: `{name: ${parent}}`, backends: '{name: web, port: 80}' });
}

/** Where the input has no route at all, they are kept elsewhere. */
function hitsOf(input: CheckInput): readonly Hit[] {
  if (routesOf(input).length === 0) return [];
  const { statuses } = gatewaysOf(input);
  const attached = new Set(statuses.flatMap((status) => status.attachments.map(({ listener }) => listener)));
  return listenerViews(input).flatMap(({ listener, subject }): readonly Hit[] => {
    const { body, accepted } = listener;
    if (attached.has(listener) || !accepted) return [];
    return [
      {
        subject,
        path: body.path,
        message: `no route is attached to listener ${body.name} of ${subjectName(subject)}`,
        fact: body.name,
      },
    ];
  });
}

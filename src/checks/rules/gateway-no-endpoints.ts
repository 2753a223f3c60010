import type { CheckInput } from '../check-input.ts';
import { gateway, httpRoute, WEB_REFS, WEB_SERVICE } from '../example-gateways.ts';
import { manifests, object } from '../example-manifests.ts';
import { type BackendRefView, backendRefViews } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { selectingByKey } from '../services.ts';
import { subjectName, subjectOf } from '../subject.ts';

/** A Pod as `kubectl get -o yaml` prints it. */
const pod = (ready: string) =>
  object('v1', 'Pod', 'web', [
    'spec: {nodeName: node-a, containers: [{name: main, image: web}]}',
    `status: {phase: Running, podIP: 10.244.1.5, conditions: [{type: Ready, status: "${ready}"}]}`,
  ]).replace('{name: web}', '{name: web, labels: {app: web}}');

const AROUND = [gateway('edge'), WEB_SERVICE, httpRoute('web', WEB_REFS)];

export const gatewayNoEndpoints: Rule = {
  name: 'gateway-no-endpoints',
  severity: 'error',
  precision: 'closed-world',
  tier: 2,
  kinds: ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'],
  what: 'A backend of a route has no ready endpoint.',
  why: 'The share of requests that belongs to it is answered with 503.',
  fix: 'see why the pods of the Service are not ready, or not there',
  sources: ['kubernetes-sigs/gateway-api:apis/v1/httproute_types.go HTTPRouteRule.backendRefs'],
  examples: {
    bad: { manifests: manifests(...AROUND, pod('False')) },
    good: { manifests: manifests(...AROUND, pod('True')) },
  },
  run: (input) => backendRefViews(input).flatMap((view) => hitOf(input, view)),
};

function hitOf(input: CheckInput, { subject, ref, namespace, state }: BackendRefView): readonly Hit[] {
  const service = input.service(namespace, ref.name);
  if (state !== 'no-endpoints' || service === undefined) return [];
  const of = subjectOf(service);
  return [
    {
      subject,
      path: ref.path,
      message: `${subjectName(subject)} leads to ${subjectName(of)}, which has no ready endpoint at port ${ref.port}`,
      related: [{ subject: of, path: ['spec'], message: 'has no ready endpoint' }],
      fact: `${namespace}/${ref.name}:${ref.port}`,
      gate: input.gates.selection([namespace]),
      cause: { rule: causeOf(input, `${namespace}/${ref.name}`), subject: of },
    },
  ];
}

/** What is told of the Service itself, where that is why. */
function causeOf(input: CheckInput, key: string): string {
  const found = selectingByKey(input).get(key);
  if (found === undefined) return 'service-no-selector';
  if (found.groups.length === 0) return 'service-no-backends';
  return found.groups.every(({ replicas }) => replicas === 0)
    ? 'service-scaled-to-zero'
    : 'service-target-port-missing';
}

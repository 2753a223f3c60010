import { nearest } from '../../diagnostics/did-you-mean.ts';
import type { GatewayObject } from '../../k8s/kinds/gateway.ts';
import type { CheckInput } from '../check-input.ts';
import { gateway } from '../example-gateways.ts';
import { manifests, object } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

function gatewayClass(name: string): string {
  const spec = ['spec: {controllerName: example.com/gateway}'];
  return object('gateway.networking.k8s.io/v1', 'GatewayClass', name, spec);
}

export const gatewayClassUnknown: Rule = {
  name: 'gateway-class-unknown',
  severity: 'warning',
  precision: 'closed-world',
  tier: 2,
  kinds: ['Gateway'],
  what: 'The class of a Gateway is none of the GatewayClasses.',
  why: 'No controller serves the Gateway: nothing listens for it, and routes are attached to nothing.',
  fix: 'correct gatewayClassName, or install the class',
  sources: ['kubernetes-sigs/gateway-api:apis/v1/gateway_types.go GatewaySpec.gatewayClassName'],
  examples: {
    bad: { manifests: manifests(gatewayClass('exmaple'), gateway('edge')) },
    good: { manifests: manifests(gatewayClass('example'), gateway('edge')) },
  },
  run: (input) => input.snapshot.objects.ofKind('Gateway').flatMap((each) => hitOf(input, each)),
};

/** istiod makes these itself (istio/istio:pilot/pkg/config/kube/gateway/gatewayclass.go). */
const ISTIODS: readonly string[] = ['istio-waypoint', 'istio-east-west'];

function hitOf(input: CheckInput, object: GatewayObject): readonly Hit[] {
  const { className } = object.body;
  const classes = input.snapshot.objects.ofKind('GatewayClass');
  if (classes.some(({ metadata }) => metadata.name === className) || ISTIODS.includes(className)) return [];
  const subject = subjectOf(object);
  const [near] = nearest(
    className,
    classes.map(({ metadata }) => metadata.name),
    1,
  );
  return [
    {
      subject,
      path: ['spec', 'gatewayClassName'],
      message: `no controller serves ${subjectName(subject)}: there is no GatewayClass ${className}`,
      related: classes
        .slice(0, 3)
        .map((each) => ({ subject: subjectOf(each), path: ['metadata', 'name'], message: 'is a class' })),
      fact: className,
      ...(near === undefined ? {} : { help: `did you mean ${near}?` }),
      gate: input.gates.reference('GatewayClass', ''),
    },
  ];
}

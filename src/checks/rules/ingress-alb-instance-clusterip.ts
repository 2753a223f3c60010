import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { type BackendView, backendViews, ownerOfIngress, servicePath } from '../ingresses.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const KEY = 'alb.ingress.kubernetes.io/target-type';

export const ingressAlbInstanceClusterip: Rule = {
  name: 'ingress-alb-instance-clusterip',
  severity: 'error',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'An Ingress of the AWS Load Balancer Controller registers nodes as targets, and its Service has no node port.',
  why: 'The controller refuses it: "service must be of type NodePort or LoadBalancer to use instance mode".',
  fix: 'set alb.ingress.kubernetes.io/target-type: ip, or make the Service a NodePort',
  sources: ['kubernetes-sigs/aws-load-balancer-controller:docs/guide/ingress/annotations.md target-type'],
  examples: {
    bad: { manifests: manifests(web(), shop('instance')) },
    good: { manifests: manifests(web(), shop('ip')) },
  },
  run: (input) => backendViews(input).flatMap((view) => hitsOf(input, view)),
};

function web(): string {
  return service('web', 'selector: {app: web}', 'ports: [{port: 80}]');
}

function shop(type: string): string {
  const text = ingress('shop', 'web', { spec: ['ingressClassName: alb'] });
  return text.replace('{name: shop}', `{name: shop, annotations: {${KEY}: ${type}}}`);
}

/** Without the annotation the controller's flags and the class parameters decide, which are not in the input. */
function hitsOf(input: CheckInput, view: BackendView): readonly Hit[] {
  const { ingress: object, subject, backend } = view;
  if (ownerOfIngress(input)(object).controller !== 'aws-alb') return [];
  const found = input.service(object.metadata.namespace, backend.service);
  if (object.metadata.annotations.get(KEY) !== 'instance' || found?.body.type !== 'ClusterIP') return [];
  return [
    {
      subject,
      path: servicePath(view),
      message: `${subjectName(subject)} registers nodes as targets, and ${subjectName(subjectOf(found))} has no node port`,
      related: [{ subject: subjectOf(found), path: ['spec'], message: 'is of type ClusterIP' }],
      fact: backend.service,
    },
  ];
}

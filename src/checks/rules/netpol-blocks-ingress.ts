import { admitsNamespaces, admitsOutside, isolatedAt } from '../admission.ts';
import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import { type BackendView, backendViews } from '../ingresses.ts';
import { policySubject } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { selectingByKey } from '../services.ts';
import { subjectName } from '../subject.ts';

const AROUND = [
  workload('web', { ports: '[{containerPort: 8080}]' }),
  service('web', 'selector: {app: web}', 'ports: [{port: 80, targetPort: 8080}]'),
  ingress('shop', 'web'),
];

export const netpolBlocksIngress: Rule = {
  name: 'netpol-blocks-ingress',
  severity: 'warning',
  precision: 'heuristic',
  tier: 1,
  kinds: ['Ingress'],
  what: 'The pods behind an Ingress are isolated, and no rule admits its controller.',
  why: 'Controllers run in a namespace of their own, in the network of a node or outside: the request reaches the controller, and its connection to the pod times out (504).',
  fix: 'admit the namespace of the controller (or its addresses) at the port of the pods',
  sources: ['kubernetes/ingress-nginx:docs/troubleshooting.md'],
  examples: {
    bad: { manifests: manifests(...AROUND, policyOf('web', 'ingress: [{from: [{podSelector: {}}]}]')) },
    good: {
      manifests: manifests(...AROUND, policyOf('web', 'ingress: [{from: [{namespaceSelector: {}}]}]')),
    },
  },
  run: (input) => backendViews(input).flatMap((view) => hitsOf(input, view)),
};

function hitsOf(input: CheckInput, { ingress: object, subject, backend }: BackendView): readonly Hit[] {
  const found = selectingByKey(input).get(`${object.metadata.namespace}/${backend.service}`);
  const port = found?.service.body.ports.find(
    ({ name, port: number }) => number === backend.port || (name !== '' && name === backend.port),
  );
  if (found === undefined || port === undefined) return [];
  return isolatedAt(input, found.groups, port)
    .filter(({ rules }) => !rules.some((rule) => admitsOutside(rule) || admitsNamespaces(rule)))
    .flatMap(({ group, policies, port: target }): readonly Hit[] => {
      const [policy] = policies;
      if (policy === undefined) return [];
      const own = policySubject(policy);
      return [
        {
          subject: own,
          path: ['spec', 'ingress'],
          message: `${subjectName(own)} shuts the controller of ${subjectName(subject)} out: nothing admits another namespace or an address to ${subjectName(group.subject)} at port ${target}`,
          related: [
            { subject, path: backend.path, message: `leads to ${found.service.metadata.name}` },
            { subject: found.subject, path: port.path, message: `leads to port ${target}` },
          ],
          fact: `${subjectName(subject)} ${target}`,
        },
      ];
    });
}

import { admitsOutside, isolatedAt } from '../admission.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, object, service, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import { policySubject } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { selectingByKey } from '../services.ts';
import { type WebhookService, webhookServices } from '../services-of-webhooks.ts';
import { subjectName } from '../subject.ts';

const AROUND = [
  workload('hook', { ports: '[{containerPort: 9443}]' }),
  service('hook', 'selector: {app: hook}', 'ports: [{port: 443, targetPort: 9443}]'),
  object('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'hook', [
    'webhooks: [{name: hook.example.com, clientConfig: {service: {namespace: default, name: hook}}}]',
  ]),
];

export const netpolBlocksWebhook: Rule = {
  name: 'netpol-blocks-webhook',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['NetworkPolicy'],
  what: 'Pods that the API server calls (webhooks, aggregated APIs) are isolated, and no rule admits it.',
  why: 'The API server is no pod: selectors never match it. Its calls time out, and what depends on them fails.',
  fix: 'admit the port from the addresses of the control plane (ipBlock), or from everybody',
  sources: ['cert-manager/website:content/docs/installation/best-practice.md'],
  examples: {
    bad: {
      manifests: manifests(...AROUND, policyOf('hook', 'ingress: [{from: [{podSelector: {}}]}]')),
    },
    good: { manifests: manifests(...AROUND, policyOf('hook', 'ingress: [{ports: [{port: 9443}]}]')) },
  },
  run: (input) => webhookServices(input).flatMap((webhook) => hitsOf(input, webhook)),
};

function hitsOf(input: CheckInput, webhook: WebhookService): readonly Hit[] {
  const { subject: caller, path, namespace, name, port: number } = webhook;
  const found = selectingByKey(input).get(`${namespace}/${name}`);
  const port = found?.service.body.ports.find((each) => each.port === number);
  if (found === undefined || port === undefined) return [];
  return isolatedAt(input, found.groups, port)
    .filter(({ rules }) => !rules.some(admitsOutside))
    .flatMap(({ policies, port: target }): readonly Hit[] => {
      const [policy] = policies;
      if (policy === undefined) return [];
      const subject = policySubject(policy);
      return [
        {
          subject,
          path: ['spec', 'ingress'],
          message: `${subjectName(subject)} shuts the API server out, which calls ${subjectName(found.subject)} at port ${target} for ${subjectName(caller)}`,
          related: [
            { subject: caller, path, message: `has the API server call ${name}` },
            { subject: found.subject, path: port.path, message: `leads to port ${target}` },
          ],
          fact: `${subjectName(caller)} ${target}`,
        },
      ];
    });
}

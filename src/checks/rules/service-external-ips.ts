import { manifests, service, workload } from '../example-manifests.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const WEB = workload('web', { ports: '[{containerPort: 80}]' });

export const serviceExternalIps: Rule = {
  name: 'service-external-ips',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: ['Service'],
  what: 'A Service has externalIPs.',
  why: 'Whoever may write a Service may take any address for it (CVE-2020-8554); the field is deprecated since Kubernetes 1.36, and planned to be off by default in 1.40 and gone in 1.43.',
  fix: 'use a Service of type LoadBalancer',
  sources: ['kubernetes/kubernetes:pkg/api/service/warnings.go', 'cloudnativelabs/kube-router#2056'],
  examples: {
    bad: {
      manifests: manifests(
        service('web', 'externalIPs: [192.0.2.5]', 'selector: {app: web}', 'ports: [{port: 80}]'),
        WEB,
      ),
    },
    good: {
      manifests: manifests(
        service('web', 'type: LoadBalancer', 'selector: {app: web}', 'ports: [{port: 80}]'),
        WEB,
      ),
    },
  },
  run: ({ snapshot }) =>
    snapshot.objects.ofKind('Service').flatMap((each) => {
      const { externalIps, headless, type } = each.body;
      if (externalIps.length === 0 || headless || type === 'ExternalName') return [];
      const subject = subjectOf(each);
      return [
        {
          subject,
          path: ['spec', 'externalIPs'],
          message: `${subjectName(subject)} has externalIPs, deprecated since 1.36 (planned: off by default in 1.40, removed in 1.43)`,
        },
      ];
    }),
};

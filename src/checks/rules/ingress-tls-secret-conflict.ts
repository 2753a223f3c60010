import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { ownerOfIngress } from '../ingresses.ts';
import type { Rule } from '../rule.ts';
import { inOrderOfName, type Subject, subjectName, subjectOf } from '../subject.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');

export const ingressTlsSecretConflict: Rule = {
  name: 'ingress-tls-secret-conflict',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'Two Ingresses of one class serve different Secrets for the same host.',
  why: 'A host has one certificate: which of the two it is depends on the controller, mostly on which Ingress is older.',
  fix: 'name the same Secret in both, or leave tls out of one',
  sources: ['kubernetes/ingress-nginx:internal/ingress/controller/controller.go createServers'],
  examples: {
    bad: { manifests: manifests(WEB, secured('a', 'a-tls'), secured('b', 'b-tls')) },
    good: { manifests: manifests(WEB, secured('a', 'web-tls'), secured('b', 'web-tls')) },
  },
  run: hitsOf,
};

function secured(name: string, secret: string): string {
  return ingress(name, 'web', {
    path: `/${name}`,
    spec: [`tls: [{hosts: [shop.example.com], secretName: ${secret}}]`],
  });
}

interface Served {
  readonly subject: Subject;
  readonly secret: string;
  readonly path: Hit['path'];
}

/** Of two the second by name is told, wherever they stand. */
function hitsOf(input: CheckInput): readonly Hit[] {
  const first = new Map<string, Served>();
  const ingresses = inOrderOfName(input.snapshot.objects.ofKind('Ingress'));
  return ingresses.flatMap((object) => {
    const subject = subjectOf(object);
    const { className } = ownerOfIngress(input)(object);
    return object.body.tls.flatMap(({ hosts, secretName, at }) =>
      hosts.flatMap((host, index): readonly Hit[] => {
        const secret = `${object.metadata.namespace}/${secretName}`;
        const key = `${className} ${host.toLowerCase()}`;
        const other = first.get(key);
        const path = [...at, 'hosts', index];
        if (other === undefined) first.set(key, { subject, secret, path });
        if (other === undefined || secretName === '' || other.secret === secret) return [];
        return [
          {
            subject,
            path,
            message: `${subjectName(subject)} serves Secret ${secret} for ${host}, and ${subjectName(other.subject)} serves ${other.secret}`,
            related: [{ subject: other.subject, path: other.path, message: `serves ${other.secret}` }],
            fact: `${host} ${subjectName(other.subject)}`,
          },
        ];
      }),
    );
  });
}

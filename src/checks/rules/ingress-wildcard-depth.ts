import type { CheckInput } from '../check-input.ts';
import { outsideAddresses } from '../env-addresses.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import type { Evidence, Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const AROUND = [
  service('web', 'selector: {app: web}', 'ports: [{port: 80}]'),
  ingress('shop', 'web', { host: '"*.example.com"' }),
];

export const ingressWildcardDepth: Rule = {
  name: 'ingress-wildcard-depth',
  severity: 'info',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'A host that something of the input uses is not one of a wildcard host, though it ends like one.',
  why: 'A wildcard stands for exactly one label: *.example.com is neither example.com nor a.b.example.com.',
  fix: 'add a rule for the host',
  sources: ['kubernetes/website:content/en/docs/concepts/services-networking/ingress.md'],
  examples: {
    bad: { manifests: manifests(...AROUND, client('https://eu.shop.example.com')) },
    good: { manifests: manifests(...AROUND, client('https://shop.example.com')) },
  },
  run: hitsOf,
};

function client(url: string): string {
  return workload('client', { container: [`env: [{name: SHOP_URL, value: "${url}"}]`] });
}

interface Use extends Evidence {
  readonly host: string;
}

function hitsOf(input: CheckInput): readonly Hit[] {
  const ingresses = input.snapshot.objects.ofKind('Ingress');
  const hosts = new Set(ingresses.flatMap(({ body }) => body.rules.map(({ host }) => host)));
  const isServed = (host: string) => hosts.has(host) || hosts.has(`*${host.slice(host.indexOf('.'))}`);
  const lost = uses(input).filter(({ host }) => !isServed(host));
  return ingresses.flatMap((object) => {
    const subject = subjectOf(object);
    return object.body.rules.flatMap(({ host, at }): readonly Hit[] => {
      const use = host.startsWith('*.')
        ? lost.find((each) => each.host === host.slice(2) || each.host.endsWith(host.slice(1)))
        : undefined;
      if (use === undefined) return [];
      return [
        {
          subject,
          path: [...at, 'host'],
          message: `${host} of ${subjectName(subject)} is not ${use.host}: a wildcard stands for one label`,
          related: [{ subject: use.subject, path: use.path, message: use.message }],
          fact: `${host} ${use.host}`,
          cause: { rule: 'ingress-tls-host', subject: use.subject },
        },
      ];
    });
  });
}

/** Hosts in `tls` and in variables of containers. */
function uses(input: CheckInput): readonly Use[] {
  const ofTls = input.snapshot.objects.ofKind('Ingress').flatMap((object) =>
    object.body.tls.flatMap(({ hosts, at }) =>
      hosts.map((host, index) => ({
        host: host.toLowerCase(),
        subject: subjectOf(object),
        path: [...at, 'hosts', index],
        message: 'has a certificate for it',
      })),
    ),
  );
  const ofEnv = outsideAddresses(input).map(({ address, group, path }) => ({
    host: address.host.toLowerCase(),
    subject: group.subject,
    path,
    message: 'asks for it',
  }));
  return [...ofTls, ...ofEnv];
}

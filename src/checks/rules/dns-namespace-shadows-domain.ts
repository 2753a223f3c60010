import { groupBy } from '../../collections/grouping.ts';
import { manifests, object, service, workload } from '../example-manifests.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const inNamespace = (namespace: string) =>
  manifests(
    object('v1', 'Namespace', namespace, []),
    service(`${namespace}/github`, 'selector: {app: web}', 'ports: [{port: 443}]'),
    workload('web', { namespace }),
  );

/**
 * Top level domains that people use and that are no everyday words: a namespace `dev`, `app` or `shop` is
 * common, and meant. Source: the root zone (data.iana.org/TLD/tlds-alpha-by-domain.txt).
 */
const TOP_LEVEL: ReadonlySet<string> = new Set(
  `com org net edu gov mil int arpa info biz io ai co me tv cc us eu uk de fr nl be it es pt ch at se no fi dk pl cz sk
   hu ro bg gr ru ua tr il ae sa in cn jp kr tw hk sg my th vn ph id au nz ca mx br ar cl pe za ng ke eg ie is lt lv ee
   lu li fm gg sh to ly so ms im xyz`.split(/\s+/),
);

export const dnsNamespaceShadowsDomain: Rule = {
  name: 'dns-namespace-shadows-domain',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['Service'],
  what: 'A namespace with Services has the name of a top level domain.',
  why: 'The search list comes first: in every pod github.io means Service github of namespace io, not the host on the Internet.',
  fix: 'give the namespace another name, or end names of the Internet with a dot',
  sources: ['kubernetes/website:content/en/docs/concepts/services-networking/service.md', 'RFC 1535'],
  examples: { bad: { manifests: inNamespace('io') }, good: { manifests: inNamespace('shop') } },
  run({ snapshot: { objects } }) {
    const byNamespace = groupBy(objects.ofKind('Service').map(subjectOf), ({ namespace }) =>
      TOP_LEVEL.has(namespace) ? namespace : undefined,
    );
    return [...byNamespace].flatMap(([namespace, services]) => {
      const written = objects.ofKind('Namespace').find(({ metadata }) => metadata.name === namespace);
      const [first] = services;
      if (first === undefined) return [];
      const names = services.map(({ name }) => `${name}.${namespace}`);
      const subject = written === undefined ? first : subjectOf(written);
      return [
        {
          subject,
          path: ['metadata', written === undefined ? 'namespace' : 'name'],
          message: `${subjectName(subject)}: in every pod ${names.slice(0, 3).join(', ')} ${names.length === 1 ? 'means a Service' : 'mean Services'} of namespace ${namespace}, not ${names.length === 1 ? 'a host' : 'hosts'} of the Internet`,
          related: services.map((service) => ({
            subject: service,
            path: ['metadata', 'name'],
            message: 'takes the name',
          })),
          fact: namespace,
        },
      ];
    });
  },
};

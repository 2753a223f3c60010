import type { ClusterService } from '../../cluster/cluster.ts';
import type { CheckInput } from '../check-input.ts';
import { type EnvAddress, envAddresses } from '../env-addresses.ts';
import { replaceInValue } from '../env-edits.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const API = manifests(
  service('api', 'selector: {app: api}', 'ports: [{port: 80, targetPort: 8080}]'),
  workload('api', { ports: '[{containerPort: 8080}]' }),
);
const web = (url: string) => workload('web', { container: [`env: [{name: API_URL, value: "${url}"}]`] });

export const envServicePort: Rule = {
  name: 'env-service-port',
  severity: 'error',
  precision: 'certain',
  tier: 1,
  kinds: ['Service'],
  what: 'A variable holds the address of a Service with a port that the Service does not have.',
  why: 'Nothing translates that port: connections to the clusterIP are dropped or refused.',
  fix: 'write a port of the Service, not the target port of its pods',
  sources: ['kubernetes/kubernetes:pkg/proxy/iptables/proxier.go'],
  examples: {
    bad: { manifests: manifests(API, web('http://api:8080')) },
    good: { manifests: manifests(API, web('http://api')) },
  },
  run: (input) =>
    envAddresses(input)
      .filter(({ exists, foreignDomain }) => exists && foreignDomain === undefined)
      .flatMap((each) => hitsOf(input, each)),
};

function hitsOf(input: CheckInput, each: EnvAddress): readonly Hit[] {
  const { address, namespace, service: name, group, entry, path } = each;
  const { port } = address;
  const built = input.snapshot.control.serviceByKey.get(`${namespace}/${name}`);
  if (port === undefined) return [];
  const ports = built === undefined ? assumedPorts(input, each) : translatedPorts(built);
  if (ports.length === 0 || ports.some((own) => own.port === port)) return [];
  const target = ports.find(({ targetPort }) => targetPort === port);
  const listed = ports.map((own) => printPort(own)).join(', ');
  const hint = target === undefined ? '' : `; ${port} is the target port`;
  const [only] = ports.length === 1 ? ports : [];
  const wanted = target ?? only;
  const object = input.service(namespace, name);
  const edit =
    target === undefined || !address.isPortWritten
      ? undefined
      : replaceInValue(each, `:${port}`, `:${target.port}`);
  return [
    {
      subject: group.subject,
      path,
      message: `${entry.name} of ${subjectName(group.subject)}: Service ${namespace}/${name} has port ${listed}, not ${port}${hint}`,
      related:
        object === undefined
          ? []
          : [{ subject: subjectOf(object), path: ['spec', 'ports'], message: `has port ${listed}` }],
      fact: `${address.host}:${port}`,
      ...(wanted === undefined ? {} : { help: `write ${address.host}:${wanted.port}` }),
      ...(edit === undefined ? {} : { edits: [edit] }),
    },
  ];
}

interface KnownPort {
  readonly port: number;
  readonly targetPort?: number | string;
}

/** None of a headless Service or an ExternalName: clients dial the other side themselves. */
function translatedPorts({ body }: ClusterService): readonly KnownPort[] {
  return body.headless || body.type === 'ExternalName' ? [] : body.ports;
}

function assumedPorts(input: CheckInput, { namespace, service: name }: EnvAddress): readonly KnownPort[] {
  return input.assumedService(namespace, name)?.ports ?? [];
}

/** `80 (→8080)`. */
function printPort({ port, targetPort }: KnownPort): string {
  return targetPort === undefined || targetPort === port ? String(port) : `${port} (→${targetPort})`;
}

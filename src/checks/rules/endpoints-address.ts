import { type Ip, parseIp } from '../../net/ip.ts';
import type { CheckInput } from '../check-input.ts';
import { handmadeEndpoints } from '../endpoint-objects.ts';
import { manifests, object, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { type Subject, subjectName, subjectOf } from '../subject.ts';

const SERVICE = service('ext', 'ports: [{port: 80}]');
const endpoints = (ip: string) =>
  object('v1', 'Endpoints', 'ext', [`subsets: [{addresses: [{ip: ${ip}}], ports: [{port: 80}]}]`]);

export const endpointsAddress: Rule = {
  name: 'endpoints-address',
  severity: 'error',
  precision: 'certain',
  tier: 1,
  kinds: ['Endpoints', 'EndpointSlice'],
  what: 'Endpoints by hand have an address that cannot be one (loopback, link-local, multicast, unspecified), or that is the clusterIP of a Service.',
  why: 'The API server refuses the first; a clusterIP behind another one is not translated again by most proxies.',
  fix: 'write the address of the machine itself; for another Service use its name (ExternalName) or its pods',
  sources: ['kubernetes/kubernetes:pkg/apis/core/validation/validation.go ValidateNonSpecialIP'],
  examples: {
    bad: { manifests: manifests(SERVICE, endpoints('127.0.0.1')) },
    good: { manifests: manifests(SERVICE, endpoints('192.0.2.1')) },
  },
  *run(input): Generator<Hit> {
    const owners = clusterIpOwners(input);
    for (const { subject, text, path } of addresses(input)) {
      const ip = parseIp(text);
      const special = ip === undefined ? undefined : specialKind(ip);
      const owner = ip === undefined ? undefined : owners.get(ip);
      if (special !== undefined) {
        yield { subject, path, message: `${text} of ${subjectName(subject)} is ${special}`, fact: text };
      } else if (owner !== undefined && subjectName(owner) !== subjectName(subject)) {
        yield {
          subject,
          path,
          severity: 'warning',
          message: `${text} of ${subjectName(subject)} is the clusterIP of ${subjectName(owner)}, which is not translated again`,
          related: [{ subject: owner, path: ['spec', 'clusterIP'], message: `has ${text}` }],
          fact: text,
        };
      }
    }
  },
};

interface WrittenAddress {
  readonly subject: Subject;
  readonly text: string;
  readonly path: Hit['path'];
}

function addresses(input: CheckInput): readonly WrittenAddress[] {
  return handmadeEndpoints(input).flatMap(({ subject, endpoints: listed }) =>
    listed.flatMap(({ addresses: texts, path }) =>
      texts.map((text, index) => {
        const field = subject.kind === 'Endpoints' ? ['ip'] : ['addresses', index];
        return { subject, text, path: [...path, ...field] };
      }),
    ),
  );
}

function clusterIpOwners({ snapshot }: CheckInput): ReadonlyMap<Ip, Subject> {
  return new Map(
    snapshot.objects
      .ofKind('Service')
      .flatMap((each) => each.body.clusterIps.map((ip) => [ip, subjectOf(each)] as const)),
  );
}

const SPECIAL: readonly (readonly [RegExp, string])[] = [
  [/^(127\.|::1$)/, 'a loopback address'],
  [/^(169\.254\.|fe[89ab])/, 'a link-local address'],
  [/^(2(2[4-9]|3\d)\.|ff)/, 'a multicast address'],
  [/^(0\.0\.0\.0|::)$/, 'the unspecified address'],
];

function specialKind({ text }: Ip): string | undefined {
  return SPECIAL.find(([form]) => form.test(text))?.[1];
}

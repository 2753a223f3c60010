import { handmadeEndpoints } from '../endpoint-objects.ts';
import { manifests, object, service } from '../example-manifests.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const SERVICE = service('ext', 'ports: [{name: https, port: 443}]');
const endpoints = (port: string) =>
  object('v1', 'Endpoints', 'ext', [`subsets: [{addresses: [{ip: 192.0.2.1}], ports: [{${port}}]}]`]);

export const endpointsPortName: Rule = {
  name: 'endpoints-port-name',
  severity: 'error',
  precision: 'certain',
  tier: 1,
  kinds: ['Endpoints', 'EndpointSlice'],
  what: 'A port of endpoints by hand has a name that no port of the Service has.',
  why: 'Ports of a Service find their endpoints by name and protocol, an empty name included: nobody is sent there.',
  fix: 'give both ports one name',
  sources: ['kubernetes/kubernetes:pkg/proxy/endpointslicecache.go'],
  examples: {
    bad: { manifests: manifests(SERVICE, endpoints('port: 443')) },
    good: { manifests: manifests(SERVICE, endpoints('name: https, port: 443')) },
  },
  run: (input) =>
    handmadeEndpoints(input).flatMap(({ subject, service: owner, ports }) => {
      if (owner === undefined || owner.body.selector !== undefined) return [];
      const wanted = owner.body.ports;
      return ports
        .filter(({ name }) => !wanted.some((port) => port.name === name))
        .map(({ name, path }) => ({
          subject,
          path: [...path, 'name'],
          message: `the port "${name}" of ${subjectName(subject)} is none of its Service: ${wanted.map((port) => `port "${port.name}"`).join(', ')} finds no endpoints here`,
          related: [
            {
              subject: subjectOf(owner),
              path: ['spec', 'ports'],
              message: `has ${wanted.map((port) => `"${port.name}"`).join(', ')}`,
            },
          ],
          fact: name,
          ...(wanted.length === 1
            ? { help: wanted[0]?.name === '' ? 'leave the name out' : `name: ${wanted[0]?.name}` }
            : {}),
        }));
    }),
};

import { gatewayName, MESH } from '../../l7/istio/names.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import { istioObject, virtualService } from '../example-meshes.ts';
import type { Hit } from '../hit.ts';
import { type DestinationView, destinationViews, hostIn, meshOf, serviceOfHost } from '../meshes.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const EDGE = istioObject('networking', 'Gateway', 'edge', [
  'selector: {istio: ingressgateway}',
  'servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]',
]);
const SERVICE = manifests(
  workload('api'),
  service('api', 'selector: {app: api}', 'ports: [{name: http, port: 8000}, {name: http-admin, port: 9000}]'),
);

export const istioDestinationPort: Rule = {
  name: 'istio-destination-port',
  severity: 'error',
  precision: 'certain',
  tier: 2,
  kinds: ['VirtualService'],
  what: 'A destination names no port of a Service that has several, and requests come in on another port.',
  why: 'The port of the request is taken; where the Service does not have it, the answer is 503.',
  fix: 'write destination.port.number',
  sources: ['istio/istio:pilot/pkg/networking/core/route/route.go GetDestinationCluster'],
  examples: {
    bad: { manifests: manifests(EDGE, SERVICE, shop('{host: api}')) },
    good: { manifests: manifests(EDGE, SERVICE, shop('{host: api, port: {number: 8000}}')) },
  },
  run: (input) => destinationViews(input).flatMap((view) => hitOf(input, view)),
};

function shop(destination: string): string {
  return virtualService(
    'shop',
    'hosts: [shop.example.com]',
    'gateways: [edge]',
    `http: [{route: [{destination: ${destination}}]}]`,
  );
}

function hitOf(input: CheckInput, view: DestinationView): readonly Hit[] {
  const { subject, destination, host } = view;
  const service = serviceOfHost(input, host);
  if (service === undefined) return [];
  const ports = service.body.ports.map(({ port }) => port);
  const wanted = destination.port === undefined ? askedPorts(input, view) : [destination.port];
  const lost = wanted.find((port) => !ports.includes(port));
  if (lost === undefined || (destination.port === undefined && ports.length === 1)) return [];
  const isWritten = destination.port !== undefined;
  const listed = ports.join(', ');
  return [
    {
      subject,
      path: isWritten ? [...destination.path, 'port', 'number'] : destination.path,
      message: isWritten
        ? `${subjectName(subject)} leads to port ${lost} of Service ${service.metadata.name}, which has ${listed}`
        : `${subjectName(subject)} names no port of Service ${service.metadata.name}, which has ${listed}; requests come in on ${lost}`,
      related: [{ subject: subjectOf(service), path: ['spec', 'ports'], message: `has ${listed}` }],
      fact: `${host} ${lost}`,
    },
  ];
}

/** Ports on which requests come that the VirtualService is for. */
function askedPorts(input: CheckInput, { object }: DestinationView): readonly number[] {
  const { namespace } = object.metadata;
  const written = object.body.gateways.length === 0 ? [MESH] : object.body.gateways;
  return written.flatMap((each) => {
    const name = gatewayName(each, namespace);
    if (name !== MESH) {
      const gateway = meshOf(input).gateways.find(
        ({ metadata }) => `${metadata.namespace}/${metadata.name}` === name,
      );
      return gateway?.body.servers.map(({ port }) => port) ?? [];
    }
    return object.body.hosts.flatMap(
      (host) =>
        serviceOfHost(input, hostIn(input, host, namespace))?.body.ports.map(({ port }) => port) ?? [],
    );
  });
}

/** Objects of Istio for the examples of rules. */

import { manifests, object, service, workload } from './example-manifests.ts';
import { namespace } from './example-policies.ts';

/** Service my-service (80 to 8080) in front of two versions, in a namespace of the mesh. */
export const VERSIONS: string = manifests(
  namespace('default', 'istio-injection: enabled'),
  workload('v1', { labels: 'app: my, version: v1', ports: '[{containerPort: 8080}]' }),
  workload('v2', { labels: 'app: my, version: v2', ports: '[{containerPort: 8080}]' }),
  service('my-service', 'selector: {app: my}', 'ports: [{name: http, port: 80, targetPort: 8080}]'),
);

/** A VirtualService. @param spec the lines of `spec`. */
export function virtualService(name: string, ...spec: readonly string[]): string {
  return istioObject('networking', 'VirtualService', name, spec);
}

/** A VirtualService of my-service that leads to one destination, in flow style. */
export function routeTo(destination: string): string {
  return virtualService('web', 'hosts: [my-service]', `http: [{route: [{destination: ${destination}}]}]`);
}

/** A DestinationRule. @param spec the lines of `spec`. */
export function destinationRule(name: string, ...spec: readonly string[]): string {
  return istioObject('networking', 'DestinationRule', name, spec);
}

/** An object of a group of Istio. @param spec the lines of `spec`. */
export function istioObject(
  group: 'networking' | 'security',
  kind: string,
  name: string,
  spec: readonly string[],
): string {
  return object(`${group}.istio.io/v1`, kind, name, ['spec:', ...spec.map((line) => `  ${line}`)]);
}

/**
 * Clusters of a given size, the same on every run: nodes, workloads, Services, routes and policies in the
 * proportions of real clusters, within the limits that SIG Scalability tests
 * (kubernetes/community:sig-scalability/configs-and-limits/thresholds.md).
 */

import { networkPolicy } from './policies.ts';
import { type Random, xorshift } from './random.ts';
import { type Manifest, namespaceOf, podLabels, type Shape } from './shapes.ts';
import { writeYaml } from './write-yaml.ts';

/** The objects of a shape, in an order like that of a repository: a namespace's things together. */
export function clusterObjects(shape: Shape, seed = 1): readonly Manifest[] {
  const random = xorshift(seed);
  const objects: Manifest[] = count(shape.nodes, node);
  for (let index = 0; index < shape.namespaces; index++) {
    const own = (amount: number) => indexesOf(index, shape.namespaces, amount);
    objects.push(namespace(index));
    for (const at of own(shape.workloads)) objects.push(workload(shape, at, random));
    for (const at of own(shape.services)) objects.push(...service(shape, at, random));
    for (const at of own(shape.routes)) objects.push(ingress(shape, at), httpRoute(shape, at));
    for (const at of own(shape.policies)) objects.push(networkPolicy(shape, at, random));
  }
  return objects;
}

/** What manifests do not say: room for the nodes' ranges. */
export const PROFILE =
  'apiVersion: k8snet.dev/v1\nkind: Profile\npodCIDRs: [10.0.0.0/9]\nserviceCIDRs: [10.128.0.0/12]\n';

/** The objects as documents of one YAML text: of 100, one with Windows line ends and one with anchors. */
export function asYaml(objects: readonly Manifest[], seed = 1): string {
  const random = xorshift(seed);
  return objects
    .map((object) => {
      const text = `---\n${writeYaml(object, { random, anchors: random.chance(1) })}`;
      return random.chance(1) ? text.replaceAll('\n', '\r\n') : text;
    })
    .join('');
}

/** The objects as one `kind: List` in JSON, as `kubectl get -o json` prints it. */
export function asJson(objects: readonly Manifest[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }, null, 2);
}

/** Every `step`-th number from `first`, up to `limit`. */
function indexesOf(first: number, step: number, limit: number): readonly number[] {
  return count(Math.max(0, Math.ceil((limit - first) / step)), (at) => first + at * step);
}

function count<Item>(amount: number, make: (index: number) => Item): Item[] {
  return Array.from({ length: amount }, (_, index) => make(index));
}

function node(index: number): Manifest {
  const [zone, place] = [index >> 8, index & 255];
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: `node-${index}`,
      labels: { 'kubernetes.io/os': 'linux', 'topology.kubernetes.io/zone': `zone-${index % 3}` },
    },
    spec: { podCIDR: `10.${zone}.${place}.0/24` },
    status: {
      addresses: [
        {
          type: 'InternalIP',
          address: `172.${16 + (zone >> 1)}.${(zone & 1) * 128 + (place >> 1)}.${10 + (place & 1)}`,
        },
      ],
    },
  };
}

function namespace(index: number): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: `team-${index}`, labels: { team: `t${index}`, env: 'prod' } },
  };
}

function workload(shape: Shape, index: number, random: Random): Manifest {
  const labels = podLabels(shape, index);
  const script = random.chance(1) ? { run: 'set -e\n\nexec /app/server --port 8080\n' } : {};
  const port = index % 2 === 0 ? 8080 : 3000;
  const upstream = { name: 'UPSTREAM', value: `http://app-${(index + 1) % shape.services}:80` };
  const container = {
    name: 'server',
    image: `registry.example/app-${index}:v1.${random.below(40)}`,
    env: [upstream, { name: 'LOG_LEVEL', value: random.pick(['info', 'debug', 'warn']) }],
    ports: [{ name: 'http', containerPort: port }],
    resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 10 },
  };
  return {
    apiVersion: 'apps/v1',
    kind: index % 20 === 19 ? 'StatefulSet' : 'Deployment',
    metadata: { name: `app-${index}`, namespace: namespaceOf(shape, index), labels, annotations: script },
    spec: {
      replicas: shape.replicas,
      ...(index % 20 === 19 ? { serviceName: `app-${index}` } : {}),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { serviceAccountName: 'default', containers: [container] } },
    },
  };
}

/** Of 100 Services: 10 headless, 5 with node ports, 2 load balancers, 2 aliases, 1 with a slice by hand. */
function service(shape: Shape, index: number, random: Random): readonly Manifest[] {
  const metadata = { name: `app-${index}`, namespace: namespaceOf(shape, index) };
  const of = (spec: Manifest): Manifest => ({ apiVersion: 'v1', kind: 'Service', metadata, spec });
  const ports = [{ name: 'http', port: 80, targetPort: 'http' }];
  const selector = podLabels(shape, index);
  const kind = shape.name === 'shop' ? 100 : random.below(100);
  if (kind < 10) return [of({ clusterIP: 'None', selector, ports })];
  if (kind < 15) return [of({ type: 'NodePort', selector, ports })];
  if (kind < 17) return [of({ type: 'LoadBalancer', selector, ports })];
  if (kind < 19) return [of({ type: 'ExternalName', externalName: 'db.example.com' })];
  if (kind < 20) return [of({ ports }), slice(metadata, index)];
  return [of({ selector, ports, ...(kind < 23 ? { ipFamilyPolicy: 'PreferDualStack' } : {}) })];
}

function slice(
  { name, namespace }: { readonly name: string; readonly namespace: string },
  index: number,
): Manifest {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-1`, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [`198.51.${index % 100}.${1 + (index % 250)}`] }],
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  };
}

function ingress(shape: Shape, index: number): Manifest {
  const backend = { service: { name: `app-${index}`, port: { name: 'http' } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: `app-${index}`, namespace: namespaceOf(shape, index) },
    spec: {
      ingressClassName: 'nginx',
      rules: [
        { host: `app-${index}.example.com`, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } },
      ],
    },
  };
}

function httpRoute(shape: Shape, index: number): Manifest {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: `app-${index}`, namespace: namespaceOf(shape, index) },
    spec: {
      parentRefs: [{ name: 'edge', namespace: 'team-0' }],
      hostnames: [`app-${index}.example.com`],
      rules: [{ backendRefs: [{ name: `app-${index}`, port: 80 }] }],
    },
  };
}

/**
 * The variables by which the kubelet tells containers of Services.
 * Source: kubernetes/kubernetes:pkg/kubelet/envvars/envvars.go FromServices, makeLinkVariables;
 * pkg/kubelet/kubelet_pods.go getServiceEnvVarMap.
 */

import type { ClusterService } from '../../cluster/cluster.ts';
import type { FieldPath } from '../../source/document.ts';

export interface ServiceVariable {
  readonly name: string;
  readonly value: string;
  readonly service: ClusterService;
  /** The field of the Service that it tells of. */
  readonly path: FieldPath;
  /** `link`: one of the names that Docker's links had. */
  readonly sort: 'service' | 'link';
}

/** Which Services a pod is told of. */
export interface Visibility {
  readonly namespace: string;
  /** spec.enableServiceLinks. */
  readonly enableServiceLinks: boolean;
}

const MASTER_NAMESPACE = 'default';
const MASTER_NAME = 'kubernetes';

/**
 * The Services that a pod is told of, in the order given: those of its namespace, if it has service links, and
 * default/kubernetes in any case, unless a Service of its own namespace has that name. Those without a cluster
 * address are left out.
 */
export function visibleServices(
  services: readonly ClusterService[],
  { namespace, enableServiceLinks }: Visibility,
): readonly ClusterService[] {
  const told = services.filter(
    (service) =>
      clusterIpText(service) !== undefined &&
      (isMaster(service) || (enableServiceLinks && service.namespace === namespace)),
  );
  const isHidden = told.some(({ name, namespace: own }) => name === MASTER_NAME && own !== MASTER_NAMESPACE);
  return isHidden ? told.filter((service) => !isMaster(service)) : told;
}

function isMaster({ namespace, name }: ClusterService): boolean {
  return namespace === MASTER_NAMESPACE && name === MASTER_NAME;
}

/** The variables of one Service, in the kubelet's order; none for one without a cluster address. */
export function serviceVariables(service: ClusterService): readonly ServiceVariable[] {
  const ip = clusterIpText(service);
  const { ports } = service.body;
  const [first] = ports;
  if (ip === undefined || first === undefined) return [];
  const prefix = variableName(service.name);
  const host = ip.includes(':') ? `[${ip}]` : ip;
  const variable =
    (sort: ServiceVariable['sort'], path: FieldPath) =>
    (suffix: string, value: string): ServiceVariable => ({
      name: `${prefix}_${suffix}`,
      value,
      service,
      path,
      sort,
    });
  return [
    variable('service', hostPath(service))('SERVICE_HOST', ip),
    variable('service', first.path)('SERVICE_PORT', String(first.port)),
    ...ports
      .filter(({ name }) => name !== '')
      .map(({ name, port, path }) =>
        variable('service', path)(`SERVICE_PORT_${variableName(name)}`, String(port)),
      ),
    ...ports.flatMap(({ port, protocol, path }, index) => {
      const own = variable('link', path);
      const url = `${protocol}://${host}:${port}`;
      const name = `PORT_${port}_${protocol.toUpperCase()}`;
      return [
        ...(index === 0 ? [own('PORT', url)] : []),
        own(name, url),
        own(`${name}_PROTO`, protocol),
        own(`${name}_PORT`, String(port)),
        own(`${name}_ADDR`, ip),
      ];
    }),
  ];
}

/** spec.clusterIP letter by letter, or the address that the API server would write there. */
function clusterIpText({ body, clusterIps }: ClusterService): string | undefined {
  if (body.headless || body.type === 'ExternalName') return undefined;
  return body.clusterIpText ?? clusterIps[0]?.text;
}

function hostPath({ body }: ClusterService): FieldPath {
  return body.clusterIpText === undefined ? ['metadata', 'name'] : ['spec', 'clusterIP'];
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}

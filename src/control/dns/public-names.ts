/**
 * Names that the manifests mean to have in the public DNS: hosts of Ingresses and Gateways, and those that external-dns
 * is told to write (kubernetes-sigs/external-dns:source). Each is taken to name its load balancer (A_EXTERNAL_DNS).
 */

import type { Cluster, ClusterService } from '../../cluster/cluster.ts';
import { onceFor } from '../../collections/once.ts';
import type { ObjectSet } from '../../k8s/read.ts';
import { type Ip, type IpFamily, parseIp } from '../../net/ip.ts';
import { isMapping } from '../../source/document.ts';
import { refTo, type SourceRef, valueAt } from '../../source/ref.ts';
import type { ControlPlane } from '../control-plane.ts';
import { balancerAddress, hasLoadBalancer } from '../load-balancer.ts';
import { istioNames } from './istio-names.ts';
import { normalName } from './name.ts';

export interface PublicName {
  /** The field that has it. */
  readonly origin: SourceRef;
  /** Of the load balancer; empty: nobody knows. */
  readonly addresses: readonly Ip[];
  /** The load balancer's own name, where its provider gives no address. */
  readonly alias?: string;
}

export interface PublicNames {
  /** @param name absolute. A name in full wins over `*.example.com`. */
  find(name: string): PublicName | undefined;
}

const HOSTNAME_ANNOTATION = 'external-dns.alpha.kubernetes.io/hostname';
/** gateway-api: the label of what a controller makes for a Gateway (GEP-1762). */
const GATEWAY_LABEL = 'gateway.networking.k8s.io/gateway-name';
const ROUTES: readonly string[] = ['HTTPRoute', 'GRPCRoute', 'TLSRoute'];

type Target = Pick<PublicName, 'addresses' | 'alias'>;

/** The addresses at which clients find the controller of an Ingress; undefined: nothing tells. */
export type IngressDoors = (ingress: SourceRef) => readonly Ip[] | undefined;

/** The names of a cluster's manifests; read when first asked for. */
export function publicNames(control: ControlPlane, doors?: IngressDoors): PublicNames {
  let known: ReadonlyMap<string, PublicName> | undefined;
  return {
    find(name) {
      known ??= collect(control, doors);
      const wanted = name.toLowerCase();
      return known.get(wanted) ?? known.get(`*${wanted.slice(wanted.indexOf('.'))}`);
    },
  };
}

function collect(control: ControlPlane, doors?: IngressDoors): ReadonlyMap<string, PublicName> {
  const names = new Map<string, PublicName>();
  const add = (host: unknown, found: PublicName) => {
    if (typeof host !== 'string' || host === '' || host === '*') return;
    const name = normalName(host);
    // The first that has an address counts: a host may stand in several objects.
    if ((names.get(name)?.addresses.length ?? 0) === 0) names.set(name, found);
  };
  for (const service of control.cluster.services) {
    addBalancer(service, control.cluster.profile.ipFamilies[0] ?? 4, add);
    addService(service, add);
  }
  addIngresses(control, add, doors);
  addGateways(control, add);
  addIstio(control, add);
  return names;
}

type Add = (host: unknown, found: PublicName) => void;

/** The load balancer's own name: behind it is what the profile says, else an address that nobody knows (A_LB_ADDRESS). */
function addBalancer(service: ClusterService, family: IpFamily, add: Add): void {
  const { origin, body } = service;
  if (origin === undefined || !hasLoadBalancer(service)) return;
  for (const [index, { hostname, ip }] of body.loadBalancerIngress.entries()) {
    const at = refTo(origin, 'status', 'loadBalancer', 'ingress', index, 'hostname');
    add(hostname, { origin: at, addresses: [ip ?? balancerAddress(service, family).ip] });
  }
}

function addService({ annotations, origin, body }: ClusterService, add: Add): void {
  const hosts = annotations.get(HOSTNAME_ANNOTATION);
  if (hosts === undefined || origin === undefined) return;
  const found = {
    origin: refTo(origin, 'metadata', 'annotations', HOSTNAME_ANNOTATION),
    ...balancerOf(body),
  };
  for (const host of hosts.split(',')) add(host.trim(), found);
}

function balancerOf({ loadBalancerIngress }: ClusterService['body']): Target {
  const alias = loadBalancerIngress.find(({ hostname }) => hostname !== undefined)?.hostname;
  const addresses = loadBalancerIngress.flatMap(({ ip }) => ip ?? []);
  return { addresses, ...(alias === undefined || addresses.length > 0 ? {} : { alias: normalName(alias) }) };
}

/** The load balancer of a cluster that has one: the controller's, most of the time. */
const onlyBalancer: (cluster: Cluster) => Target = onceFor(({ services }) => {
  const [first, ...others] = services.filter(hasLoadBalancer);
  return first === undefined || others.length > 0 ? { addresses: [] } : balancerOf(first.body);
});

function addIngresses(control: ControlPlane, add: Add, doors: IngressDoors = () => undefined): void {
  for (const { raw, origin } of written(control.cluster.objects, 'Ingress')) {
    const told = targetIn(listAt(raw, 'status', 'loadBalancer', 'ingress'), ['ip', 'hostname']);
    const door = told.addresses.length > 0 ? undefined : doors(origin);
    const target = isKnown(told) || door === undefined ? withFallback(told, control) : { addresses: door };
    // A load balancer that goes by a name has an address behind it.
    if (told.alias !== undefined && door !== undefined) add(told.alias, { origin, addresses: door });
    for (const [index, rule] of listAt(raw, 'spec', 'rules').entries()) {
      add(fieldOf(rule, 'host'), { origin: refTo(origin, 'spec', 'rules', index, 'host'), ...target });
    }
  }
}

function withFallback(told: Target, control: ControlPlane): Target {
  return isKnown(told) ? told : onlyBalancer(control.cluster);
}

function addGateways(control: ControlPlane, add: Add): void {
  const { objects } = control.cluster;
  const targets = new Map<string, Target>();
  for (const { raw, origin, key } of written(objects, 'Gateway')) {
    const { target, behind } = gatewayTarget(control, raw, key);
    targets.set(key, target);
    // A load balancer that goes by a name has an address behind it.
    if (target.alias !== undefined && behind.length > 0) add(target.alias, { origin, addresses: behind });
    for (const [index, listener] of listAt(raw, 'spec', 'listeners').entries()) {
      const at = refTo(origin, 'spec', 'listeners', index, 'hostname');
      add(fieldOf(listener, 'hostname'), { origin: at, ...target });
    }
  }
  for (const { raw, origin, namespace } of ROUTES.flatMap((kind) => written(objects, kind))) {
    const [parent] = listAt(raw, 'spec', 'parentRefs');
    const [where, name] = [fieldOf(parent, 'namespace') ?? namespace, fieldOf(parent, 'name')];
    const isNamed = typeof where === 'string' && typeof name === 'string';
    const target = (isNamed ? targets.get(`${where}/${name}`) : undefined) ?? { addresses: [] };
    for (const [index, host] of listAt(raw, 'spec', 'hostnames').entries()) {
      add(host, { origin: refTo(origin, 'spec', 'hostnames', index), ...target });
    }
  }
}

/** The load balancer in front of the gateway pods, else the only one. */
function addIstio(control: ControlPlane, add: Add): void {
  for (const { host, at, services } of istioNames(control.cluster)) {
    const own = services.map(({ body }) => balancerOf(body)).find(isKnown);
    add(host, { origin: at, ...(own ?? onlyBalancer(control.cluster)) });
  }
}

/** Its status, else the Service that was made for it, else the only load balancer; `behind` are that Service's addresses. */
function gatewayTarget(
  control: ControlPlane,
  raw: unknown,
  key: string,
): { readonly target: Target; readonly behind: readonly Ip[] } {
  const told = targetIn(listAt(raw, 'status', 'addresses'), ['value']);
  const own = control.cluster.services.find(
    ({ namespace, labels }) => `${namespace}/${labels.get(GATEWAY_LABEL)}` === key,
  );
  const made = own === undefined ? undefined : balancerOf(own.body);
  const target = isKnown(told) ? told : (made ?? onlyBalancer(control.cluster));
  return { target, behind: made?.addresses ?? [] };
}

function isKnown({ addresses, alias }: Target): boolean {
  return addresses.length > 0 || alias !== undefined;
}

/** Of each entry the first of the fields that is there: an address, or a name. */
function targetIn(entries: readonly unknown[], fields: readonly string[]): Target {
  const texts = entries.flatMap((entry) => {
    const text = fields.map((field) => fieldOf(entry, field)).find((value) => typeof value === 'string');
    return typeof text === 'string' ? [text] : [];
  });
  const addresses = texts.flatMap((text) => parseIp(text) ?? []);
  const alias = texts.find((text) => parseIp(text) === undefined);
  return { addresses, ...(alias === undefined || addresses.length > 0 ? {} : { alias: normalName(alias) }) };
}

interface Written {
  readonly raw: unknown;
  readonly origin: SourceRef;
  readonly namespace: string;
  readonly key: string;
}

/** Objects as they are written, whether or not the kind has a reader: of names only the text is of interest. */
function written(objects: ObjectSet, kind: string): readonly Written[] {
  const read = objects.objects
    .filter((object) => object.kind === kind)
    .map(({ origin, metadata: { namespace, name } }) => ({ raw: valueAt(origin), origin, namespace, name }));
  return [...read, ...objects.otherOfKind(kind)].map(({ raw, origin, namespace, name }) => ({
    raw,
    origin,
    namespace,
    key: `${namespace}/${name}`,
  }));
}

function fieldOf(value: unknown, field: string): unknown {
  return isMapping(value) ? value[field] : undefined;
}

function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = path.reduce(fieldOf, value);
  return Array.isArray(found) ? found : [];
}

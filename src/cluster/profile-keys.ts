/**
 * The keys of the profile file, as a tree: what may be written where. Keys of systems that are not modelled
 * yet are known too, so that one file serves today's version and later ones.
 */

import { nearest } from '../diagnostics/did-you-mean.ts';
import type { FieldPath } from '../source/document.ts';

/**
 * What may stand at a place: anything, a mapping whose keys are names (which may have dots), known keys,
 * or a list.
 */
type Shape = 'value' | 'names' | { readonly keys: Keys } | { readonly items: Shape };
type Keys = Readonly<Record<string, Shape>>;

const NODE_KEYS: Keys = {
  name: 'value',
  addresses: 'value',
  primaryAddresses: 'value',
  podCIDRs: 'value',
  labels: 'names',
  mtu: 'value',
  sysctls: 'names',
};

const DNS_KEYS: Keys = {
  clusterIPs: 'value',
  namespace: 'value',
  port: 'value',
  profile: 'value',
  pods: 'value',
  ttl: 'value',
  reverseZones: 'value',
  namespaces: 'value',
  ignoreEmptyService: 'value',
  noEndpoints: 'value',
  endpointPodNames: 'value',
  zonal: 'value',
  multicluster: 'value',
  autopath: 'value',
  externalZones: 'value',
  externalHeadless: 'value',
  nodeLocal: 'value',
  nodeLocalAddresses: 'value',
  nodeResolvConf: 'value',
  upstream: 'names',
};

const PROXY_KEYS: Keys = {
  mode: 'value',
  scheduler: 'value',
  clusterCIDR: 'value',
  /** A word, or kube-proxy's own mapping. */
  detectLocal: { keys: { bridgeInterface: 'value', interfaceNamePrefix: 'value' } },
  /** kube-proxy's own name for it. */
  detectLocalMode: 'value',
  bridgeInterface: 'value',
  interfaceNamePrefix: 'value',
  masqueradeAll: 'value',
  masqueradeBit: 'value',
  nodePortAddresses: 'value',
  localhostNodePorts: 'value',
};

const CNI_KEYS: Keys = {
  name: 'value',
  backend: 'value',
  mtu: 'value',
  enforcesPolicy: 'value',
  ipBlock: { keys: { pods: 'value', nodes: 'value' } },
  options: 'value',
};

const INGRESS_CONTROLLER_KEYS: Keys = {
  name: 'value',
  ingressClass: 'value',
  controllerClass: 'value',
  ingressClassByName: 'value',
  watchIngressWithoutClass: 'value',
  disableCatchAll: 'value',
  useForwardedHeaders: 'value',
};

const ISTIO_KEYS: Keys = {
  version: 'value',
  rootNamespace: 'value',
  outboundTrafficPolicy: 'value',
  autoMtls: 'value',
};

const CHECK_KEYS: Keys = {
  extends: 'value',
  failOn: 'value',
  precision: 'value',
  show: 'value',
  rules: 'names',
  ignore: {
    items: { keys: { rule: 'value', object: 'value', files: 'value', reason: 'value', until: 'value' } },
  },
  baseline: 'value',
};

const PROFILE: Shape = {
  keys: {
    apiVersion: 'value',
    kind: 'value',
    preset: 'value',
    manifests: 'value',
    namespace: 'value',
    input: 'value',
    kubernetes: 'value',
    clusterDomain: 'value',
    ipFamilies: 'value',
    podCIDRs: 'value',
    serviceCIDRs: 'value',
    nodePortRange: 'value',
    nodes: { items: { keys: NODE_KEYS } },
    dns: { keys: DNS_KEYS },
    proxy: { keys: PROXY_KEYS },
    cni: { keys: CNI_KEYS },
    ingressController: { keys: INGRESS_CONTROLLER_KEYS },
    mesh: { keys: { istio: { keys: ISTIO_KEYS } } },
    loadBalancer: { keys: { kind: 'value', healthChecks: 'value', addresses: 'names' } },
    check: { keys: CHECK_KEYS },
    assume: { keys: { complete: 'value', services: 'value', namespaces: 'names' } },
  },
};

/** A key that no profile has, with the keys that may have been meant. */
export interface UnknownKey {
  readonly path: FieldPath;
  readonly candidates: readonly string[];
}

/** The unknown keys of a profile as it is written. */
export function unknownKeys(raw: unknown): readonly UnknownKey[] {
  return unknownBelow(raw, PROFILE, []);
}

function unknownBelow(raw: unknown, shape: Shape, path: FieldPath): readonly UnknownKey[] {
  if (typeof shape === 'string' || typeof raw !== 'object' || raw === null) return [];
  if ('items' in shape) {
    return Array.isArray(raw)
      ? raw.flatMap((item, index) => unknownBelow(item, shape.items, [...path, index]))
      : [];
  }
  return Object.entries(raw).flatMap(([key, value]) => {
    const known = keyShape(shape.keys, key);
    if (known !== undefined) return unknownBelow(value, known, [...path, key]);
    return [{ path: [...path, key], candidates: nearest(key, Object.keys(shape.keys), 3) }];
  });
}

/**
 * The path that a dotted key means (`nodes.0.mtu`). Where names are keys the rest is one name:
 * `nodes.0.labels.topology.kubernetes.io/zone`.
 */
export function pathOfDottedKey(key: string): FieldPath {
  const path: (string | number)[] = [];
  const parts = key.split('.');
  let shape: Shape | undefined = PROFILE;
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] ?? '';
    if (shape === 'names') return [...path, parts.slice(index).join('.')];
    const isItem = shape !== undefined && typeof shape !== 'string' && 'items' in shape;
    path.push(isItem && /^\d+$/.test(part) ? Number(part) : part);
    shape = childShape(shape, part);
  }
  return path;
}

function childShape(shape: Shape | undefined, key: string): Shape | undefined {
  if (shape === undefined || typeof shape === 'string') return undefined;
  return 'items' in shape ? shape.items : keyShape(shape.keys, key);
}

function keyShape(keys: Keys, key: string): Shape | undefined {
  return Object.hasOwn(keys, key) ? keys[key] : undefined;
}

/** How a proxy talks to a destination (istio/api:networking/v1alpha3/destination_rule.proto TrafficPolicy). */

import { type Fields, readEnum, readMapping, readMappings, readPort, readString } from '../fields.ts';

export type ClientTlsMode = 'DISABLE' | 'SIMPLE' | 'MUTUAL' | 'ISTIO_MUTUAL';

/** The parts that a subset or a port overrides one by one. */
export interface PolicySettings {
  /** In Envoy's words: `ROUND_ROBIN`, `RING_HASH(header x-user)`. */
  readonly loadBalancer?: string;
  readonly tlsMode?: ClientTlsMode;
  readonly hasOutlierDetection: boolean;
}

export interface TrafficPolicy extends PolicySettings {
  /** By port of the Service: what is written takes the place of the whole policy. */
  readonly ports: ReadonlyMap<number, PolicySettings>;
}

const TLS_MODES = ['DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL'] as const;
const SIMPLE = [
  'UNSPECIFIED',
  'RANDOM',
  'PASSTHROUGH',
  'ROUND_ROBIN',
  'LEAST_REQUEST',
  'LEAST_CONN',
] as const;

/** A `trafficPolicy`; undefined where there is none. */
export function readTrafficPolicy(fields: Fields): TrafficPolicy | undefined {
  const policy = readMapping(fields, 'trafficPolicy');
  if (policy === undefined) return undefined;
  const ports = readMappings(policy, 'portLevelSettings').flatMap(
    (each): readonly (readonly [number, PolicySettings])[] => {
      const portFields = readMapping(each, 'port');
      const port = portFields === undefined ? undefined : readPort(portFields, 'number');
      return port === undefined ? [] : [[port, readSettings(each)]];
    },
  );
  return { ...readSettings(policy), ports: new Map(ports) };
}

function readSettings(fields: Fields): PolicySettings {
  const loadBalancer = readLoadBalancer(fields);
  const tls = readMapping(fields, 'tls');
  // A section without a mode is DISABLE: the first word of the enum.
  const tlsMode = tls === undefined ? undefined : (readEnum(tls, 'mode', TLS_MODES) ?? 'DISABLE');
  return {
    ...(loadBalancer === undefined ? {} : { loadBalancer }),
    ...(tlsMode === undefined ? {} : { tlsMode }),
    hasOutlierDetection: readMapping(fields, 'outlierDetection') !== undefined,
  };
}

function readLoadBalancer(fields: Fields): string | undefined {
  const balancer = readMapping(fields, 'loadBalancer');
  if (balancer === undefined) return undefined;
  const hash = readMapping(balancer, 'consistentHash');
  if (hash !== undefined)
    return `${readMapping(hash, 'maglev') === undefined ? 'RING_HASH' : 'MAGLEV'}(${hashKey(hash)})`;
  const simple = readEnum(balancer, 'simple', SIMPLE);
  if (simple === 'LEAST_CONN') return 'LEAST_REQUEST';
  return simple === 'UNSPECIFIED' ? undefined : simple;
}

function hashKey(hash: Fields): string {
  const header = readString(hash, 'httpHeaderName');
  if (header !== undefined) return `header ${header}`;
  const query = readString(hash, 'httpQueryParameterName');
  if (query !== undefined) return `query ${query}`;
  const cookie = readMapping(hash, 'httpCookie');
  if (cookie !== undefined) return `cookie ${readString(cookie, 'name') ?? ''}`;
  return 'source IP';
}

/**
 * What a name of the cluster stands for: addresses or another name, each with a port. Every record type is made
 * from these. Source: coredns/coredns:plugin/kubernetes/kubernetes.go Records, findPods, findServices.
 */

import type { ClusterService, ServiceKey } from '../../cluster/cluster.ts';
import { type Ip, parseIp } from '../../net/ip.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';
import { type ClusterNames, type EndpointSubset, type NamePort, portsOrNone } from './cluster-names.ts';
import { isReverseName, labelsBelow } from './name.ts';
import { type ParsedName, parseName } from './parse-name.ts';
import type { MissReason } from './record.ts';
import type { KubernetesSettings } from './settings.ts';

export interface Entry {
  /** An address, or the name that an ExternalName Service stands for, as it is written. */
  readonly host: Ip | string;
  /** -1: none is declared (see `hasPort`). */
  readonly port: number;
  /** The labels of the name that owns the address, below the zone. */
  readonly owner: string;
  readonly origin?: SourceRef | undefined;
}

export interface Found {
  /** Otherwise the name is not there at all: NXDOMAIN. */
  readonly exists: boolean;
  readonly entries: readonly Entry[];
  /** The name asks for one topology zone. */
  readonly isZonal?: boolean;
  readonly service?: ClusterService | undefined;
  readonly origin?: SourceRef | undefined;
  readonly reason?: MissReason | undefined;
}

export interface Asked {
  readonly names: ClusterNames;
  readonly settings: KubernetesSettings;
  /** The zone, lower case and absolute. */
  readonly zone: string;
}

const EXISTS: Found = { exists: true, entries: [] };
const MISSING: Found = { exists: false, entries: [] };

/** @param name lower case, absolute, in the zone. */
export function findEntries(asked: Asked, name: string): Found {
  const { settings, names, zone } = asked;
  const multicluster = settings.multicluster.includes(zone);
  const parsed = parseName(labelsBelow(zone, name), { multicluster, zonal: settings.zonal });
  if (parsed === 'branch') return EXISTS;
  if (parsed === 'invalid' || isReverseName(name)) return MISSING;
  if (!names.isExposed(parsed.namespace)) {
    return isPlainService(parsed) ? { ...MISSING, reason: 'no-such-namespace' } : MISSING;
  }
  if (parsed.branch === 'pod') return findPod(asked, parsed);
  if (parsed.own === undefined) return EXISTS;
  return multicluster ? findImport(asked, parsed) : findService(asked, parsed);
}

function isPlainService({ branch, own, endpoint, port, protocol }: ParsedName): boolean {
  return branch === 'svc' && own !== undefined && endpoint === undefined && port === '' && protocol === '';
}

/** `10-1-0-5.<ns>.pod`: labels before it mean nothing. */
function findPod({ settings, names }: Asked, { namespace, own }: ParsedName): Found {
  if (settings.pods === 'disabled') return MISSING;
  if (own === undefined) return EXISTS;
  const text = addressText(own);
  const ip = /(^|\.)0\d/.test(text) ? undefined : parseIp(text);
  if (ip === undefined) return MISSING;
  const entry: Entry = { host: ip, port: 0, owner: `${own}.${namespace}.pod` };
  if (settings.pods === 'insecure') return { exists: true, entries: [entry] };
  // Compared as texts: only the canonical spelling is found.
  const pods = ip.text === text ? names.podsAt(ip).filter((pod) => pod.namespace === namespace) : [];
  const entries = pods.map(({ origin }): Entry => ({ ...entry, origin }));
  return entries.length === 0 ? MISSING : { exists: true, entries };
}

/** Dashes as dots for three of them, none beside another; else as colons. */
function addressText(label: string): string {
  const isIpv4 = label.split('-').length === 4 && !label.includes('--');
  return label.replaceAll('-', isIpv4 ? '.' : ':');
}

function findService(asked: Asked, parsed: ParsedName): Found {
  const key: ServiceKey = `${parsed.namespace}/${parsed.own ?? ''}`;
  const service = asked.names.service(key);
  if (service === undefined) return missingService(parsed);
  const { body, origin } = service;
  const about = { service, origin };
  if (isHidden(asked, service)) return { ...MISSING, ...about };
  const owner = `${service.name}.${service.namespace}.svc`;
  if (parsed.topology !== undefined && !body.headless) return MISSING;
  if (body.type === 'ExternalName') return findExternalName(service, parsed, owner);
  if (body.headless || parsed.endpoint !== undefined) {
    const found = findEndpoints(asked, { key, parsed, owner });
    if (found.exists) return { ...found, ...about };
    return isPlainService(parsed) ? { ...found, ...about, reason: 'headless-no-ready-pod' } : found;
  }
  return { ...findClusterIps(service.clusterIps, portsOrNone(body.ports), { parsed, owner }), ...about };
}

function missingService(parsed: ParsedName): Found {
  return isPlainService(parsed) ? { ...MISSING, reason: 'no-such-service' } : MISSING;
}

/** `ignore empty_service`: one with a cluster address and no ready endpoint. */
function isHidden({ names, settings }: Asked, { key, body }: ClusterService): boolean {
  if (!settings.ignoreEmptyService || body.type === 'ExternalName' || body.headless) return false;
  return isEmpty(names.subsetsOf(key));
}

function isEmpty(subsets: readonly EndpointSubset[]): boolean {
  return subsets.every(({ endpoints }) => endpoints.length === 0);
}

/** A name below it is nobody's; an address as its target is none either. */
function findExternalName({ body, origin }: ClusterService, parsed: ParsedName, owner: string): Found {
  const target = body.externalName ?? '';
  if (!isPlainService(parsed) || parseIp(target) !== undefined) return MISSING;
  const at = { origin: origin && refTo(origin, 'spec', 'externalName') };
  return { exists: true, entries: [{ host: target, port: 0, owner, ...at }], ...at };
}

interface Wanted {
  readonly parsed: ParsedName;
  readonly owner: string;
}

function findEndpoints(
  { names }: Asked,
  { key, parsed, owner }: Wanted & { readonly key: ServiceKey },
): Found {
  const { endpoint, topology } = parsed;
  const subsets = endpoint === undefined ? names.subsetsOf(key) : names.subsetsNamed(key, endpoint);
  const take = (zone: string | undefined) =>
    subsets.flatMap((subset) => {
      const ports = subset.ports.filter((port) => isWanted(port, parsed));
      const here =
        zone === undefined ? subset.endpoints : subset.endpoints.filter((one) => one.zone === zone);
      return here.flatMap(({ ip, name, origin }) =>
        ports.map(({ port }): Entry => ({ host: ip, port, owner: `${name}.${owner}`, origin })),
      );
    });
  if (topology === undefined) {
    const entries = take(undefined);
    return { exists: entries.length > 0, entries };
  }
  // The name of a zone exists with the Service: a zone that nobody is in is NODATA.
  const inZone = take(topology.zone);
  const entries = inZone.length === 0 && topology.isPreference ? take(undefined) : inZone;
  return { exists: true, entries, isZonal: true };
}

/** Each port of each address; of several ports all match that a name does not exclude. */
function findClusterIps(ips: readonly Ip[], ports: readonly NamePort[], { parsed, owner }: Wanted): Found {
  const matching = ports.filter((port) => isWanted(port, parsed));
  return {
    exists: matching.length > 0,
    entries: matching.flatMap(({ port }) => ips.map((host): Entry => ({ host, port, owner }))),
  };
}

function isWanted(candidate: NamePort, { port, protocol }: ParsedName): boolean {
  return (
    (port === '' || candidate.name.toLowerCase() === port) &&
    (protocol === '' || candidate.protocol.toLowerCase() === protocol)
  );
}

/** coredns/coredns:plugin/kubernetes/kubernetes.go findMultiClusterServices. */
function findImport({ names, settings }: Asked, parsed: ParsedName): Found {
  const key: ServiceKey = `${parsed.namespace}/${parsed.own ?? ''}`;
  const found = names.serviceImport(key);
  if (found === undefined)
    return isPlainService(parsed) ? { ...MISSING, reason: 'no-such-service' } : MISSING;
  const { body, metadata, origin } = found;
  const owner = `${metadata.name}.${metadata.namespace}.svc`;
  const subsets = names.importedSubsetsOf(key);
  if (settings.ignoreEmptyService && !body.headless && isEmpty(subsets)) return { ...MISSING, origin };
  if (!body.headless && parsed.endpoint === undefined) {
    return { ...findClusterIps(body.ips, body.ports, { parsed, owner }), origin };
  }
  const entries = subsets.flatMap((subset) => importedEntries(subset, { parsed, owner }));
  return { exists: entries.length > 0, entries, origin };
}

function importedEntries(subset: EndpointSubset, { parsed, owner }: Wanted): readonly Entry[] {
  const { clusterId = '', endpoints, ports } = subset;
  const { endpoint } = parsed;
  if (endpoint !== undefined && (parsed.clusterId ?? '') !== clusterId) return [];
  const matching = ports.filter((port) => isWanted(port, parsed));
  return endpoints
    .filter(({ name }) => endpoint === undefined || name === endpoint)
    .flatMap(({ ip, name, origin }) =>
      matching.map(({ port }): Entry => ({ host: ip, port, owner: `${name}.${clusterId}.${owner}`, origin })),
    );
}

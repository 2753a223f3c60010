/**
 * What the cluster DNS answers to one absolute name: CoreDNS with its kubernetes plugin, read from
 * right to left. Answers are made when asked for; no zone is built.
 * Source: coredns/coredns:plugin/kubernetes/{parse,kubernetes,handler}.go, plugin/backend_lookup.go.
 */

import type { ClusterService } from '../../cluster/cluster.ts';
import { clusterDnsService } from '../../cluster/implied-services.ts';
import { type Ip, type IpFamily, parseIp } from '../../net/ip.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';
import type { ControlPlane } from '../control-plane.ts';
import type { Slice, SliceEntry } from '../slice.ts';

export type AddressType = 'A' | 'AAAA';

export interface AddressAnswer {
  /** NOERROR without addresses is NODATA: the name exists, with nothing of that type. */
  readonly rcode: 'NOERROR' | 'NXDOMAIN';
  readonly addresses: readonly Ip[];
  /** Targets of the CNAME records before the addresses, in order, with final dots. */
  readonly cnames: readonly string[];
  /** The name, or what it leads to, is none of the cluster's: an upstream server is asked (A_UPSTREAM_NXDOMAIN). */
  readonly outside: boolean;
  /** The Service that the addresses belong to. */
  readonly service?: ClusterService;
  /** The object that made the name. */
  readonly origin?: SourceRef;
  readonly reason?: 'no-such-service' | 'no-such-namespace' | 'headless-no-ready-pod';
}

/** CNAMEs that are followed (coredns/coredns:plugin/pkg/upstream). */
const LONGEST_CHAIN = 10;

const NODATA: AddressAnswer = { rcode: 'NOERROR', addresses: [], cnames: [], outside: false };
const NXDOMAIN: AddressAnswer = { rcode: 'NXDOMAIN', addresses: [], cnames: [], outside: false };
/** What an upstream server would say is not in manifests. */
export const OUTSIDE: AddressAnswer = { ...NXDOMAIN, outside: true };

/**
 * The addresses of a name.
 * @param name absolute; its final dot may be left out.
 */
export function answerAddress(control: ControlPlane, name: string, type: AddressType): AddressAnswer {
  return answer({ control, family: type === 'A' ? 4 : 6, depth: 0 }, name);
}

interface Asking {
  readonly control: ControlPlane;
  readonly family: IpFamily;
  /** CNAMEs followed so far. */
  readonly depth: number;
}

function answer(asking: Asking, name: string): AddressAnswer {
  const { profile } = asking.control.cluster;
  const labels = labelsBelow(name, profile.clusterDomain);
  if (labels === undefined) return OUTSIDE;
  const branch = labels.pop();
  if (branch === undefined) return NODATA;
  if (branch === 'dns' && labels.length === 1 && labels[0] === 'ns') return dnsServers(asking);
  if (branch !== 'svc' && branch !== 'pod') return NXDOMAIN;
  const namespace = labels.pop();
  if (namespace === undefined) return NODATA;
  if (!asking.control.cluster.namespaces.has(namespace)) {
    return branch === 'svc' && labels.length === 1 ? { ...NXDOMAIN, reason: 'no-such-namespace' } : NXDOMAIN;
  }
  const own = labels.pop();
  if (own === undefined) return NODATA;
  return branch === 'pod'
    ? podAnswer(asking, own, labels)
    : serviceAnswer(asking, `${namespace}/${own}`, labels);
}

/** The labels before the cluster's domain, in lower case; undefined for a name outside of it. */
function labelsBelow(name: string, clusterDomain: string): string[] | undefined {
  const asked = name.toLowerCase().replace(/\.$/, '');
  const zone = clusterDomain.toLowerCase().replace(/\.$/, '');
  if (asked === zone) return [];
  return asked.endsWith(`.${zone}`) ? asked.slice(0, -zone.length - 1).split('.') : undefined;
}

/** `ns.dns.<zone>`: the name servers themselves. */
function dnsServers({ control, family }: Asking): AddressAnswer {
  const addresses = clusterDnsService(control.cluster)?.clusterIps ?? [];
  return addresses.length === 0 ? NXDOMAIN : { ...NODATA, addresses: ofFamily(addresses, family) };
}

/** `10-1-0-5.<ns>.pod`: with `pods insecure` any address is echoed; up to two labels before it are ignored. */
function podAnswer({ family }: Asking, address: string, before: readonly string[]): AddressAnswer {
  if (before.length > 2) return NXDOMAIN;
  const isIpv4 = address.split('-').length === 4 && !address.includes('--');
  if (isIpv4 && /(^|-)0\d/.test(address)) return NXDOMAIN;
  const ip = parseIp(address.replaceAll('-', isIpv4 ? '.' : ':'));
  return ip === undefined ? NXDOMAIN : { ...NODATA, addresses: ofFamily([ip], family) };
}

/** @param before labels before the Service's: none, an endpoint's name, or `_port._protocol`. */
function serviceAnswer(asking: Asking, key: ClusterService['key'], before: readonly string[]): AddressAnswer {
  const service = asking.control.serviceByKey.get(key);
  if (service === undefined)
    return before.length === 0 ? { ...NXDOMAIN, reason: 'no-such-service' } : NXDOMAIN;
  if (before.length > 2) return NXDOMAIN;
  const origin = service.origin === undefined ? {} : { origin: service.origin };
  if (service.body.type === 'ExternalName') {
    return before.length > 0
      ? NXDOMAIN
      : { ...externalNameAnswer(asking, service), ...externalOrigin(service) };
  }
  const wanted = wantedOf(before);
  const addresses =
    service.body.headless || wanted.endpoint !== undefined
      ? endpointAddresses(asking.control.slicesOf(key), wanted)
      : matchesPort(service.body.ports, wanted)
        ? service.clusterIps
        : [];
  if (addresses.length > 0)
    return { ...NODATA, addresses: ofFamily(addresses, asking.family), service, ...origin };
  const isEmpty = service.body.headless && before.length === 0;
  return { ...NXDOMAIN, ...(isEmpty ? { reason: 'headless-no-ready-pod', service, ...origin } : {}) };
}

interface Wanted {
  readonly endpoint?: string;
  readonly port?: string;
  readonly protocol?: string;
}

function wantedOf(before: readonly string[]): Wanted {
  const [first, second] = before;
  if (first === undefined) return {};
  if (second === undefined) return { endpoint: first };
  return { port: first.replace(/^_/, ''), protocol: second.replace(/^_/, '') };
}

/** Does any port have the wanted name and protocol? A Service without ports counts as one without a name. */
function matchesPort(ports: Slice['ports'], { port = '', protocol = '' }: Wanted): boolean {
  const named = ports.length > 0 ? ports : [{ name: '', protocol: '' }];
  return named.some(
    (candidate) =>
      (port === '' || candidate.name.toLowerCase() === port) &&
      (protocol === '' || candidate.protocol.toLowerCase() === protocol),
  );
}

/** Addresses of ready endpoints, whatever the family, each once. */
function endpointAddresses(slices: readonly Slice[], wanted: Wanted): readonly Ip[] {
  const entries = slices
    .filter(({ ports }) => matchesPort(ports, wanted))
    .flatMap(({ endpoints }) => endpoints.filter(({ ready }) => ready));
  const { endpoint } = wanted;
  const addresses = entries.flatMap((entry) =>
    endpoint === undefined
      ? entry.addresses
      : entry.addresses.filter((ip) => endpointName(entry, ip) === endpoint),
  );
  return [...new Set(addresses)];
}

/** An endpoint's hostname, else its address with dashes; a name may not end in one, hence the 0. */
function endpointName({ hostname }: SliceEntry, ip: Ip): string {
  if (hostname !== undefined) return hostname.toLowerCase();
  return ip.text.replaceAll(/[.:]/g, '-').replace(/-$/, '-0');
}

/** The CNAME is left out where it leads to nothing of the cluster's; where it leads outside, it stands. */
function externalNameAnswer(asking: Asking, { body }: ClusterService): AddressAnswer {
  const target = (body.externalName ?? '').replace(/\.$/, '');
  if (target === '' || parseIp(target) !== undefined) return NXDOMAIN;
  if (asking.depth === LONGEST_CHAIN) return NODATA;
  const next = answer({ ...asking, depth: asking.depth + 1 }, target);
  const cnames = [`${target}.`, ...next.cnames];
  if (next.outside) return { ...NODATA, cnames, outside: true };
  return next.addresses.length === 0 ? NODATA : { ...next, cnames };
}

function externalOrigin({ origin }: ClusterService): Pick<AddressAnswer, 'origin'> {
  return origin === undefined ? {} : { origin: refTo(origin, 'spec', 'externalName') };
}

function ofFamily(addresses: readonly Ip[], family: IpFamily): readonly Ip[] {
  return addresses.filter((ip) => ip.family === family);
}

/**
 * What of a pod's specification decides its own names, its /etc/hosts and its /etc/resolv.conf.
 * What is refused: kubernetes/kubernetes:pkg/apis/core/validation ValidatePodSpec, validatePodDNSConfig,
 * ValidateHostAliases.
 */

import { parseIp } from '../net/ip.ts';
import type { FieldPath } from '../source/document.ts';
import {
  type Fields,
  IP_FORM,
  pickStrings,
  readBoolean,
  readEnum,
  readMapping,
  readMappings,
  readValidStrings,
  reportForbidden,
  reportInvalid,
  reportRequired,
  requireString,
} from './fields.ts';
import { type Complaint, labelComplaint, searchComplaint, subdomainComplaint } from './name-forms.ts';

export type DnsPolicy = 'ClusterFirst' | 'ClusterFirstWithHostNet' | 'Default' | 'None';

const DNS_POLICIES: readonly DnsPolicy[] = ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'];

export interface PodDnsConfig {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly { readonly name: string; readonly value?: string }[];
}

/** Lines of /etc/hosts. */
export interface HostAlias {
  /** As written. */
  readonly ip: string;
  readonly hostnames: readonly string[];
  /** Relative to the object. */
  readonly path: FieldPath;
}

export interface PodNames {
  readonly hostname?: string;
  readonly subdomain?: string;
  /** The kernel's host name is the whole name. */
  readonly setHostnameAsFqdn?: true;
  /** KEP-4762: a name of its own, in place of hostname and subdomain. */
  readonly hostnameOverride?: string;
  readonly hostAliases?: readonly HostAlias[];
  readonly dnsPolicy: DnsPolicy;
  readonly dnsConfig?: PodDnsConfig;
}

const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_CHARACTERS = 2048;
const MAX_OVERRIDE = 64;

const ipComplaint: Complaint = (text) => (parseIp(text) === undefined ? IP_FORM : undefined);

/** @param spec the pod's. What is wrong is reported; of lists the entries that are right are used. */
export function readPodNames(spec: Fields, hostNetwork: boolean): PodNames {
  const dnsPolicy = readEnum(spec, 'dnsPolicy', DNS_POLICIES) ?? 'ClusterFirst';
  const dnsConfig = readDnsConfig(spec, dnsPolicy);
  const hostAliases = readMappings(spec, 'hostAliases').flatMap(readHostAlias);
  return {
    ...readHostnames(spec, hostNetwork),
    ...(hostAliases.length === 0 ? {} : { hostAliases }),
    dnsPolicy,
    ...(dnsConfig === undefined ? {} : { dnsConfig }),
  };
}

function readHostnames(
  spec: Fields,
  hostNetwork: boolean,
): Pick<PodNames, 'hostname' | 'subdomain' | 'setHostnameAsFqdn' | 'hostnameOverride'> {
  const { hostnameOverride } = pickStrings(spec, ['hostnameOverride']);
  const asFqdn = readBoolean(spec, 'setHostnameAsFQDN') ?? false;
  if (hostnameOverride !== undefined) {
    const complaint =
      hostnameOverride.length > MAX_OVERRIDE
        ? `must be no more than ${MAX_OVERRIDE} characters`
        : subdomainComplaint(hostnameOverride);
    if (complaint !== undefined) reportInvalid(spec, ['hostnameOverride'], hostnameOverride, complaint);
    if (asFqdn) reportForbidden(spec, 'hostnameOverride', 'may not be set beside setHostnameAsFQDN');
    if (hostNetwork) reportForbidden(spec, 'hostnameOverride', 'may not be set beside hostNetwork');
  }
  return {
    ...pickLabel(spec, 'hostname'),
    ...pickLabel(spec, 'subdomain'),
    ...(asFqdn ? { setHostnameAsFqdn: true } : {}),
    ...(hostnameOverride === undefined ? {} : { hostnameOverride }),
  };
}

function pickLabel<Key extends string>(spec: Fields, key: Key): { readonly [K in Key]?: string } {
  const picked = pickStrings(spec, [key]);
  const text = picked[key];
  const complaint = text === undefined ? undefined : labelComplaint(text);
  if (text === undefined || complaint === undefined) return picked;
  reportInvalid(spec, [key], text, complaint);
  return {};
}

function readHostAlias(fields: Fields): readonly HostAlias[] {
  const ip = requireString(fields, 'ip');
  const hostnames = readValidStrings(fields, 'hostnames', subdomainComplaint);
  const complaint = ip === undefined ? undefined : ipComplaint(ip);
  if (ip !== undefined && complaint !== undefined) reportInvalid(fields, ['ip'], ip, complaint);
  return ip === undefined || complaint !== undefined ? [] : [{ ip, hostnames, path: fields.path }];
}

function readDnsConfig(spec: Fields, policy: DnsPolicy): PodDnsConfig | undefined {
  const fields = readMapping(spec, 'dnsConfig');
  if (fields === undefined) {
    if (policy === 'None') {
      reportRequired(spec, 'dnsConfig', 'must provide `dnsConfig` when `dnsPolicy` is None');
    }
    return undefined;
  }
  const nameservers = readValidStrings(fields, 'nameservers', ipComplaint);
  if (policy === 'None' && isEmptyList(fields.raw['nameservers'])) {
    const detail = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
    reportRequired(fields, 'nameservers', detail);
  }
  const searches = readValidStrings(fields, 'searches', searchComplaint);
  reportExcess(fields, nameservers, searches);
  return { nameservers, searches, options: readMappings(fields, 'options').flatMap(readOption) };
}

function isEmptyList(value: unknown): boolean {
  return !Array.isArray(value) || value.length === 0;
}

/** More than the API server admits; the kubelet's limits cut it. */
function reportExcess(fields: Fields, nameservers: readonly string[], searches: readonly string[]): void {
  const { nameservers: servers, searches: domains } = fields.raw as Record<string, unknown>;
  if (nameservers.length > MAX_NAMESERVERS) {
    reportInvalid(fields, ['nameservers'], servers, `must not have more than ${MAX_NAMESERVERS} nameservers`);
  }
  if (searches.length > MAX_SEARCHES) {
    reportInvalid(fields, ['searches'], domains, `must not have more than ${MAX_SEARCHES} search paths`);
  }
  if (searches.join(' ').length > MAX_SEARCH_CHARACTERS) {
    const complaint = `must not have more than ${MAX_SEARCH_CHARACTERS} characters (including spaces) in the search list`;
    reportInvalid(fields, ['searches'], domains, complaint);
  }
}

function readOption(option: Fields): PodDnsConfig['options'] {
  const { name } = pickStrings(option, ['name']);
  if (name === undefined) reportRequired(option, 'name', 'must not be empty');
  return name === undefined ? [] : [{ name, ...pickStrings(option, ['value']) }];
}

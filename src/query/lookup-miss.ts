/** Why a name has no address, in terms of the manifests, and what is near. */

import type { ClusterService, Pod } from '../cluster/cluster.ts';
import { podSpecRef } from '../cluster/pod-spec-ref.ts';
import { isClusterNameServer } from '../control/dns/ask-name-server.ts';
import { labelsOf, MAX_LABEL, withoutFinalDot } from '../control/dns/name.ts';
import { podNameServers } from '../control/dns/pod-name-servers.ts';
import type { DnsReply } from '../control/dns/record.ts';
import type { Diagnostic, Help } from '../diagnostics/diagnostic.ts';
import { nearest } from '../diagnostics/did-you-mean.ts';
import { outsideBalancer } from '../l7/ingress-doors.ts';
import { tablesOf } from '../l7/ingress-tables.ts';
import { parseIp } from '../net/ip.ts';
import { refTo } from '../source/ref.ts';
import { clusterIndex } from './cluster-index.ts';
import { unservedFinding } from './ingress-findings.ts';
import { clusterLabels, type Explanation, type Looked } from './looked.ts';
import { endpointNames, isPodName, podNameMiss } from './pod-name-miss.ts';
import { isPublicEnd } from './public-ends.ts';
import type { Snapshot } from './snapshot.ts';

const MOST_SUGGESTIONS = 3;

/** Help that is likely to be right. */
export function likely(texts: readonly string[]): readonly Help[] {
  return texts.map((text) => ({ text, applicability: 'likely' as const }));
}

/** Why a name has no address, as an error at the object that decides; its code is the reason, where there is one. */
export function explainMiss(looked: Looked): Diagnostic {
  const found = explained(looked);
  const { result } = looked;
  const origin = result.steps
    .flatMap(({ replies }) => replies)
    .find(({ reply }) => reply?.origin !== undefined)?.reply?.origin;
  const at = found.at ?? origin;
  return {
    code: found.reason ?? 'name-not-found',
    severity: 'error',
    text: found.text,
    sources: at === undefined ? [] : [{ at, role: 'primary', label: found.label ?? found.text }],
    ...(found.help.length === 0 ? {} : { help: likely(found.help) }),
  };
}

function explained(looked: Looked): Explanation {
  return (
    unaskable(looked) ??
    externalNameMiss(looked) ??
    nodeMiss(looked) ??
    refusedMiss(looked) ??
    searchMiss(looked) ??
    podNameMiss(looked) ??
    endpointMiss(looked) ??
    serviceMiss(looked) ??
    otherMiss(looked)
  );
}

/** RFC 1035 2.3.4. */
function unaskable({ name, result }: Looked): Explanation | undefined {
  if (result.unaskable.length === 0 || result.steps.length > 0) return undefined;
  const long = labelsOf(name).find((label) => label.length > MAX_LABEL);
  if (long !== undefined) {
    const what = `a label has ${MAX_LABEL} characters at most, "${long}" has ${long.length}`;
    const help = 'no Service or pod can have such a name either: ask for one of at most 63 characters';
    return { text: `${what}: no packet can carry it, and nobody is asked`, help: [help] };
  }
  if (labelsOf(name).includes('')) {
    const help = `did you mean ${name.replace(/^\.+/, '').replace(/\.{2,}/g, '.')}?`;
    return { text: `${name} has an empty label: nobody is asked`, help: [help] };
  }
  return {
    text: `the name has ${name.length} characters, 253 are the limit: nobody is asked`,
    help: ['ask for a shorter name; within the namespace the name of the Service is enough'],
  };
}

/** An ExternalName Service that leads nowhere. */
function externalNameMiss({ snapshot, result, name, pod }: Looked): Explanation | undefined {
  const service = meantService(snapshot, name, pod);
  if (service?.body.type !== 'ExternalName') return undefined;
  const { externalName = '' } = service.body;
  const at = service.origin === undefined ? {} : { at: refTo(service.origin, 'spec', 'externalName') };
  const said = { ...at, label: `externalName of ${service.key}` };
  if (parseIp(externalName) !== undefined) {
    const help = 'use a Service without a selector and an EndpointSlice with that address';
    return {
      ...said,
      text: `externalName ${externalName} is an address: CoreDNS serves names only`,
      help: [help],
    };
  }
  if (externalName === '') {
    const text = `${service.key} has no externalName: CoreDNS answers with the root, which has no address`;
    return { ...said, text, help: ['write spec.externalName: the name that it stands for'] };
  }
  if (/[:/]/.test(externalName)) {
    const bare = externalName.replace(/^.*:\/\//, '').replace(/[:/].*$/, '');
    return {
      ...said,
      text: `externalName ${externalName} is no host name: it takes neither port nor scheme`,
      help: [`write externalName: ${bare}; the port is the client's to name`],
    };
  }
  const last = result.steps.at(-1);
  const isLoneAlias =
    last?.replies.some(({ reply }) => reply?.answer.some(({ type }) => type === 'CNAME')) === true;
  if (isLoneAlias) {
    const text = `${service.key} is another name for ${externalName}, which is outside the cluster and taken not to exist; the lone alias ends the search`;
    return {
      ...said,
      text,
      help: [`dns.upstream of the profile says what ${withoutFinalDot(externalName)}. is`],
    };
  }
  return {
    ...said,
    text: `${service.key} is another name for ${externalName}, which leads back to itself, or to nothing`,
    help: ['write the name of something that has an address'],
  };
}

function nodeMiss({ host, snapshot, pod, name }: Looked): Explanation | undefined {
  const [first] = host.resolvConf.nameservers;
  if (first === undefined) return noNameServer(pod);
  if (isClusterNameServer(snapshot.dns, first)) return undefined;
  const policy = `dnsPolicy ${pod.spec.dnsPolicy}${pod.hostNetwork ? ', hostNetwork' : ''}`;
  const why = pod.name === '' && pod.hostNetwork ? '' : ` (${policy})`;
  const node = pod.hostNetwork ? `node ${pod.node ?? ''}` : 'a plain pod';
  const asker = pod.name === '' ? node : pod.key;
  const server = podNameServers(snapshot.cluster, pod).find(({ ip }) => ip.text === first);
  const own = pod.name === '' && pod.hostNetwork ? 'its resolver' : "its node's resolver";
  const whom = server?.assumed === true ? own : first;
  return {
    text: `${asker} asks ${whom}, which does not know ${withoutFinalDot(name)}${why}`,
    help: policyHelp(snapshot, pod, name),
  };
}

/** A Corefile without a server block, or without a plugin in it, that answers for the name. */
function refusedMiss({ snapshot: { dns }, name, result }: Looked): Explanation | undefined {
  const replies = result.steps.flatMap((step) => step.replies.map(({ reply }) => reply));
  const isRefused = replies.every((reply) => reply?.rcode === 'REFUSED' && reply.by === 'server');
  if (replies.length === 0 || !isRefused || dns.origin === undefined) return undefined;
  return {
    text: `the cluster's DNS refuses the question: no server block of its Corefile answers for ${withoutFinalDot(name)}`,
    help: [
      'give a server block for the cluster domain the plugin kubernetes, and one for . the plugin forward',
    ],
    at: dns.origin,
    label: 'the Corefile',
  };
}

/** A pod that asks for a name of the cluster, and does not ask the cluster. */
function policyHelp(snapshot: Snapshot, pod: Pod, name: string): readonly string[] {
  if (pod.hostNetwork) {
    return pod.spec.dnsPolicy === 'ClusterFirst' ? ['set dnsPolicy: ClusterFirstWithHostNet'] : [];
  }
  const isOfCluster = saysCluster(snapshot, name) || meantService(snapshot, name, pod) !== undefined;
  if (pod.spec.dnsPolicy !== 'Default' || !(isOfCluster || isPodName(snapshot, name, pod))) return [];
  return ['set dnsPolicy: ClusterFirst: names of the cluster are known to its own DNS alone'];
}

/** The API server refuses policy None without name servers (validatePodDNSConfig). */
function noNameServer(pod: Pod): Explanation {
  const at = podSpecRef(pod, 'dnsPolicy');
  return {
    text: `the pod has no name server to ask: dnsPolicy ${pod.spec.dnsPolicy} takes those of dnsConfig, and it has none`,
    help: ['give spec.dnsConfig.nameservers, or write dnsPolicy: ClusterFirst'],
    ...(at === undefined ? {} : { at, label: 'no name server' }),
  };
}

/** The Service is there, and nobody asked for its whole name: a final dot, or a search list that does not lead to it. */
function searchMiss(looked: Looked): Explanation | undefined {
  const { snapshot, name, pod, result } = looked;
  const service = saysCluster(snapshot, name) ? undefined : meantService(snapshot, name, pod);
  if (service === undefined) return undefined;
  const zone = withoutFinalDot(snapshot.profile.clusterDomain).toLowerCase();
  const whole = `${service.name}.${service.namespace}.svc.${zone}`;
  if (result.steps.some((step) => withoutFinalDot(step.name).toLowerCase() === whole)) return undefined;
  return {
    text: `${name} is not the whole name of Service ${service.key}: ${notSearched(looked)}`,
    help: [`ask for ${whole}`],
  };
}

function notSearched({ name, host, resolver, result }: Looked): string {
  const { searches } = host.resolvConf;
  if (name.endsWith('.')) return 'the final dot keeps the search list out';
  if (searches.length === 0) return 'the pod has no search list';
  return result.steps.some(({ search }) => search !== undefined)
    ? `the search list (${searches.join(' ')}) does not lead to it`
    : `${resolver.name} asks it as it is, without the search list`;
}

/** The Service is there, the endpoint is not: a pod's name, most of the time. */
function endpointMiss({ snapshot, name, pod }: Looked): Explanation | undefined {
  const [endpoint, own, namespace = pod.namespace] = clusterLabels(snapshot, name);
  if (endpoint === undefined || own === undefined || endpoint.startsWith('_')) return undefined;
  const service = snapshot.control.serviceByKey.get(`${namespace}/${own}`);
  const isItself = snapshot.control.serviceByKey.has(`${own}/${endpoint}`);
  if (service === undefined || isItself || service.body.type === 'ExternalName') return undefined;
  const names = endpointNames(snapshot, service);
  const ready =
    names.length === 0
      ? 'it has no ready endpoint'
      : `it has ${names.slice(0, MOST_SUGGESTIONS).join(', ')}${names.length > MOST_SUGGESTIONS ? ', …' : ''}`;
  const [close] = nearest(endpoint, names, 1);
  const pods = podHint(snapshot, endpoint, service);
  // `example.com` beside a Service com: the name of somebody outside.
  if (close === undefined && pods.length === 0 && isPublicEnd(own) && !saysCluster(snapshot, name))
    return undefined;
  return {
    text: `Service ${service.key} has no ready endpoint named ${endpoint}: ${ready}`,
    help: [...(close === undefined ? [] : [`did you mean ${close}.${own}?`]), ...pods],
  };
}

/** A pod of that name is there: why has it no name of its own? Source: kubernetes/endpointslice:utils.go. */
function podHint({ cluster }: Snapshot, endpoint: string, service: ClusterService): readonly string[] {
  const pod = cluster.podByKey.get(`${service.namespace}/${endpoint}`);
  if (pod === undefined) return [];
  const { hostname, subdomain } = pod.spec;
  if (subdomain !== service.name) {
    return [
      `pod ${pod.key} has subdomain ${subdomain ?? '(none)'}: it must be ${service.name} (serviceName of a StatefulSet)`,
    ];
  }
  if (hostname === undefined) return [`pod ${pod.key} has no hostname: set spec.hostname`];
  return pod.readiness === 'ready'
    ? []
    : [`pod ${pod.key} is ${pod.readiness}: publishNotReadyAddresses would name it`];
}

function serviceMiss(looked: Looked): Explanation | undefined {
  const { snapshot, name, pod } = looked;
  const [own = name, namespace = pod.namespace] = clusterLabels(snapshot, name);
  const service = snapshot.control.serviceByKey.get(`${namespace}/${own}`);
  if (service?.body.headless === true) {
    const text = `headless Service ${service.key} has no ready pod`;
    return { text, help: [], reason: 'headless-no-ready-pod' };
  }
  if (service !== undefined) return familyMiss(looked, service);
  const { namespaces } = snapshot.cluster;
  const { servicesByName, servicesByNamespace } = clusterIndex(snapshot.cluster);
  const elsewhere = (servicesByName.get(own) ?? []).filter((each) => each.namespace !== namespace);
  const here = (servicesByNamespace.get(namespace) ?? []).map((each) => each.name);
  const isKnown = namespaces.has(namespace);
  const near = elsewhere.length > 0 ? [] : nearest(own, here, 1);
  const nearSpaces = isKnown ? [] : nearest(namespace, [...namespaces.keys()], 1);
  // `google.com` only looks like a Service in a namespace.
  const isMeant = isKnown || saysCluster(snapshot, name) || elsewhere.length > 0 || nearSpaces.length > 0;
  if (!isMeant) return undefined;
  const help = [
    ...elsewhere
      .slice(0, MOST_SUGGESTIONS)
      .map((each) => `Service ${own} is in namespace ${each.namespace}: use ${own}.${each.namespace}`),
    ...near.map((close) => `did you mean ${close}?`),
    ...(elsewhere.length > 0 ? [] : nearSpaces.map((close) => `did you mean ${own}.${close}?`)),
  ];
  if (!isKnown) return { text: `no namespace ${namespace}`, help, reason: 'no-such-namespace' };
  return { text: `no Service ${own} in ${namespace}`, help, reason: 'no-such-service' };
}

function familyMiss({ result, family }: Looked, service: ClusterService): Explanation {
  if (family !== undefined) return { text: `Service ${service.key} has no IPv${family} address`, help: [] };
  const types = [...new Set(result.steps.flatMap(({ replies }) => replies.map(({ type }) => type)))];
  return {
    text: `Service ${service.key} is there, and has no record of type ${types.join(' or ')}`,
    help: [],
  };
}

function otherMiss({ snapshot, name, result }: Looked): Explanation {
  const replies = result.steps.flatMap((step) => step.replies.flatMap(({ reply }) => reply ?? []));
  const outside = replies.findLast((reply) => reply.outside);
  if (outside === undefined) return { text: `${withoutFinalDot(name)} does not resolve`, help: [] };
  return unknownOutside(snapshot, name, outside);
}

/** A name that nobody outside is known to have. @param reply of a server outside; its origin is a host of the manifests. */
export function unknownOutside(
  snapshot: Snapshot,
  name: string,
  reply: DnsReply,
): Pick<Explanation, 'text' | 'help' | 'at'> {
  const bare = withoutFinalDot(name);
  const upstream = `dns.upstream of the profile says what is there: {${bare}.: [{type: A, data: 203.0.113.5}]}`;
  const alias = reply.answer.findLast(({ type }) => type === 'CNAME');
  if (alias !== undefined) {
    const target = withoutFinalDot(alias.data);
    const text = `${bare} is another name for ${target}, whose address is not known`;
    return { text, help: [upstream.replace(bare, target)] };
  }
  if (reply.origin !== undefined) {
    const known = ofIngress(snapshot, bare, reply.origin);
    if (known !== undefined) return known;
    const text = `${bare} is a host of the manifests whose load balancer has no known address`;
    return {
      text,
      help: ['say it in the profile: loadBalancer.addresses: {NAMESPACE/SERVICE: ADDRESS}', upstream],
    };
  }
  return { text: `${bare} is outside the cluster, where names are taken not to exist`, help: [upstream] };
}

/** Where the Ingress that has the host at this place leads, if not to a door of the cluster. */
function ofIngress(
  { control, objects }: Snapshot,
  host: string,
  { document, path }: NonNullable<DnsReply['origin']>,
): Pick<Explanation, 'text' | 'help' | 'at'> | undefined {
  const found = [...tablesOf(control).owners].find(
    ([{ origin }]) =>
      document === origin.document && origin.path.every((each, index) => each === path[index]),
  );
  if (found === undefined) return undefined;
  const [ingress, owner] = found;
  if (owner.controller !== undefined && outsideBalancer(ingress, owner.controller) !== undefined) {
    const text = `${host} leads to a load balancer outside the cluster, whose address the status of the Ingress does not have`;
    return {
      text,
      help: [
        `say its address in the profile: dns.upstream: {${host}.: [{type: A, data: ADDRESS}]}`,
        `k8snet explain ingress --url https://${host}/ tells which Service gets the request`,
      ],
    };
  }
  const unserved = unservedFinding(objects, ingress, owner);
  if (unserved === undefined) return undefined;
  const { text, help = [] } = unserved;
  return { text: `${host} leads nowhere. ${text}`, help: help.map((each) => each.text), at: owner.at };
}

/** Does the name itself say that it is one of the cluster's? */
export function saysCluster({ profile }: Snapshot, name: string): boolean {
  const bare = withoutFinalDot(name).toLowerCase();
  return bare.endsWith('.svc') || bare.endsWith(`.${profile.clusterDomain.toLowerCase()}`);
}

/** The Service that a name means: `api`, `api.shop`, `api.shop.svc.cluster.local`. */
export function meantService(snapshot: Snapshot, name: string, pod: Pod): ClusterService | undefined {
  const [own = '', namespace = pod.namespace] = clusterLabels(snapshot, name);
  return snapshot.control.serviceByKey.get(`${namespace}/${own}`);
}

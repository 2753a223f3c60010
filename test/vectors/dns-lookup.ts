/** Conformance cases about a whole look-up: the pod's file, its library's questions, the cluster's answers. */

import {
  askNameServer,
  type DnsReply,
  type DnsServer,
  type LookupStep,
  lookUpName,
  type NameLookupResult,
  parseResolvConf,
  podResolvConf,
  resolverNamed,
} from '../../src/index.ts';
import { parseIp } from '../../src/net/ip.ts';
import { differs, verdict } from './dns-compare.ts';
import type { LookupVector, ServerConfig } from './dns-file.ts';
import { readManifests, serverOf } from './dns-server.ts';
import type { VectorResult } from './result.ts';

/** One name, from one pod. @param manifests those of the fixture, without the pod. */
export function runLookup(
  vector: LookupVector,
  manifests: readonly unknown[],
  config: ServerConfig,
): VectorResult {
  const { id, client, kubelet, name, flavour, expect } = vector;
  const snapshot = readManifests([...manifests, client], config);
  const server = serverOf(snapshot, config);
  const pod = snapshot.cluster.pods.find((each) => each.name === 'client');
  const resolver = resolverNamed(flavour);
  if (pod === undefined || resolver === undefined)
    return { id, status: 'fail', detail: 'the case has no client pod' };
  const resolvConf = podResolvConf(pod, {
    clusterDns: kubelet.clusterDNS,
    clusterDomain: kubelet.clusterDomain,
    nodeResolvConf: parseResolvConf(kubelet.hostResolvConf),
    nodeFamilies: [4],
    limits: 'expanded',
  });
  const hosts = hostsOf(client);
  const found = lookUpName(resolver, { resolvConf, hosts }, { name }, (address, question) =>
    askNameServer(server, address, question),
  );
  const { nameservers, searches, options } = resolvConf;
  return verdict({ id }, [
    differs('resolvconf', expect.resolvconf, { nameservers, searches, options }),
    differs(
      'steps',
      expect.steps.map(expectedStep),
      found.steps.map((step) => stepFacts(step, server)),
    ),
    differs(
      'questions',
      expect.questions,
      found.steps.reduce((sum, step) => sum + step.servers.length * step.replies.length, 0),
    ),
    expect.wastedSteps === null
      ? undefined
      : differs('wastedSteps', expect.wastedSteps, found.steps.length - 1),
    differs('result', expect.result, resultOf(found, expect.result)),
  ]);
}

/** spec.hostAliases as lines of /etc/hosts. */
function hostsOf(client: unknown) {
  const { spec } = client as {
    spec: { hostAliases?: readonly { ip: string; hostnames: readonly string[] }[] };
  };
  return (spec.hostAliases ?? []).flatMap(({ ip, hostnames }) => {
    const address = parseIp(ip);
    return address === undefined ? [] : [{ ip: address, names: hostnames }];
  });
}

function expectedStep({ name, server, rcode, answers }: LookupVector['expect']['steps'][number]) {
  return { name, server, rcode, answers: answers === undefined ? undefined : sortedValues(answers) };
}

/** A server that is not the cluster's knows nothing: its code is not compared. */
function stepFacts({ name, server, replies }: LookupStep, { control }: DnsServer) {
  const isCluster = control.cluster.services.some(({ clusterIps }) =>
    clusterIps.some(({ text }) => text === server),
  );
  if (!isCluster) return { name, server, rcode: 'upstream', answers: undefined };
  const [first] = replies;
  const rcode = first?.reply?.rcode ?? 'TIMEOUT';
  return {
    name,
    server,
    rcode,
    answers: rcode === 'NOERROR' ? answersOf(replies.map(({ reply }) => reply)) : undefined,
  };
}

/** Addresses and aliases of the replies to A and AAAA. */
function answersOf(replies: readonly (DnsReply | undefined)[]) {
  const found = new Map<string, Set<string>>();
  for (const { type, data } of replies.flatMap((reply) => reply?.answer ?? [])) {
    found.set(type, (found.get(type) ?? new Set()).add(data));
  }
  return sortedValues(Object.fromEntries([...found].map(([type, data]) => [type, [...data]])));
}

function sortedValues(answers: Readonly<Record<string, readonly string[]>>) {
  return Object.fromEntries(
    Object.keys(answers)
      .sort()
      .map((type) => [type, [answers[type] ?? []].flat().sort()]),
  );
}

function resultOf(
  { status, addresses }: NameLookupResult,
  expected: { readonly addresses?: readonly string[] },
) {
  if (expected.addresses === undefined) return { status };
  return { status, addresses: addresses.map(({ text }) => text) };
}

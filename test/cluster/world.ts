/** What tests of the cluster and its controllers start from: manifests and a profile, both as YAML. */

import { readFileSync } from 'node:fs';
import { buildCluster } from '../../src/cluster/build.ts';
import type { Cluster, Pod, ServiceKey } from '../../src/cluster/cluster.ts';
import { readProfile } from '../../src/cluster/read-profile.ts';
import { buildControlPlane, type ControlPlane } from '../../src/control/control-plane.ts';
import { clusterDns } from '../../src/control/dns/cluster-dns.ts';
import type { DnsServer } from '../../src/control/dns/server.ts';
import type { ServicePort } from '../../src/control/service-port.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { readObjects } from '../../src/k8s/read.ts';
import { type Cidr, parseCidr } from '../../src/net/cidr.ts';
import { type Ip, parseIp, printSocketAddress } from '../../src/net/ip.ts';
import { locate } from '../../src/source/ref.ts';
import { readDocuments } from '../../src/source/yaml.ts';

export interface World {
  readonly cluster: Cluster;
  readonly control: ControlPlane;
  readonly dns: DnsServer;
  readonly diagnostics: readonly Diagnostic[];
}

/** Cluster and control plane of manifests; `profile` is the text of a profile file. */
export function worldOf(text: string, profile = '', file = 'manifests.yaml'): World {
  const diagnostics: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic) => void diagnostics.push(diagnostic);
  const facts = readProfile({ file: { name: 'k8snet.yaml', text: profile }, flags: { set: [] } }, report);
  const documents = readDocuments({ name: file, text }, report);
  const options = { namespace: facts.namespace, defaults: facts.input === 'authored' };
  const cluster = buildCluster(readObjects(documents, options, report), facts, report);
  const control = buildControlPlane(cluster, report);
  return { cluster, control, dns: clusterDns(control, report), diagnostics };
}

/** The world of a file below fixtures/, by whose name diagnostics cite it. */
export function worldOfFixture(name: string, profile = ''): World {
  return worldOf(readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), 'utf8'), profile, name);
}

/** The address that a text means. */
export function ip(text: string): Ip {
  const parsed = parseIp(text);
  if (parsed === undefined) throw new Error(`not an address: ${text}`);
  return parsed;
}

/** The range that a text means. */
export function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new Error(`not a range: ${text}`);
  return parsed;
}

/** A pod that must be there. */
export function pod({ cluster }: World, key: Pod['key']): Pod {
  const found = cluster.podByKey.get(key);
  if (found === undefined) throw new Error(`no pod ${key} among ${[...cluster.podByKey.keys()].join(', ')}`);
  return found;
}

/** A Service port that must be there. */
export function servicePort({ control }: World, key: string): ServicePort {
  const found = control.servicePorts.find((candidate) => candidate.key === key);
  if (found === undefined) throw new Error(`no Service port ${key}`);
  return found;
}

/** `ip:port` of every endpoint of a Service port, in order. */
export function endpoints(world: World, key: string): readonly string[] {
  return servicePort(world, key).endpoints.map((endpoint) => printSocketAddress(endpoint.ip, endpoint.port));
}

/** Cluster addresses of a Service. */
export function clusterIps({ control }: World, key: ServiceKey): readonly string[] {
  return control.serviceByKey.get(key)?.clusterIps.map(({ text }) => text) ?? [];
}

/** `code file:line` of each diagnostic, at its first source. */
export function codesAt(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.map(({ code, sources: [first] }) => {
    if (first === undefined) return code;
    const { file, line } = locate(first.at);
    return `${code} ${file}:${line}`;
  });
}

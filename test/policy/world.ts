/** Small clusters for policy tests: pods and policies as YAML text. */

import { loadSnapshot, type Protocol, type Snapshot } from '../../src/index.ts';
import { parseIp } from '../../src/net/ip.ts';
import type { PolicyFlow } from '../../src/policy/decide.ts';
import { type Party, partyAt, partyOfPod } from '../../src/policy/party.ts';

/** The snapshot of a text of manifests. @param set `KEY=VALUE` as for --set. */
export function world(text: string, set: readonly string[] = []): Snapshot {
  return loadSnapshot({ files: [{ name: 'world.yaml', text }], profile: { flags: { set } } });
}

/** A Pod with labels as `key=value` words. */
export function podYaml(name: string, labels: string, more = ''): string {
  const [namespace, pod] = name.split('/');
  const pairs = labels.split(' ').filter((word) => word !== '');
  const map = pairs.map((pair) => pair.replace('=', ': ')).join(', ');
  return [
    '---',
    'apiVersion: v1',
    'kind: Pod',
    `metadata: {name: ${pod}, namespace: ${namespace}, labels: {${map}}}`,
    `spec: {containers: [{name: c${more}}]}`,
  ].join('\n');
}

/** A NetworkPolicy with the rest of its spec as flow YAML, on one line. */
export function policyYaml(name: string, spec: string): string {
  const [namespace, policy] = name.split('/');
  return [
    '---',
    'apiVersion: networking.k8s.io/v1',
    'kind: NetworkPolicy',
    `metadata: {name: ${policy}, namespace: ${namespace}}`,
    `spec: {${spec}}`,
  ].join('\n');
}

/** An end of a flow: `ns/pod` or an address. */
function party({ cluster }: Snapshot, text: string): Party {
  const ip = parseIp(text);
  if (ip !== undefined) return partyAt(cluster, ip);
  const pod = cluster.podByKey.get(text as `${string}/${string}`);
  if (pod === undefined) throw new Error(`no pod ${text}`);
  return partyOfPod(cluster, pod);
}

/** A flow between two ends. */
export function flow(
  snapshot: Snapshot,
  ends: readonly [from: string, to: string],
  [port, protocol]: readonly [port: number, protocol?: Protocol],
): PolicyFlow {
  const [from, to] = ends;
  return { from: party(snapshot, from), to: party(snapshot, to), port, protocol: protocol ?? 'tcp' };
}

/** What manifests show of Cilium: its ConfigMap, its DaemonSet, CiliumNode objects (cilium/cilium:pkg/option/config.go). */

import type { Cluster } from '../../cluster/cluster.ts';
import type { CniEvidence } from '../cni.ts';
import { agentOf, configMapOf, fieldOf, isYes, mappingAt, numberIn, textAt } from './marks.ts';

const AGENT = /(^|\/)cilium\/cilium(-ci|-dev)?(:|@|$)|(^|\/)anetd\b/;

export function detectCilium(cluster: Cluster): CniEvidence | undefined {
  const config = configMapOf(cluster, 'cilium-config');
  const agent = agentOf(cluster, AGENT);
  const origin = config?.origin ?? agent?.origin;
  if (origin === undefined) return undefined;
  const data = config?.data ?? new Map<string, string>();
  const mtu = numberIn(data.get('mtu'));
  return {
    ...backendOf(data),
    options: { ...optionsOf(data), ...routersOf(cluster) },
    ...(mtu === undefined ? {} : { mtu }),
    origin,
  };
}

/** `routing-mode` and `tunnel-protocol`; until 1.14 `tunnel` said both. */
function backendOf(data: ReadonlyMap<string, string>): { readonly backend?: string } {
  const special = ['enable-wireguard', 'enable-ipsec', 'enable-egress-gateway'].find((key) =>
    isYes(data.get(key)),
  );
  if (special !== undefined && special !== 'enable-egress-gateway') return { backend: `with ${special}` };
  const old = data.get('tunnel');
  const mode = data.get('routing-mode') ?? (old === 'disabled' ? 'native' : undefined);
  if (mode === 'native') return { backend: 'native' };
  const protocol = data.get('tunnel-protocol') ?? (old === 'disabled' ? undefined : old);
  return protocol === undefined || protocol === '' ? {} : { backend: protocol };
}

const FLAGS: readonly (readonly [key: string, option: string])[] = [
  ['enable-bpf-masquerade', 'bpfMasquerade'],
  ['enable-ipv4-masquerade', 'masquerade'],
  ['auto-direct-node-routes', 'autoDirectNodeRoutes'],
  ['enable-endpoint-routes', 'endpointRoutes'],
  ['bpf-lb-sock-hostns-only', 'socketLBHostNamespaceOnly'],
];

function optionsOf(data: ReadonlyMap<string, string>): Readonly<Record<string, unknown>> {
  const options: Record<string, unknown> = {};
  for (const [key, option] of FLAGS) {
    const value = isYes(data.get(key));
    if (value !== undefined) options[option] = value;
  }
  const replacement = data.get('kube-proxy-replacement');
  if (replacement !== undefined) options['kubeProxyReplacement'] = isYes(replacement) === true;
  const legacy = isYes(data.get('enable-host-legacy-routing'));
  if (legacy !== undefined) options['bpfHostRouting'] = !legacy;
  const mode = data.get('bpf-lb-mode');
  if (mode !== undefined) options['loadBalancerMode'] = mode;
  const native = data.get('ipv4-native-routing-cidr') ?? data.get('native-routing-cidr');
  if (native !== undefined && native !== '') options['nativeRoutingCIDR'] = native;
  return options;
}

/** Of each node, the address that its CiliumNode gives as CiliumInternalIP. */
function routersOf({ objects }: Cluster): Readonly<Record<string, unknown>> {
  const routers: [string, string][] = [];
  for (const { name, raw } of objects.otherOfKind('CiliumNode')) {
    const addresses = fieldOf(mappingAt(raw, 'spec'), 'addresses');
    if (!Array.isArray(addresses)) continue;
    for (const entry of addresses) {
      const ip = textAt(entry, 'ip');
      if (textAt(entry, 'type') === 'CiliumInternalIP' && ip !== undefined) routers.push([name, ip]);
    }
  }
  return routers.length === 0 ? {} : { routerAddresses: Object.fromEntries(routers) };
}

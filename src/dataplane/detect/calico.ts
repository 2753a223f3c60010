/**
 * What manifests show of Calico: the operator's Installation, IP pools, the calico-node DaemonSet and its ConfigMap.
 * Sources: projectcalico/calico:manifests, tigera/operator:api/v1/installation_types.go.
 */

import type { Cluster } from '../../cluster/cluster.ts';
import type { OtherObject } from '../../k8s/object.ts';
import { refTo } from '../../source/ref.ts';
import type { CniEvidence } from '../cni.ts';
import { type Agent, agentOf, configMapOf, fieldOf, isYes, mappingAt, numberIn, textAt } from './marks.ts';

export const CALICO_AGENT: RegExp = /(^|\/)calico\/node\b|(^|\/)calico-node\b/;
const POOL_GROUPS = ['projectcalico.org/', 'crd.projectcalico.org/'];

/** The backend of each `encapsulation` of an Installation (operator.tigera.io/v1). */
const ENCAPSULATIONS: Readonly<Record<string, string>> = {
  IPIP: 'ipip',
  IPIPCrossSubnet: 'ipip-crosssubnet',
  VXLAN: 'vxlan',
  VXLANCrossSubnet: 'vxlan-crosssubnet',
  None: 'bgp',
};

/** Pools count more than what would make them. */
export function detectCalico(cluster: Cluster): CniEvidence | undefined {
  const agent = agentOf(cluster, CALICO_AGENT);
  const installation = detectByInstallation(cluster);
  const pools = detectByPools(cluster);
  const plain = agent === undefined ? undefined : detectByAgent(cluster, agent);
  const shown = [pools, installation, plain].filter((evidence) => evidence !== undefined);
  const [first] = shown;
  if (first === undefined) return undefined;
  const special = besideAnother(cluster);
  const options = Object.assign({}, ...shown.toReversed().map((evidence) => evidence.options));
  const mtu = shown.find((evidence) => evidence.mtu !== undefined)?.mtu;
  return {
    ...first,
    options,
    ...(mtu === undefined ? {} : { mtu }),
    ...(special === undefined ? {} : { backend: special }),
  };
}

/** The same, where Felix runs its programs in the place of the packet filter. */
export function detectCalicoEbpf(cluster: Cluster): CniEvidence | undefined {
  const agent = agentOf(cluster, CALICO_AGENT);
  const felix = felixSettings(cluster, agent);
  const isBpf =
    isYes(felix('bpfEnabled')) === true ||
    installationsOf(cluster).some(
      ({ raw }) => textAt(raw, 'spec', 'calicoNetwork', 'linuxDataplane') === 'BPF',
    );
  const shown = isBpf ? detectCalico(cluster) : undefined;
  if (shown === undefined) return undefined;
  return { ...shown, options: { ...shown.options, ...ebpfOptions(felix) } };
}

/**
 * A setting of Felix: the agent's environment wins over the FelixConfiguration `default`, of which the other ones are for
 * single nodes (felix/config/config_params.go: environment, file, per host, global).
 */
function felixSettings({ objects }: Cluster, agent: Agent | undefined): (name: string) => string | undefined {
  const [config] = objects.otherOfKind('FelixConfiguration').filter(({ name }) => !name.startsWith('node.'));
  return (name) => {
    const value = config === undefined ? undefined : fieldOf(mappingAt(config.raw, 'spec'), name);
    const written = Array.isArray(value) ? value.join(',') : value;
    return (
      agent?.env.get(`FELIX_${name.toUpperCase()}`) ?? (written === undefined ? undefined : String(written))
    );
  };
}

/** Values that Felix does not know count as its defaults. */
function ebpfOptions(felix: (name: string) => string | undefined): Readonly<Record<string, unknown>> {
  const mode = felix('bpfExternalServiceMode')?.toLowerCase();
  const sockets = felix('bpfConnectTimeLoadBalancing')?.toLowerCase();
  const excluded = felix('bpfExcludeCIDRsFromNAT');
  const turned = isYes(felix('bpfConnectTimeLoadBalancingEnabled')) === false ? 'disabled' : sockets;
  return {
    ...(mode === 'dsr' ? { externalServices: 'dsr' } : {}),
    ...(turned === 'enabled' || turned === 'disabled' ? { connectTimeLoadBalancing: turned } : {}),
    ...(excluded === undefined ? {} : { excludedFromNAT: excluded }),
  };
}

/** Policies alone, beside another CNI that wires the pods. */
function besideAnother(cluster: Cluster): string | undefined {
  const plugin = installationsOf(cluster)
    .map(({ raw }) => textAt(raw, 'spec', 'cni', 'type'))
    .find((type) => type !== undefined && type !== 'Calico');
  return plugin === undefined ? undefined : `beside ${plugin}`;
}

function installationsOf({ objects }: Cluster): readonly OtherObject[] {
  return objects
    .otherOfKind('Installation')
    .filter(({ apiVersion }) => apiVersion.startsWith('operator.tigera.io/'));
}

function detectByInstallation(cluster: Cluster): CniEvidence | undefined {
  const [installation] = installationsOf(cluster);
  if (installation === undefined) return undefined;
  const network = mappingAt(installation.raw, 'spec', 'calicoNetwork');
  const pools = network['ipPools'];
  const pool = Array.isArray(pools) ? pools[0] : undefined;
  // The operator's default where no pool is written (tigera/operator:pkg/controller/ippool).
  const encapsulation = textAt(pool, 'encapsulation') ?? 'IPIP';
  const mtu = network['mtu'];
  const path = ['spec', 'calicoNetwork', 'ipPools', 0, 'encapsulation'];
  return {
    backend: ENCAPSULATIONS[encapsulation] ?? encapsulation,
    options: poolOptions(textAt(pool, 'natOutgoing'), fieldOf(pool, 'blockSize')),
    ...(typeof mtu === 'number' && mtu > 0 ? { mtu } : {}),
    origin: pool === undefined ? installation.origin : refTo(installation.origin, ...path),
  };
}

function detectByPools({ objects }: Cluster): CniEvidence | undefined {
  const pools = objects
    .otherOfKind('IPPool')
    .filter(({ apiVersion }) => POOL_GROUPS.some((group) => apiVersion.startsWith(group)))
    .filter(({ raw }) => fieldOf(mappingAt(raw, 'spec'), 'disabled') !== true);
  const backends = new Set(
    pools.map(({ raw }) => backendOfModes(textAt(raw, 'spec', 'ipipMode'), textAt(raw, 'spec', 'vxlanMode'))),
  );
  const [pool] = pools;
  const [backend] = backends;
  if (pool === undefined || backend === undefined) return undefined;
  const spec = mappingAt(pool.raw, 'spec');
  const cidrs = pools.flatMap(({ raw }) => textAt(raw, 'spec', 'cidr') ?? []);
  return {
    backend: backends.size === 1 ? backend : 'with pools of several encapsulations',
    options: {
      ...poolOptions(fieldOf(spec, 'natOutgoing') === true ? 'Enabled' : 'Disabled', spec['blockSize']),
      pools: cidrs,
    },
    origin: refTo(pool.origin, 'spec'),
  };
}

/** Absent modes are Never (libcalico-go/lib/apis/v3/ippool.go). */
function backendOfModes(ipip = 'Never', vxlan = 'Never'): string {
  const [name, mode] =
    vxlan.toLowerCase() === 'never' ? ['ipip', ipip.toLowerCase()] : ['vxlan', vxlan.toLowerCase()];
  if (mode === 'never') return 'bgp';
  return mode === 'crosssubnet' ? `${name}-crosssubnet` : name;
}

function poolOptions(natOutgoing: string | undefined, blockSize: unknown): Readonly<Record<string, unknown>> {
  const nat = isYes(natOutgoing);
  return {
    ...(nat === undefined ? {} : { natOutgoing: nat }),
    ...(typeof blockSize === 'number' ? { blockSize } : {}),
  };
}

/** calico-node makes the default pool from its environment (node/pkg/lifecycle/startup/startup.go). */
function detectByAgent(cluster: Cluster, { env, origin }: Agent): CniEvidence {
  const config = configMapOf(cluster, 'calico-config');
  const backend = config?.data.get('calico_backend') ?? env.get('CALICO_NETWORKING_BACKEND');
  const vxlan = env.get('CALICO_IPV4POOL_VXLAN') ?? (backend === 'vxlan' ? 'Always' : 'Never');
  const ipip = env.get('CALICO_IPV4POOL_IPIP') ?? 'Never';
  const mtu = numberIn(config?.data.get('veth_mtu'));
  const size = numberIn(env.get('CALICO_IPV4POOL_BLOCK_SIZE'));
  return {
    backend: backendOfModes(ipip === 'Off' ? 'Never' : ipip, vxlan),
    options: poolOptions(env.get('CALICO_IPV4POOL_NAT_OUTGOING') ?? 'true', size),
    ...(mtu === undefined ? {} : { mtu }),
    origin,
  };
}

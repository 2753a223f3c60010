/** Every CNI with every backend, and the options that wire it otherwise, as words of `--set`. */

import { CNIS } from '../../src/dataplane/cnis.ts';

export interface Road {
  readonly name: string;
  readonly set: readonly string[];
}

interface Variant {
  readonly options: readonly string[];
  /** The backends that take it; default: all. */
  readonly backends?: readonly string[];
}

/** Options that change devices, rules or programs. */
const VARIANTS: Readonly<Record<string, readonly Variant[]>> = {
  flannel: [
    { options: ['directRouting=true'], backends: ['vxlan', 'ipip'] },
    { options: ['nftables=true'] },
    { options: ['ipMasq=false'], backends: ['vxlan'] },
  ],
  bridge: [{ options: ['hairpinMode=true'] }, { options: ['ipMasq=false'] }],
  calico: [{ options: ['natOutgoing=false'], backends: ['vxlan'] }],
  'calico-ebpf': [
    { options: ['externalServices=dsr'] },
    { options: ['connectTimeLoadBalancing=disabled'] },
    { options: ['connectTimeLoadBalancing=enabled'] },
  ],
  cilium: [
    { options: ['kubeProxyReplacement=true'] },
    { options: ['kubeProxyReplacement=true', 'loadBalancerMode=dsr'], backends: ['geneve', 'native'] },
    { options: ['kubeProxyReplacement=true', 'bpfMasquerade=true'] },
    { options: ['kubeProxyReplacement=true', 'socketLBHostNamespaceOnly=true'] },
    { options: ['endpointRoutes=true'] },
    { options: ['autoDirectNodeRoutes=false'], backends: ['native'] },
  ],
  'aws-vpc': [{ options: ['externalSNAT=true'] }],
};

/** The roads of all CNIs; the first of each backend has no options. */
export const ROADS: readonly Road[] = CNIS.flatMap(({ name, backends }) =>
  backends.flatMap((backend) =>
    [{ options: [] }, ...(VARIANTS[name] ?? [])]
      .filter((variant: Variant) => variant.backends?.includes(backend.name) ?? true)
      .map(({ options }) => ({
        name: [name, backend.name, ...options].join(' '),
        set: [
          `cni.name=${name}`,
          `cni.backend=${backend.name}`,
          ...options.map((option) => `cni.options.${option}`),
        ],
      })),
  ),
);

export const PROXIES = ['iptables', 'nftables', 'ipvs'] as const;

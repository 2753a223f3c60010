/** The form of conformance files about kube-proxy. */

export interface ExpectedVerdict {
  readonly verdict: string;
  readonly backends: readonly string[];
  readonly masquerade: boolean;
}

export interface PacketCase {
  readonly name: string;
  readonly source: string;
  readonly dest: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly expect?: ExpectedVerdict;
  readonly expectByMode?: Readonly<Record<string, ExpectedVerdict>>;
}

export interface NodeFacts {
  readonly name: string;
  readonly ip: string;
  readonly primaryAddresses?: readonly string[];
  readonly addresses?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
}

export interface ClusterFacts {
  readonly nodes: readonly NodeFacts[];
  /** The node whose rules are asked. */
  readonly localNode: string;
  readonly clusterCIDR: string;
  readonly serviceCIDRs?: readonly string[];
  readonly localDetector: { readonly mode: 'ClusterCIDR' | 'none' };
  readonly kubeProxy?: {
    readonly masqueradeAll: boolean;
    readonly masqueradeBit: number;
    readonly localhostNodePorts: boolean;
    readonly nodePortAddresses: readonly string[] | null;
  };
  readonly manifests: readonly unknown[];
}

export interface PacketsVector {
  readonly id: string;
  readonly kind: 'packets';
  readonly mode: 'iptables' | 'nftables' | 'both';
  readonly cluster: ClusterFacts;
  readonly packets: readonly PacketCase[];
}

export interface CategorizeVector {
  readonly id: string;
  readonly kind: 'categorize';
  readonly cluster: ClusterFacts;
  readonly expect: {
    readonly clusterEndpoints: readonly string[] | null;
    readonly localEndpoints: readonly string[] | null;
    readonly allReachable: readonly string[] | null;
    readonly hasAnyEndpoints: boolean;
  };
}

/** A case about the names of a Service port, of an endpoint of it, or of a container's host ports. */
export interface NameCase {
  readonly namespace?: string;
  readonly service?: string;
  readonly port?: string;
  readonly protocol?: string;
  readonly endpoint?: string;
  readonly network?: string;
  readonly containerID?: string;
  readonly expect: Readonly<Record<string, string>>;
}

export interface NamesVector {
  readonly id: string;
  readonly kind: 'names';
  readonly cases: readonly NameCase[];
}

export interface ProbabilityVector {
  readonly id: string;
  readonly kind: 'probability';
  readonly cases: readonly { readonly n: number; readonly expect: string }[];
}

/** The port mappings of one container. */
export interface HostPortVector {
  readonly id: string;
  readonly kind: 'hostport';
  readonly mode: 'iptables' | 'nftables';
  readonly snat: boolean;
  readonly portMappings: readonly {
    readonly hostPort: number;
    readonly containerPort: number;
    readonly protocol: string;
    readonly hostIP?: string;
  }[];
  readonly cases: readonly { readonly podAddress: string; readonly expect: readonly unknown[] }[];
}

/** Questions that are not modelled yet; their rows or cases are counted. */
export interface OtherVector {
  readonly id: string;
  readonly kind: 'new';
  readonly expect?: readonly unknown[];
  readonly cases?: readonly unknown[];
}

export interface EnvVector {
  readonly id: string;
  readonly kind: 'env';
  readonly pod_namespace: string;
  readonly enableServiceLinks: boolean;
  readonly pod_name?: string;
  readonly container_env?: readonly unknown[];
  readonly services: readonly {
    readonly metadata: { readonly name: string; readonly namespace: string };
  }[];
  /** In the order of the builder; else a map. */
  readonly ordered?: boolean;
  readonly expect: readonly { readonly name: string; readonly value: string }[];
}

export type KubeProxyVector =
  | PacketsVector
  | CategorizeVector
  | NamesVector
  | ProbabilityVector
  | HostPortVector
  | EnvVector
  | OtherVector;

export interface KubeProxyFile {
  readonly format: 'k8snet-kube-proxy-vectors/1';
  readonly vectors: readonly KubeProxyVector[];
}

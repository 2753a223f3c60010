/** Corefiles that the real CoreDNS was run with, and that ours is read from. */

export interface CorefileCase {
  readonly name: string;
  /** With PORT, API and UPSTREAM for what is known only when it runs. */
  readonly corefile: string;
  /** Zones that questions are asked about. */
  readonly zones: readonly string[];
}

const ZONE = 'cluster.local.';
const ALL = 'cluster.local in-addr.arpa ip6.arpa';

interface Parts {
  readonly zones?: string;
  /** Lines of the plugin kubernetes. */
  readonly options?: readonly string[];
  /** Lines beside it. */
  readonly plugins?: readonly string[];
}

function corefile({ zones = ALL, options = [], plugins = [] }: Parts): string {
  const lines = (indent: string, from: readonly string[]) =>
    from.map((line) => `${indent}${line}\n`).join('');
  return `.:PORT {
    errors
${lines('    ', plugins)}    kubernetes ${zones} {
        endpoint API
${lines('        ', options)}    }
    forward . UPSTREAM
}
`;
}

const KUBEADM = ['pods insecure', 'fallthrough in-addr.arpa ip6.arpa', 'ttl 30'];

/** Each set of options that changes answers. */
export const COREFILES: readonly CorefileCase[] = [
  { name: 'the plugin’s defaults', corefile: corefile({}), zones: [ZONE] },
  { name: 'kubeadm', corefile: corefile({ options: KUBEADM }), zones: [ZONE] },
  {
    name: 'no reverse zones',
    corefile: corefile({ zones: 'cluster.local', options: KUBEADM }),
    zones: [ZONE],
  },
  {
    name: 'pods verified, endpoint_pod_names',
    corefile: corefile({ options: ['pods verified', 'endpoint_pod_names', 'ttl 600'] }),
    zones: [ZONE],
  },
  { name: 'noendpoints', corefile: corefile({ options: [...KUBEADM, 'noendpoints'] }), zones: [ZONE] },
  {
    name: 'ignore empty_service',
    corefile: corefile({ options: [...KUBEADM, 'ignore empty_service'] }),
    zones: [ZONE],
  },
  {
    name: 'namespaces',
    corefile: corefile({ options: [...KUBEADM, 'namespaces shop kube-system'] }),
    zones: [ZONE],
  },
  {
    name: 'namespace_labels',
    corefile: corefile({ options: [...KUBEADM, 'namespace_labels team=a'] }),
    zones: [ZONE],
  },
  { name: 'fallthrough', corefile: corefile({ options: ['pods verified', 'fallthrough'] }), zones: [ZONE] },
  { name: 'zonal', corefile: corefile({ options: [...KUBEADM, 'zonal'] }), zones: [ZONE] },
  {
    name: 'autopath',
    corefile: corefile({ plugins: ['autopath @kubernetes'], options: ['pods verified', 'ttl 30'] }),
    zones: [ZONE],
  },
  {
    name: 'k8s_external',
    corefile: corefile({ plugins: ['k8s_external example.org'], options: KUBEADM }),
    zones: [ZONE, 'example.org.'],
  },
  {
    name: 'k8s_external, headless',
    corefile: corefile({
      plugins: ['k8s_external example.org {', '    headless', '    ttl 10', '    apex ns', '}'],
      options: KUBEADM,
    }),
    zones: [ZONE, 'example.org.'],
  },
  {
    name: 'multicluster',
    corefile: corefile({
      zones: `${ALL} clusterset.local`,
      options: [...KUBEADM, 'multicluster clusterset.local'],
    }),
    zones: [ZONE, 'clusterset.local.'],
  },
  {
    name: 'rewrite, hosts, template, any, minimal',
    corefile: corefile({
      plugins: [
        'any',
        'minimal',
        'rewrite name exact old.example.com db.example.com',
        'hosts {',
        '    203.0.113.77 gone.example.com',
        '    fallthrough',
        '}',
      ],
      options: KUBEADM,
    }),
    zones: [ZONE],
  },
];

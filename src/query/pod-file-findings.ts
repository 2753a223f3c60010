/** What to say about the files and names that a kubelet gives a pod. */

import type { Pod } from '../cluster/cluster.ts';
import { podSpecRef } from '../cluster/pod-spec-ref.ts';
import type { ControlPlane } from '../control/control-plane.ts';
import type { PodHostNames } from '../control/dns/host-names.ts';
import type { PodFiles } from '../control/dns/pod-files.ts';
import type { Diagnostic, DiagnosticSource, Help } from '../diagnostics/diagnostic.ts';
import type { Container } from '../k8s/kinds/pod-spec.ts';
import type { FieldPath } from '../source/document.ts';
import { refTo, type SourceRef, valueAt, valueIn } from '../source/ref.ts';

type Named = Extract<PodHostNames, { kind: 'named' }>;

/** The findings, errors first. */
export function podFileFindings(control: ControlPlane, pod: Pod, files: PodFiles): readonly Diagnostic[] {
  const { names } = files;
  return [
    ...(names.kind === 'named' ? [] : [notStarted(pod, names)]),
    ...limitFindings(pod, files),
    ...fallbackFindings(pod, files),
    ...(names.kind === 'named' ? nameFindings(control, pod, names) : []),
    ...mountFindings(pod),
  ];
}

/** The pod's name in the cluster DNS, where an endpoint has it; undefined: there is none. */
export function knownDnsName(control: ControlPlane, pod: Pod, { dnsName }: Named): string | undefined {
  const { hostname, subdomain } = pod.spec;
  if (dnsName === undefined) return undefined;
  const endpoints = control
    .slicesOf(`${pod.namespace}/${subdomain ?? ''}`)
    .flatMap((slice) => slice.endpoints);
  const own = endpoints.find((endpoint) => endpoint.pod === pod.key && endpoint.hostname === hostname);
  return own?.ready ? dnsName : undefined;
}

function notStarted(pod: Pod, names: Exclude<PodHostNames, { kind: 'named' }>): Diagnostic {
  const [field, text] =
    names.kind === 'refused'
      ? [names.field, `the API server refuses ${pod.key}: ${names.field}: Forbidden: ${names.text}`]
      : ['spec.setHostnameAsFQDN', `${pod.key} stays in ContainerCreating: ${names.text}`];
  return {
    code: 'pod-not-started',
    severity: 'error',
    text,
    sources: primary(pod, [field.replace('spec.', '')]),
  };
}

function limitFindings(pod: Pod, { resolvConf }: PodFiles): readonly Diagnostic[] {
  const { nameservers, searches } = resolvConf.cut;
  const lists = [
    ['name servers', nameservers, 'nameservers'],
    ['search domains', searches, 'searches'],
  ] as const;
  return lists
    .filter(([, cut]) => cut.length > 0)
    .map(([what, cut, key]) => ({
      code: 'dns-limits',
      severity: 'warning',
      text: `too many ${what}: the kubelet leaves out ${cut.join(', ')} (event DNSConfigForming)`,
      sources: pod.spec.dnsConfig === undefined ? [] : primary(pod, ['dnsConfig', key]),
      help: [
        {
          text: 'at most 3 name servers and 32 search domains of 2048 characters are used: shorten the list',
          applicability: 'likely',
        },
      ],
    }));
}

function fallbackFindings(pod: Pod, { resolvConf }: PodFiles): readonly Diagnostic[] {
  const { dnsPolicy } = pod.spec;
  const wantsCluster = dnsPolicy === 'ClusterFirst' || dnsPolicy === 'ClusterFirstWithHostNet';
  if (!wantsCluster || resolvConf.base === 'cluster') return [];
  const isHost = pod.hostNetwork && dnsPolicy === 'ClusterFirst';
  const help: Help = isHost
    ? { text: 'set dnsPolicy: ClusterFirstWithHostNet', applicability: 'exact' }
    : { text: 'give dns.clusterIPs of the profile', applicability: 'has-placeholders' };
  return [
    {
      code: 'dns-policy-falls-back',
      severity: isHost ? 'info' : 'warning',
      text: isHost
        ? 'with hostNetwork, ClusterFirst means what the node asks: names of the cluster do not resolve'
        : 'the kubelet knows no cluster DNS: the pod asks what its node asks (event MissingClusterDNS)',
      sources: isHost ? primary(pod, ['hostNetwork']) : [],
      help: [help],
    },
  ];
}

/** Why a pod that looks as if it had a name in the cluster DNS has none. */
function nameFindings(control: ControlPlane, pod: Pod, names: Named): readonly Diagnostic[] {
  const { hostname, subdomain } = pod.spec;
  if (subdomain === undefined || knownDnsName(control, pod, names) !== undefined) return [];
  return [
    {
      code: 'no-dns-name',
      severity: 'info',
      text: `the cluster DNS has no name for this pod: ${missingPart(control, pod, { hostname, subdomain })}`,
      sources: subdomainSource(pod),
    },
  ];
}

/** The controller of a StatefulSet writes its serviceName there. */
function subdomainSource(pod: Pod): readonly DiagnosticSource[] {
  if (pod.workload?.kind !== 'StatefulSet' || pod.origin === undefined) return primary(pod, ['subdomain']);
  return [{ at: refTo(pod.origin, 'spec', 'serviceName'), role: 'primary' }];
}

function primary(pod: Pod, path: FieldPath): readonly DiagnosticSource[] {
  const at = podSpecRef(pod, ...path);
  return at === undefined ? [] : [{ at, role: 'primary' }];
}

function missingPart(
  control: ControlPlane,
  { namespace, key }: Pod,
  { hostname, subdomain }: { readonly hostname: string | undefined; readonly subdomain: string },
): string {
  if (hostname === undefined) return 'it has a subdomain, but no hostname';
  const service = `${namespace}/${subdomain}` as const;
  if (!control.serviceByKey.has(service)) return `there is no Service ${service}`;
  const endpoints = control.slicesOf(service).flatMap((slice) => slice.endpoints);
  const own = endpoints.some((endpoint) => endpoint.pod === key);
  return own ? 'it is not ready' : `Service ${service} does not select it`;
}

function mountFindings(pod: Pod): readonly Diagnostic[] {
  return [...pod.spec.containers, ...pod.spec.initContainers].flatMap((container) => {
    const at = hostsMountOf(pod, container);
    if (at === undefined) return [];
    return [
      {
        code: 'hosts-file-mounted' as const,
        severity: 'info' as const,
        text: `container ${container.name} mounts a file of its own at /etc/hosts`,
        sources: [{ at, role: 'primary' as const }],
      },
    ];
  });
}

/** Where a container mounts a file of its own (kubernetes/kubernetes:pkg/kubelet/kubelet_pods.go makeMounts). */
export function hostsMountOf({ origin }: Pod, { path }: Pick<Container, 'path'>): SourceRef | undefined {
  if (origin === undefined) return undefined;
  const list = refTo(origin, ...path, 'volumeMounts');
  const mounts = valueAt(list);
  if (!Array.isArray(mounts)) return undefined;
  const index = mounts.findIndex((mount: unknown) => valueIn(mount, 'mountPath') === '/etc/hosts');
  return index < 0 ? undefined : refTo(list, index, 'mountPath');
}

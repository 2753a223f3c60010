/** The plugins of CoreDNS, in the order in which a chain has them (coredns/coredns:plugin.cfg). */

import { hostsReader } from './plugin/hosts.ts';
import { kubernetesReader } from './plugin/read-kubernetes.ts';
import {
  anyReader,
  autopathReader,
  externalReader,
  forwardReader,
  minimalReader,
} from './plugin/read-others.ts';
import { rewriteReader } from './plugin/rewrite.ts';
import { templateReader } from './plugin/template.ts';
import type { PluginReader } from './plugin.ts';
import type { ExternalSettings, KubernetesSettings } from './settings.ts';

/** What the profile says instead of a Corefile. */
export interface PluginOverrides {
  readonly kubernetes: Partial<KubernetesSettings>;
  readonly external: Partial<ExternalSettings>;
}

/** Those that are modelled. A new one is a file in plugin/ and a line here. */
export function pluginReaders({ kubernetes, external }: PluginOverrides): readonly PluginReader[] {
  return [
    anyReader,
    rewriteReader,
    autopathReader,
    minimalReader,
    templateReader,
    hostsReader,
    externalReader(external),
    kubernetesReader(kubernetes),
    forwardReader,
  ];
}

/** Those that change no answer: logs, limits, where the server listens; and the cache, which only keeps answers. */
export const PLUGINS_WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'root',
  'metadata',
  'geoip',
  'cancel',
  'proxyproto',
  'quic',
  'grpc_server',
  'https',
  'https3',
  'timeouts',
  'multisocket',
  'reload',
  'nsid',
  'bufsize',
  'bind',
  'debug',
  'trace',
  'ready',
  'health',
  'pprof',
  'shed',
  'prometheus',
  'errors',
  'log',
  'dnstap',
  'local',
  'chaos',
  'loadbalance',
  'tsig',
  'cache',
  'header',
  'dnssec',
  'tls',
  'transfer',
  'loop',
  'sign',
  'lameduck',
  'import',
]);

/** Those that can change an answer, and are not modelled. */
export const UNMODELLED_PLUGINS: ReadonlySet<string> = new Set([
  'dns64',
  'acl',
  'route53',
  'azure',
  'clouddns',
  'file',
  'auto',
  'secondary',
  'etcd',
  'grpc',
  'erratic',
  'whoami',
  'on',
  'view',
  'nomad',
  // Of other builds of CoreDNS.
  'gslb',
  'k8s_gateway',
  'records',
  'alias',
  'fanout',
  'alternate',
  'unbound',
  'kubernetai',
  'ads',
  'blocklist',
  'mdns',
  'multicluster',
  'lighthouse',
  'wgsd',
  'redis',
  'mysql',
  'pdsql',
  'netbox',
  'meship',
  'demo',
  'example',
  'dump',
  'finalize',
  'recursor',
  'rrl',
  'meshname',
  'idetcd',
  'warnlist',
  'docker',
  'nomad',
  'consul',
]);

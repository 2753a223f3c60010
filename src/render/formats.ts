/**
 * The output formats of each command's answer. A new format is one file and one line here. Each is loaded
 * when it is asked for, so that JSON never pays for the packages that the text needs.
 */

import type { CheckAnswer } from '../checks/finding.ts';
import type { TraceAnswer } from '../query/answer.ts';
import type { Recording } from '../query/assertions/record.ts';
import type { TestAnswer } from '../query/assertions/test-answer.ts';
import type { ClusterAnswer } from '../query/cluster-answer.ts';
import type { ComparisonAnswer } from '../query/comparison.ts';
import type { DiffAnswer } from '../query/diff/diff-answer.ts';
import type { DnsConfigAnswer } from '../query/dns-config-answer.ts';
import type { DnsLookupAnswer } from '../query/dns-lookup-answer.ts';
import type { DnsRecordsAnswer } from '../query/dns-records-answer.ts';
import type { EnvAnswer } from '../query/env-answer.ts';
import type { WordAnswer } from '../query/explain-word.ts';
import type { GatewayExplanation, RouteExplanation } from '../query/gateway/gateway-answer.ts';
import type { IngressExplanation } from '../query/ingress-answer.ts';
import type { VirtualServiceExplanation } from '../query/istio/istio-answer.ts';
import type { MatrixAnswer } from '../query/matrix/matrix-answer.ts';
import type { AnalyzerAnswer } from '../query/matrix/netpol-analyzer.ts';
import type { PacketRulesAnswer } from '../query/packet-rules.ts';
import type { PodExplanation, PolicyExplanation } from '../query/policy-explanation.ts';
import type { RoutingDiffAnswer } from '../query/routing-diff/routing-diff-answer.ts';
import type { NodeRules } from '../query/rules.ts';
import type { ServiceExplanation } from '../query/service-explanation.ts';
import type { Format, StreamRenderer } from './renderer.ts';

const JSON_FORMATS: readonly Format<object>[] = [
  { name: 'json', load: async () => (await import('./json.ts')).jsonRenderer },
  { name: 'jsonl', load: async () => (await import('./json.ts')).jsonLinesRenderer },
];

export const TRACE_FORMATS: readonly Format<TraceAnswer>[] = [
  { name: 'text', load: async () => (await import('./text/trace.ts')).traceRenderer },
  ...JSON_FORMATS,
  { name: 'tcpdump', load: async () => (await import('./tcpdump.ts')).tcpdumpRenderer },
];

export const COMPARISON_FORMATS: readonly Format<ComparisonAnswer>[] = [
  { name: 'text', load: async () => (await import('./text/comparison.ts')).comparisonRenderer },
  ...JSON_FORMATS,
];

export const CLUSTER_FORMATS: readonly Format<ClusterAnswer>[] = [
  { name: 'text', load: async () => (await import('./text/explain-cluster.ts')).clusterRenderer },
  ...JSON_FORMATS,
];

export const SERVICE_FORMATS: readonly Format<ServiceExplanation>[] = [
  { name: 'text', load: async () => (await import('./text/explain-service.ts')).serviceRenderer },
  ...JSON_FORMATS,
];

export const WORD_FORMATS: readonly Format<WordAnswer>[] = [
  { name: 'text', load: async () => (await import('./text/explain-word.ts')).wordRenderer },
  ...JSON_FORMATS,
];

export const DNS_CONFIG_FORMATS: readonly Format<DnsConfigAnswer>[] = [
  { name: 'text', load: async () => (await import('./text/dns-config.ts')).dnsConfigRenderer },
  ...JSON_FORMATS,
];

export const ENV_FORMATS: readonly Format<EnvAnswer>[] = [
  { name: 'text', load: async () => (await import('./text/env.ts')).envRenderer },
  ...JSON_FORMATS,
];

export const DNS_LOOKUP_FORMATS: readonly Format<DnsLookupAnswer>[] = [
  { name: 'text', load: async () => (await import('./text/dns-lookup.ts')).dnsLookupRenderer },
  ...JSON_FORMATS,
  { name: 'dig', load: async () => (await import('./dig.ts')).digRenderer },
];

export const DNS_RECORDS_FORMATS: readonly Format<DnsRecordsAnswer>[] = [
  { name: 'text', load: async () => (await import('./text/dns-records.ts')).zoneFileRenderer },
  ...JSON_FORMATS,
];

export const MATRIX_FORMATS: readonly Format<MatrixAnswer>[] = [
  { name: 'table', load: async () => (await import('./text/matrix.ts')).matrixRenderer },
  ...JSON_FORMATS,
  { name: 'csv', load: async () => (await import('./matrix/csv.ts')).csvRenderer },
  { name: 'markdown', load: async () => (await import('./matrix/markdown.ts')).markdownRenderer },
  { name: 'dot', load: async () => (await import('./matrix/dot.ts')).dotRenderer },
  { name: 'mermaid', load: async () => (await import('./matrix/mermaid.ts')).mermaidRenderer },
  { name: 'html', load: async () => (await import('./matrix/html.ts')).htmlRenderer },
];

/** Under the assumptions of another tool, hence another answer. */
export const ANALYZER_FORMATS: readonly Format<AnalyzerAnswer>[] = [
  {
    name: 'netpol-analyzer',
    load: async () => (await import('./matrix/netpol-analyzer.ts')).netpolAnalyzerRenderer,
  },
];

export const GATEWAY_FORMATS: readonly Format<GatewayExplanation>[] = [
  { name: 'text', load: async () => (await import('./text/explain-gateway.ts')).gatewayRenderer },
  ...JSON_FORMATS,
];

export const ROUTE_FORMATS: readonly Format<RouteExplanation>[] = [
  { name: 'text', load: async () => (await import('./text/explain-route.ts')).routeRenderer },
  ...JSON_FORMATS,
];

export const ROUTING_DIFF_FORMATS: readonly Format<RoutingDiffAnswer>[] = [
  { name: 'text', load: async () => (await import('./diff/routes.ts')).routingDiffRenderer },
  ...JSON_FORMATS,
];

export const VIRTUAL_SERVICE_FORMATS: readonly Format<VirtualServiceExplanation>[] = [
  {
    name: 'text',
    load: async () => (await import('./text/explain-virtualservice.ts')).virtualServiceRenderer,
  },
  ...JSON_FORMATS,
];

export const NETPOL_FORMATS: readonly Format<PolicyExplanation>[] = [
  { name: 'text', load: async () => (await import('./text/explain-netpol.ts')).netpolRenderer },
  ...JSON_FORMATS,
];

export const POD_FORMATS: readonly Format<PodExplanation>[] = [
  { name: 'text', load: async () => (await import('./text/explain-pod.ts')).podRenderer },
  ...JSON_FORMATS,
];

/** A format of rules; one that is a mode's own spelling chooses the mode. */
export interface RulesFormat {
  readonly name: string;
  readonly mode?: 'iptables' | 'nftables' | 'ipvs';
  load(): Promise<StreamRenderer<NodeRules>>;
}

const loadSaved = async () => (await import('./rules/save.ts')).saveRenderer;

/** The spelling of whatever mode the profile says. */
export const SAVED_RULES: RulesFormat = { name: 'saved', load: loadSaved };

export const RULES_FORMATS: readonly RulesFormat[] = [
  { name: 'iptables-save', mode: 'iptables', load: loadSaved },
  { name: 'nft', mode: 'nftables', load: loadSaved },
  { name: 'ipvsadm', mode: 'ipvs', load: async () => (await import('./rules/save.ts')).ipvsadmRenderer },
  { name: 'ipset', mode: 'ipvs', load: async () => (await import('./rules/save.ts')).ipsetRenderer },
  {
    name: 'ipvs-iptables',
    mode: 'ipvs',
    load: async () => (await import('./rules/save.ts')).ipvsRulesRenderer,
  },
  { name: 'json', load: async () => (await import('./rules/json.ts')).rulesJsonRenderer },
];

export const PACKET_RULES_FORMATS: readonly Format<PacketRulesAnswer>[] = [
  { name: 'text', load: async () => (await import('./text/packet-rules.ts')).packetRulesRenderer },
  ...JSON_FORMATS,
];

export const INGRESS_FORMATS: readonly Format<IngressExplanation>[] = [
  { name: 'text', load: async () => (await import('./text/explain-ingress.ts')).ingressRenderer },
  ...JSON_FORMATS,
];

export const CHECK_FORMATS: readonly Format<CheckAnswer>[] = [
  { name: 'text', load: async () => (await import('./text/check.ts')).checkRenderer },
  ...JSON_FORMATS,
  { name: 'sarif', load: async () => (await import('./check/sarif.ts')).sarifRenderer },
  { name: 'junit', load: async () => (await import('./check/junit.ts')).checkJunitRenderer },
  { name: 'github', load: async () => (await import('./check/github.ts')).githubRenderer },
  { name: 'gitlab', load: async () => (await import('./check/gitlab.ts')).gitlabRenderer },
  { name: 'markdown', load: async () => (await import('./check/markdown.ts')).checkMarkdownRenderer },
];

export const TEST_FORMATS: readonly Format<TestAnswer>[] = [
  { name: 'text', load: async () => (await import('./tests/text.ts')).testTextRenderer },
  ...JSON_FORMATS,
  { name: 'junit', load: async () => (await import('./tests/junit.ts')).testJunitRenderer },
];

export const RECORDING_FORMATS: readonly Format<Recording>[] = [
  { name: 'yaml', load: async () => (await import('./recorded-tests.ts')).recordingRenderer },
];

export const DIFF_FORMATS: readonly Format<DiffAnswer>[] = [
  { name: 'text', load: async () => (await import('./diff/text.ts')).diffTextRenderer },
  ...JSON_FORMATS,
  { name: 'markdown', load: async () => (await import('./diff/markdown.ts')).diffMarkdownRenderer },
];

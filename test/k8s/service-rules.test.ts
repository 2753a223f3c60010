/**
 * What the API server refuses of a Service as a whole, in its words
 * (kubernetes/kubernetes:pkg/apis/core/validation/validation.go at v1.35.4 and v1.37.2), and what is left to use.
 */

import { expect, test } from 'vitest';
import { loadSnapshot } from '../../src/index.ts';

function read(spec: string, set: readonly string[] = [], annotations = '{}') {
  const metadata = `{name: web, annotations: ${annotations}}`;
  const text = `apiVersion: v1\nkind: Service\nmetadata: ${metadata}\nspec: ${spec}\n`;
  const snapshot = loadSnapshot({ files: [{ name: 'web.yaml', text }], profile: { flags: { set } } });
  const body = snapshot.objects.ofKind('Service')[0]?.body;
  return { body, texts: snapshot.diagnostics.map((one) => one.text) };
}

test.each([
  ['{}', 'spec.ports: Required value'],
  ['{type: NodePort, ports: []}', 'spec.ports: Required value'],
  ['{type: ExternalName}', 'spec.externalName: Required value'],
  ['{type: ExternalName, externalName: .}', 'spec.externalName: Required value'],
  [
    '{type: ExternalName, externalName: a_b.example.com}',
    `spec.externalName: Invalid value: "a_b.example.com": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character`,
  ],
  [
    '{type: ExternalName, externalName: example.com, ipFamilies: [IPv4]}',
    'spec.ipFamilies: Forbidden: may not be set for ExternalName services',
  ],
  [
    '{type: ExternalName, externalName: example.com, ipFamilyPolicy: SingleStack}',
    'spec.ipFamilyPolicy: Forbidden: may not be set for ExternalName services',
  ],
  [
    '{type: ExternalName, externalName: example.com, clusterIP: 10.96.0.9}',
    'spec.clusterIPs: Forbidden: may not be set for ExternalName services',
  ],
  [
    '{type: NodePort, clusterIP: None, ports: [{port: 80}]}',
    `spec.clusterIPs[0]: Invalid value: "None": may not be set to 'None' for NodePort services`,
  ],
  [
    '{clusterIP: 10.96.0.9, clusterIPs: [10.96.0.8], ports: [{port: 80}]}',
    'spec.clusterIPs: Invalid value: ["10.96.0.8"]: first value must match `clusterIP`',
  ],
  [
    '{clusterIP: 10.96.0.9, clusterIPs: [10.96.0.9, 10.96.0.8], ports: [{port: 80}]}',
    'spec.clusterIPs: Invalid value: ["10.96.0.9","10.96.0.8"]: may specify no more than one IP for each IP family',
  ],
  [
    '{clusterIP: 10.96.0.9, ipFamilies: [IPv6], ports: [{port: 80}]}',
    'spec.clusterIPs[0]: Invalid value: "10.96.0.9": expected an IPv6 value as indicated by `ipFamilies[0]`',
  ],
  ['{ipFamilies: [IPv4, IPv4], ports: [{port: 80}]}', 'spec.ipFamilies[1]: Duplicate value: "IPv4"'],
  [
    '{ipFamilyPolicy: DualStack, ports: [{port: 80}]}',
    'spec.ipFamilyPolicy: Unsupported value: "DualStack": supported values: "PreferDualStack", "RequireDualStack", "SingleStack"',
  ],
  [
    '{ports: [{name: HTTP, port: 80}]}',
    `spec.ports[0].name: Invalid value: "HTTP": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character`,
  ],
  [
    '{sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 90000}}, ports: [{port: 80}]}',
    'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 90000: must be greater than 0 and less than 86400',
  ],
  [
    '{ports: [{port: 80, nodePort: 30080}]}',
    "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
  ],
  ['{ports: [{name: a, port: 80}, {name: a, port: 81}]}', 'spec.ports[1].name: Duplicate value: "a"'],
  [
    '{ports: [{name: a, port: 80}, {name: b, port: 80}]}',
    'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
  ],
  [
    '{type: NodePort, ports: [{name: a, port: 80, nodePort: 30080}, {name: b, port: 81, nodePort: 30080}]}',
    'spec.ports[1].nodePort: Duplicate value: 30080',
  ],
  [
    '{ports: [{port: 80}], externalTrafficPolicy: Local}',
    'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
  ],
  [
    '{type: NodePort, ports: [{port: 80}], healthCheckNodePort: 32000}',
    "spec.healthCheckNodePort: Invalid value: 32000: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
  ],
  [
    '{type: NodePort, ports: [{port: 80}], loadBalancerSourceRanges: [10.0.0.0/8]}',
    "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
  ],
  [
    '{ports: [{port: 80}], allocateLoadBalancerNodePorts: false}',
    "spec.allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is 'LoadBalancer'",
  ],
  [
    '{ports: [{port: 80}], sessionAffinityConfig: {clientIP: {timeoutSeconds: 5}}}',
    'spec.sessionAffinityConfig: Forbidden: must not be set when session affinity is None',
  ],
  [
    '{ports: [{port: 80}], externalIPs: [127.0.0.1]}',
    'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
  ],
  [
    '{clusterIPs: [10.96.0.9], ports: [{port: 80}]}',
    'spec.clusterIPs: Invalid value: ["10.96.0.9"]: must be empty when `clusterIP` is not specified',
  ],
  [
    '{clusterIP: None, clusterIPs: [None, 10.96.0.9], ports: [{port: 80}]}',
    `spec.clusterIPs: Invalid value: ["None","10.96.0.9"]: 'None' must be the first and only value`,
  ],
  [
    '{selector: {"my app": web}, ports: [{port: 80}]}',
    `spec.selector: Invalid value: "my app": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`,
  ],
  [
    '{selector: {app: "web server"}, ports: [{port: 80}]}',
    `spec.selector: Invalid value: "web server": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`,
  ],
  [
    '{ports: [{port: 80, appProtocol: "h 2"}]}',
    `spec.ports[0].appProtocol: Invalid value: "h 2": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`,
  ],
  [
    '{type: LoadBalancer, loadBalancerClass: "/x", ports: [{port: 80}]}',
    'spec.loadBalancerClass: Invalid value: "/x": prefix part must be non-empty',
  ],
  [
    '{ports: [{port: 80, targetPort: much-too-long-name}]}',
    'spec.ports[0].targetPort: Invalid value: "much-too-long-name": must be no more than 15 characters',
  ],
  [
    '{ports: [{port: 80, targetPort: HTTP}]}',
    'spec.ports[0].targetPort: Invalid value: "HTTP": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
  ],
  [
    '{ports: [{port: 80, targetPort: a--b}]}',
    'spec.ports[0].targetPort: Invalid value: "a--b": must not contain consecutive hyphens',
  ],
])('%s', (spec, text) => {
  expect(read(spec).texts).toEqual([text]);
});

test.each([
  [
    '{service.kubernetes.io/topology-mode: Auto, service.kubernetes.io/topology-aware-hints: Disabled}',
    'metadata.annotations[service.kubernetes.io/topology-mode]: Invalid value: "Auto": must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified',
  ],
  [
    '{service.beta.kubernetes.io/load-balancer-source-ranges: 10.0.0.0/8}',
    "metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: Forbidden: may only be used when `type` is 'LoadBalancer'",
  ],
  [
    '{service.beta.kubernetes.io/load-balancer-source-ranges: "10.0.0.0/8, 1.2.3.4/40"}',
    'metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: Invalid value: "1.2.3.4/40": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    'LoadBalancer',
  ],
])('annotations %s', (annotations, text, type = 'ClusterIP') => {
  const spec = `{type: ${type}, ports: [{port: 80}]}`;
  expect(read(spec, [], annotations).texts).toEqual([text]);
});

test.each([
  '{type: NodePort, clusterIP: None, ports: [{port: 80}]}',
  '{ports: [{port: 80}], externalTrafficPolicy: Local}',
  '{type: NodePort, ports: [{port: 80}], healthCheckNodePort: 32000}',
])('%s in a dump', (spec) => {
  // A stored Service has passed: nothing is refused.
  expect(read(spec, ['input=stored']).texts).toEqual([]);
});

test('what is refused is not used', () => {
  const spec = `{externalTrafficPolicy: Local, loadBalancerSourceRanges: [10.0.0.0/8], externalIPs: [],
    ports: [{name: a, port: 80, nodePort: 30080}, {name: b, port: 80}, {name: c, port: 80, protocol: UDP}]}`;
  expect(read(spec).body).toMatchObject({
    externalTrafficPolicy: 'Cluster',
    loadBalancerSourceRanges: [],
    ports: [
      { name: 'a', port: 80 },
      { name: 'c', protocol: 'udp' },
    ],
  });
  expect(read(spec).body?.ports[0]?.nodePort).toBeUndefined();
});

test.each([
  '{ports: [{name: a, port: 53}, {name: b, port: 53, protocol: UDP}]}',
  '{type: NodePort, ports: [{name: a, port: 53, nodePort: 30053}, {name: b, port: 53, nodePort: 30053, protocol: UDP}]}',
  '{externalIPs: [198.51.100.9], externalTrafficPolicy: Local, ports: [{port: 80}]}',
  '{type: LoadBalancer, externalTrafficPolicy: Local, healthCheckNodePort: 32000, loadBalancerSourceRanges: [10.0.0.0/8], ports: [{port: 80}]}',
  '{sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 5}}, ports: [{port: 80}]}',
  '{clusterIP: None}',
  '{type: ExternalName, externalName: example.com., ports: [{port: 80, nodePort: 30080}]}',
  '{type: LoadBalancer, ports: [{port: 10250}]}',
])('%s is right', (spec) => {
  expect(read(spec).texts).toEqual([]);
});

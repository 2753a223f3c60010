/**
 * What the API server refuses of a Service as a whole, in its words
 * (kubernetes/kubernetes:pkg/apis/core/validation/validation.go), and what is left to use.
 */

import { expect, test } from 'vitest';
import { loadSnapshot } from '../../src/index.ts';

function read(spec: string, set: readonly string[] = []) {
  const text = `apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: ${spec}\n`;
  const snapshot = loadSnapshot({ files: [{ name: 'web.yaml', text }], profile: { flags: { set } } });
  const body = snapshot.objects.ofKind('Service')[0]?.body;
  return { body, texts: snapshot.diagnostics.map((one) => one.text) };
}

test.each([
  ['{type: ExternalName}', 'spec.externalName: Required value'],
  [
    '{type: ExternalName, externalName: example.com, clusterIP: 10.96.0.9}',
    'spec.clusterIP: Forbidden: may not be set for ExternalName services',
  ],
  [
    '{type: NodePort, clusterIP: None, ports: [{port: 80}]}',
    `spec.clusterIP: Invalid value: "None": may not be set to 'None' for NodePort services`,
  ],
  [
    '{ports: [{port: 80, nodePort: 30080}]}',
    "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
  ],
  ['{ports: [{name: a, port: 80}, {name: a, port: 81}]}', 'spec.ports[1].name: Duplicate value: "a"'],
  ['{ports: [{name: a, port: 80}, {name: b, port: 80}]}', 'spec.ports[1]: Duplicate value: "80/TCP"'],
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
    "spec.loadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
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
    '{type: LoadBalancer, ports: [{port: 10250}]}',
    'spec.ports[0]: Invalid value: 10250: may not expose port 10250 externally since it is used by kubelet',
  ],
])('%s', (spec, text) => {
  expect(read(spec).texts).toEqual([text]);
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
])('%s is right', (spec) => {
  expect(read(spec).texts).toEqual([]);
});

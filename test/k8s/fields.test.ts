import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { printDiagnostics, readOne, readTexts } from './objects.ts';

/** A Service whose spec is one line of flow style; fields begin at column 8 of line 4. */
function service(spec: string): string {
  return `kind: Service\napiVersion: v1\nmetadata: {name: a}\nspec: {${spec}}\n`;
}

// The words are those of kubernetes/apimachinery:pkg/util/validation/{field/errors.go,validation.go}.
test.each<[string, string]>([
  [
    'ports: [{port: 70000}]',
    '4:23 spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive',
  ],
  ['ports: [{port: 0}]', '4:23 spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'],
  ['ports: [{port: "80"}]', '4:23 spec.ports[0].port: Invalid value: "80": must be an integer'],
  ['ports: [{port: 1.5}]', '4:23 spec.ports[0].port: Invalid value: 1.5: must be an integer'],
  ['ports: [{name: a}]', '4:16 spec.ports[0].port: Required value'],
  ['ports: [80]', '4:16 spec.ports[0]: Invalid value: 80: must be an object'],
  ['ports: {port: 80}', '4:8 spec.ports: Invalid value: {…}: must be an array'],
  [
    'ports: [{port: 1, targetPort: "80"}]',
    '4:38 spec.ports[0].targetPort: Invalid value: "80": must contain at least one letter (a-z)',
  ],
  [
    'ports: [{port: 1, protocol: HTTP}]',
    '4:36 spec.ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"',
  ],
  ['selector: [a]', '4:8 spec.selector: Invalid value: ["a"]: must be an object'],
  ['selector: {app: true}', '4:24 spec.selector.app: Invalid value: true: must be a string'],
  ['selector: {a/b: [x]}', '4:19 spec.selector[a/b]: Invalid value: ["x"]: must be a string'],
  [
    'externalIPs: [10.0.0.1, web]',
    '4:32 spec.externalIPs[1]: Invalid value: "web": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  ],
  [
    'type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/33]',
    '4:55 spec.LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.0/33": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
  ],
  [
    'clusterIP: a',
    '4:19 spec.clusterIPs[0]: Invalid value: "a": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  ],
  [
    'publishNotReadyAddresses: "true"',
    '4:34 spec.publishNotReadyAddresses: Invalid value: "true": must be a boolean',
  ],
  [
    'sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 0}}',
    '4:86 spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 0: must be greater than 0 and less than 86400',
  ],
])('%s', (spec, diagnostic) => {
  const set = readTexts([service(spec.includes('ports:') ? spec : `${spec}, ports: [{port: 80}]`)]);
  expect(printDiagnostics(set.diagnostics)).toEqual([diagnostic]);
  expect(set.diagnostics[0]).toMatchObject({
    code: 'invalid-field',
    severity: 'error',
    sources: [{ role: 'primary', object: 'service/shop/a' }],
  });
  expect(set.ofKind('Service').length).toBe(1);
});

test('null is absent', () => {
  const set = readTexts([
    service('ports: [{port: 80, name: null}], selector: null, type: null, clusterIP: null'),
  ]);
  expect(set.diagnostics).toEqual([]);
});

test('what is not text but stands where text must be is used as it is written', () => {
  const text =
    'kind: Service\napiVersion: v1\nmetadata: {name: 017, labels: {a: 1.10, b: yes, c: "1.10", d: 0x1F}}\nspec: {clusterIP: None}\n';
  const set = readTexts([text]);
  expect(printDiagnostics(set.diagnostics)).toEqual([
    '3:18 metadata.name: Invalid value: 15: must be a string',
    '3:35 metadata.labels.a: Invalid value: 1.1: must be a string',
    '3:44 metadata.labels.b: Invalid value: true: must be a string',
    '3:63 metadata.labels.d: Invalid value: 31: must be a string',
  ]);
  expect(set.diagnostics[1]?.help).toMatchObject([
    {
      text: 'quote it: "1.10"',
      applicability: 'exact',
      edit: { span: { start: 63, end: 67 }, text: '"1.10"' },
    },
  ]);
  const [{ metadata } = { metadata: undefined }] = set.ofKind('Service');
  expect(metadata?.name).toBe('017');
  expect([...(metadata?.labels ?? [])]).toEqual([
    ['a', '1.10'],
    ['b', 'yes'],
    ['c', '1.10'],
    ['d', '0x1F'],
  ]);
});

test('a value behind an alias is used as it prints', () => {
  const text = 'kind: Service\napiVersion: v1\nmetadata: {name: a, labels: {a: &x true, b: *x}}\n';
  expect([...readOne('Service', text).metadata.labels]).toEqual([
    ['a', 'true'],
    ['b', 'true'],
  ]);
});

test('a bad field loses the smallest part of its object', () => {
  const set = readTexts([readFileSync('fixtures/input/wrong-types/shop.yaml', 'utf8')]);
  expect(printDiagnostics(set.diagnostics)).toEqual([
    '6:14 metadata.labels.release: Invalid value: 1.1: must be a string',
    '7:13 metadata.labels.canary: Invalid value: true: must be a string',
    '9:9 spec.type: Unsupported value: "Clusterip": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    '12:14 spec.clusterIPs[0]: Invalid value: "10.96.0": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    '15:13 spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive',
    '18:17 spec.ports[1].protocol: Unsupported value: "udp": supported values: "SCTP", "TCP", "UDP"',
    '19:7 spec.ports[2].port: Required value',
    '22:7 spec.LoadBalancerSourceRanges[1]: Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    '29:13 spec.replicas: Invalid value: "three": must be an integer',
    '36:20 spec.template.spec.hostNetwork: Invalid value: "true": must be a boolean',
    '40:30 spec.template.spec.containers[0].ports[0].containerPort: Invalid value: "http": must be an integer',
    '43:25 spec.template.spec.containers[0].ports[1].hostPort: Invalid value: -1: must be between 0 and 65535, inclusive',
    '44:11 spec.template.spec.containers[1].name: Required value',
    '46:1 metadata.name: Required value',
  ]);
  expect(set.ofKind('Pod')).toEqual([]);
  const [service] = set.ofKind('Service');
  expect(service?.body).toMatchObject({
    type: 'ClusterIP',
    clusterIps: [],
    ports: [{ name: 'grpc', port: 9090, protocol: 'udp', targetPort: 9090, path: ['spec', 'ports', 1] }],
    loadBalancerSourceRanges: [{ text: '10.0.0.0/8' }],
  });
  const [deployment] = set.ofKind('Deployment');
  expect(deployment?.body.replicas).toBe(1);
  expect(deployment?.body.template.spec).toMatchObject({
    hostNetwork: false,
    containers: [
      { name: 'api', ports: [{ name: 'http', containerPort: 8080, protocol: 'tcp' }] },
      { name: '' },
    ],
  });
});

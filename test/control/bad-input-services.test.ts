/**
 * Each fault of a Service that issue-trackers are full of: the verdict is defined all the same, and a finding at
 * the field says what is wrong and how to mend it. Verdicts follow docs/semantics/kube-proxy.md; refusals are in
 * the words of kubernetes/kubernetes:pkg/apis/core/validation/validation.go.
 */

import { expect, test } from 'vitest';
import { serviceFindings } from '../../src/control/service-findings.ts';
import { loadSnapshot, proxyVerdict, type Snapshot } from '../../src/index.ts';
import { locate } from '../../src/source/ref.ts';

const NODES = `apiVersion: k8snet.dev/v1
kind: Profile
cni: {name: flannel}
nodes:
- {name: node-a, addresses: [10.0.0.11], podCIDRs: [10.244.1.0/24]}
- {name: node-b, addresses: [10.0.0.12], podCIDRs: [10.244.2.0/24]}
`;

const pod = (name: string, ports: string, { app = 'web', ip = '10.244.1.7' } = {}) => `---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: ${app}}}
spec:
  nodeName: node-a
  containers:
  - name: web
    ports: [${ports}]
status: {podIP: ${ip}}
`;

const service = (name: string, ...fields: readonly string[]) => `---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec:
${fields.map((field) => `  ${field}\n`).join('')}`;

const SLICE = `---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: https, port: 8443}]
endpoints: [{addresses: [10.244.1.9]}]
`;

const WEB = pod('web', '{containerPort: 80}');
const APP = 'selector: {app: web}';
const NODE_PORT = 'ports: [{port: 80, nodePort: 30080}]';

interface Fault {
  readonly what: string;
  readonly manifests: readonly string[];
  /** `code line:column text | help` */
  readonly said: readonly string[];
  /** `NODE ADDRESS:PORT` to `verdict backends`. */
  readonly verdicts: Readonly<Record<string, string>>;
}

function said(snapshot: Snapshot): readonly string[] {
  const web = snapshot.control.serviceByKey.get('default/web');
  const found = web === undefined ? [] : serviceFindings(snapshot.control, web);
  return [...snapshot.diagnostics, ...found.map(({ diagnostic }) => diagnostic)].map(
    ({ code, text, sources, help = [] }) => {
      const at = sources[0]?.at;
      const place = at === undefined ? undefined : locate(at);
      const remedy = help.length === 0 ? '' : ` | ${help.map((each) => each.text).join('; ')}`;
      return `${code} ${place?.line}:${place?.column} ${text}${remedy}`;
    },
  );
}

function verdict(snapshot: Snapshot, asked: string): string {
  const [node = '', destination = '', port = ''] = asked.split(/[ :]/);
  const question = { node, source: '203.0.113.9', destination, port: Number(port), protocol: 'tcp' } as const;
  const { verdict: found, backends } = proxyVerdict(snapshot, question);
  return [found, ...backends].join(' ');
}

const FAULTS: readonly Fault[] = [
  {
    what: 'two Services with one nodePort: the second one is left without',
    manifests: [
      WEB,
      service('rival', 'type: NodePort', APP, NODE_PORT),
      service('web', 'type: NodePort', APP, 'ports: [{port: 81, nodePort: 30080}]'),
    ],
    said: [
      'service-node-port-conflict 26:32 Services default/rival and default/web have the same node port 30080: the API server refuses the second one | give one of them another nodePort, or none',
    ],
    verdicts: { 'node-a 10.0.0.11:30080': 'accept 10.244.1.7:80' },
  },
  {
    what: 'a nodePort that is a hostPort, too: the node port gets the packets',
    manifests: [
      WEB,
      pod('other', '{containerPort: 9000, hostPort: 30080}', { app: 'other', ip: '10.244.1.8' }),
      service('web', 'type: NodePort', APP, NODE_PORT),
    ],
    said: [
      'host-port-shadowed 19:45 node port 30080 of Service default/web is also a host port of pod default/other: only one of them gets the packets, by the order of rules | give one of them another number',
    ],
    verdicts: { 'node-a 10.0.0.11:30080': 'accept 10.244.1.7:80' },
  },
  {
    what: 'one externalIP and port of two Services: the first in the order of names',
    manifests: [
      WEB,
      service('rival', APP, 'externalIPs: [198.51.100.9]', 'ports: [{port: 80, targetPort: 82}]'),
      service('web', APP, 'externalIPs: [198.51.100.9]', 'ports: [{port: 80, targetPort: 81}]'),
    ],
    said: [
      'service-external-ip-conflict 25:3 198.51.100.9:80 belongs to default/web and to default/rival: which of them gets a connection is not defined | give one of them another address or port',
    ],
    verdicts: { 'node-a 198.51.100.9:80': 'accept 10.244.1.7:82' },
  },
  {
    what: 'a LoadBalancer without status: its node port alone',
    manifests: [WEB, service('web', 'type: LoadBalancer', APP, NODE_PORT)],
    said: [
      'load-balancer-pending 16:9 the status of Service default/web has no address: until something gives it one, it stays pending | say the address in the profile: loadBalancer.addresses: {default/web: ADDRESS}',
    ],
    verdicts: { 'node-b 10.0.0.12:30080': 'accept 10.244.1.7:80' },
  },
  {
    what: 'neither a selector nor a slice: refused',
    manifests: [service('web', 'clusterIP: 10.96.0.50', 'ports: [{port: 80}]')],
    said: [
      'no-slice 5:1 Service default/web has no selector, and no EndpointSlice or Endpoints object belongs to it: | add a selector, or an EndpointSlice with the label kubernetes.io/service-name: web',
    ],
    verdicts: { 'node-a 10.96.0.50:80': 'reject' },
  },
  {
    what: 'a slice whose port name fits no port: refused',
    manifests: [service('web', 'clusterIP: 10.96.0.50', 'ports: [{name: http, port: 80}]'), SLICE],
    said: [
      "no-slice 7:3 No EndpointSlice of default/web has a port named http (TCP); a slice's port belongs to the Service port of that name: | name a port of the slices http (TCP)",
      'endpoints-port-name 14:13 port "https" (TCP) of the endpoints of default/web is none of the Service, so nobody is sent there | name it as the Service does: "http" (TCP)',
    ],
    verdicts: { 'node-a 10.96.0.50:80': 'reject' },
  },
  {
    what: 'a targetPort that one pod lacks: the other gets everything',
    manifests: [
      pod('web', '{name: http, containerPort: 80}'),
      pod('old', '{containerPort: 80}', { ip: '10.244.1.8' }),
      service('web', 'clusterIP: 10.96.0.50', APP, 'ports: [{port: 80, targetPort: http}]'),
    ],
    said: [
      'service-target-port-partial 28:34 1 of the 2 pods of Service default/web declare no port "http": they get no connections on this port | give the containerPort of every pod the name "http"',
    ],
    verdicts: { 'node-a 10.96.0.50:80': 'accept 10.244.1.7:80' },
  },
  {
    what: 'policy Local and a node without an endpoint: that node drops',
    manifests: [WEB, service('web', 'type: NodePort', 'externalTrafficPolicy: Local', APP, NODE_PORT)],
    said: [
      'service-local-policy-gap 17:26 externalTrafficPolicy Local: node-b has no endpoint of default/web and drops what comes there | Cluster, or an endpoint on every node (a DaemonSet)',
    ],
    verdicts: { 'node-a 10.0.0.11:30080': 'accept 10.244.1.7:80', 'node-b 10.0.0.12:30080': 'drop' },
  },
  {
    what: 'fields that the API server refuses: left out, the rest counts',
    manifests: [
      WEB,
      service(
        'web',
        'clusterIP: 10.96.0.50',
        APP,
        'sessionAffinity: Sometimes',
        'ports: [{name: a, port: 80}, {name: b, port: 0}]',
      ),
    ],
    said: [
      'invalid-field 18:20 spec.sessionAffinity: Unsupported value: "Sometimes": supported values: "None", "ClientIP"',
      'invalid-field 19:48 spec.ports[1].port: Invalid value: 0: must be between 1 and 65535, inclusive',
    ],
    verdicts: { 'node-a 10.96.0.50:80': 'accept 10.244.1.7:80' },
  },
  {
    what: 'one clusterIP written twice: the second Service gets another one',
    manifests: [
      WEB,
      service('web', 'clusterIP: 10.96.0.50', APP, 'ports: [{port: 80, targetPort: 81}]'),
      service('rival', 'clusterIP: 10.96.0.50', APP, 'ports: [{port: 80, targetPort: 82}]'),
    ],
    said: [
      'service-cluster-ip-conflict 16:14 Services default/rival and default/web have the same address 10.96.0.50: the API server refuses the second one | give one of them another clusterIP, or none',
    ],
    verdicts: { 'node-a 10.96.0.50:80': 'accept 10.244.1.7:82' },
  },
];

test.each(FAULTS)('$what', ({ manifests, said: expected, verdicts }) => {
  const snapshot = loadSnapshot({
    files: [{ name: 'in.yaml', text: manifests.join('') }],
    profile: { file: { name: 'k8snet.yaml', text: NODES }, flags: { set: [] } },
  });
  const found = Object.keys(verdicts).map((asked) => [asked, verdict(snapshot, asked)]);
  expect(Object.fromEntries(found)).toEqual(verdicts);
  expect(said(snapshot)).toEqual(expected);
});

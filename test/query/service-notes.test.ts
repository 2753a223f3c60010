/** What a trace says of a Service that is not as it seems. */

import { expect, test } from 'vitest';
import { loadSnapshot, type TraceAnswer, traceQuestion } from '../../src/index.ts';

const CLIENT = `apiVersion: v1
kind: Pod
metadata: {name: client, labels: {app: web}}
spec: {containers: [{name: main, ports: [{containerPort: 8080}]}]}
---
`;

function ask(text: string, to: string): TraceAnswer {
  const snapshot = loadSnapshot({
    files: [{ name: 'world.yaml', text: CLIENT + text }],
    profile: { flags: { set: [] } },
  });
  return traceQuestion(snapshot, { from: 'client', to, dns: false });
}

// kubernetes/kubernetes:pkg/proxy/config/config.go: Services with the label are not watched.
test('a Service of another proxy: nobody knows what that one does', () => {
  const answer = ask(
    `apiVersion: v1
kind: Service
metadata: {name: web, labels: {service.kubernetes.io/service-proxy-name: other}}
spec: {selector: {app: web}, clusterIP: 10.96.0.50, ports: [{port: 80, targetPort: 8080}]}`,
    'svc/web',
  );
  expect(answer.diagnostics).toContainEqual(
    expect.objectContaining({
      code: 'unmodelled',
      sources: [
        expect.objectContaining({ path: 'metadata.labels[service.kubernetes.io/service-proxy-name]' }),
      ],
    }),
  );
  expect(answer.assumptions).toContainEqual(
    expect.objectContaining({ code: 'A_UNMODELLED', decisive: true }),
  );
});

// KEP-752: endpoints of addressType FQDN are for nobody that Kubernetes ships.
test('a slice of names is no use, and is said to be there', () => {
  const answer = ask(
    `apiVersion: v1
kind: Service
metadata: {name: db}
spec: {clusterIP: 10.96.0.50, ports: [{name: sql, port: 5432}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: db-1, labels: {kubernetes.io/service-name: db}}
addressType: FQDN
endpoints: [{addresses: [db.example.com]}]
ports: [{name: sql, port: 5432}]`,
    'svc/db',
  );
  expect(answer.paths[0]).toMatchObject({ disposition: 'no-endpoints', reason: 'no-slice' });
  expect(answer.diagnostics[0]?.sources?.[0]).toMatchObject({ path: 'addressType' });
});

// CVE-2020-8554: an external IP may be the cluster address of another Service.
test('a Service that takes the address of another one is told', () => {
  const answer = ask(
    `apiVersion: v1
kind: Service
metadata: {name: bank}
spec: {selector: {app: web}, clusterIP: 10.96.0.50, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: thief}
spec: {selector: {app: none}, clusterIP: 10.96.0.51, externalIPs: [10.96.0.50], ports: [{port: 80}]}`,
    'svc/bank',
  );
  expect(answer.diagnostics).toContainEqual(
    expect.objectContaining({
      code: 'service-external-ip-conflict',
      text: expect.stringContaining('default/thief and to default/bank'),
    }),
  );
});

// kubernetes/kubernetes:pkg/proxy/util/utils.go GetClusterIPByFamily: one proxier for each family.
test('a Service of one family is not open in the other', () => {
  const text = `apiVersion: v1
kind: Service
metadata: {name: six}
spec:
  type: NodePort
  ipFamilies: [IPv6]
  selector: {app: web}
  externalIPs: [192.0.2.9]
  ports: [{port: 80, targetPort: 8080, nodePort: 30080}]`;
  const set = [
    'ipFamilies=[IPv4,IPv6]',
    'podCIDRs=[10.244.0.0/16,fd00:1::/48]',
    'serviceCIDRs=[10.96.0.0/12,fd00:2::/112]',
  ];
  const snapshot = loadSnapshot({
    files: [{ name: 'world.yaml', text: CLIENT + text }],
    profile: { flags: { set } },
  });
  const asked = (from: string, to: string) => traceQuestion(snapshot, { from, to, dns: false });
  for (const answer of [asked('client', 'node/node-b:30080'), asked('internet', '192.0.2.9:80')]) {
    expect(answer.diagnostics).toContainEqual(expect.objectContaining({ code: 'service-other-family' }));
  }
  expect(() => asked('internet', 'svc/six')).toThrow('IPv6 alone: ask with -6');
});

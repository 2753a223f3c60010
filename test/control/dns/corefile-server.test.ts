/**
 * The server of a Corefile. Expected answers follow coredns/coredns:plugin/{rewrite,hosts,template,kubernetes}
 * README.md and the code that each plugin's file here cites.
 */

import { describe, expect, test } from 'vitest';
import { codesAt, worldOf, worldOfFixture } from '../../cluster/world.ts';

const world = worldOfFixture(
  'control/dns-corefile/kubeadm.yaml',
  'dns: {upstream: {db.corp.example: [{type: A, data: 198.51.100.4}]}}',
);

/** `rcode records`, and which plugin said so. */
function said(name: string, type = 'A', from = world): string {
  const { rcode, answer, by } = from.dns.ask({ name, type });
  return [
    rcode,
    ...answer.map((record) => `${record.name} ${record.ttl} ${record.type} ${record.data}`),
    by,
  ].join(' | ');
}

test('nothing is wrong with the usual Corefile', () => {
  expect(world.diagnostics).toEqual([]);
});

test.each([
  ['web.shop.svc.cluster.local.', 'A', 'NOERROR | web.shop.svc.cluster.local. 11 A 10.96.0.20 | kubernetes'],
  // An exact rule turns the answer back by itself.
  ['old.example.com.', 'A', 'NOERROR | old.example.com. 11 A 10.96.0.20 | kubernetes'],
  ['web.shop.example.com.', 'A', 'NOERROR | web.shop.example.com. 11 A 10.96.0.20 | kubernetes'],
  ['node-b.', 'A', 'NOERROR | node-b. 60 A 10.0.0.12 | hosts'],
  ['node-b.', 'AAAA', 'NOERROR | hosts'],
  ['printer.corp.', 'A', 'NOERROR | printer.corp. 60 A 192.0.2.7 | hosts'],
  ['11.0.0.10.in-addr.arpa.', 'PTR', 'NOERROR | 11.0.0.10.in-addr.arpa. 60 PTR node-a. | hosts'],
  ['app.10-1-2-3.nip.example.', 'A', 'NOERROR | app.10-1-2-3.nip.example. 60 A 10.1.2.3 | template'],
  // The pattern does not fit: on to the next plugin, which is the upstream.
  ['app.nip.example.', 'A', 'NXDOMAIN | forward'],
  ['app.10-1-2-3.nip.example.', 'AAAA', 'NXDOMAIN | forward'],
  // Its own server block has no plugin but forward.
  ['db.corp.example.', 'A', 'NOERROR | db.corp.example. 30 A 198.51.100.4 | forward'],
  [
    '20.0.96.10.in-addr.arpa.',
    'PTR',
    'NOERROR | 20.0.96.10.in-addr.arpa. 11 PTR web.shop.svc.cluster.local. | kubernetes',
  ],
  // fallthrough in-addr.arpa: what the cluster does not know is asked of the upstream.
  ['99.99.99.10.in-addr.arpa.', 'PTR', 'NXDOMAIN | forward'],
  ['10-244-1-5.shop.pod.cluster.local.', 'A', 'NXDOMAIN | kubernetes'],
])('%s %s: %s', (name, type, expected) => {
  expect(said(name, type)).toBe(expected);
});

test('what the profile gives wins over the Corefile', () => {
  const given = worldOfFixture('control/dns-corefile/kubeadm.yaml', 'dns: {ttl: 7, pods: insecure}');
  expect(said('web.shop.svc.cluster.local.', 'A', given)).toContain(' 7 A 10.96.0.20');
  expect(said('10-244-1-5.shop.pod.cluster.local.', 'A', given)).toContain('10.244.1.5');
});

/** A world whose Corefile is these lines. */
function withCorefile(lines: string) {
  const indented = lines.trim().replaceAll('\n', '\n    ');
  return worldOf(
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: coredns, namespace: kube-system}\ndata:\n  Corefile: |\n    ${indented}\n`,
  );
}

describe('Corefiles that CoreDNS would refuse, or that do more than we know', () => {
  test.each([
    [
      '.:53 {\n  kubernetes cluster.local {\n    pods sometimes\n  }\n}',
      'corefile-invalid manifests.yaml:8',
      /wrong value for pods: sometimes/,
    ],
    [
      '.:53 {\n  kubernetes cluster.local {\n    ttl 9999\n  }\n}',
      'corefile-invalid manifests.yaml:8',
      /ttl must be in range/,
    ],
    [
      '.:53 {\n  kubernetes cluster.local {\n    podz verified\n  }\n}',
      'corefile-invalid manifests.yaml:8',
      /unknown property 'podz'/,
    ],
    [
      '.:53 {\n  kubernetes in-addr.arpa\n}',
      'corefile-invalid manifests.yaml:7',
      /non-reverse zone name must be used/,
    ],
    ['.:53 {\n  kubernetes cluster.local\n', 'corefile-invalid manifests.yaml:6', /\{ is never closed/],
    ['.:53 {\n  errors\n}\n}', 'corefile-invalid manifests.yaml:9', /\} closes nothing/],
    ['.:53 {\n  errors\n}\n.:53 {\n  errors\n}', 'corefile-invalid manifests.yaml:9', /already defined/],
    ['.:99999 {\n  errors\n}', 'corefile-invalid manifests.yaml:6', /address 99999: invalid port/],
    ['.:53 {\n  rewrite name\n}', 'corefile-invalid manifests.yaml:7', /rewrite name: needs/],
    ['.:53 {\n  rewrite name regex ( x\n}', 'corefile-invalid manifests.yaml:7', /no regular expression/],
    ['.:53 {\n  forward .\n}', 'corefile-invalid manifests.yaml:7', /forward: needs a zone and a server/],
    [
      '.:53 {\n  import snippet\n}',
      'corefile-invalid manifests.yaml:7',
      /import snippet: the file is in no ConfigMap/,
    ],
    ['.:53 {\n  dns64\n}', 'unmodelled manifests.yaml:7', /plugin dns64 is not modelled/],
    [
      '.:53 {\n  kubernetez cluster.local\n}',
      'unmodelled manifests.yaml:7',
      /no plugin kubernetez is known, did you mean kubernetes\?/,
    ],
    [
      '.:53 {\n  rewrite edns0 local set 0xffee 0x1\n}',
      'unmodelled manifests.yaml:7',
      /rewrite edns0 is not modelled/,
    ],
    [
      '.:53 {\n  hosts /etc/coredns/more {\n    fallthrough\n  }\n}',
      'unmodelled manifests.yaml:7',
      /is in no ConfigMap/,
    ],
  ])('%j', (corefile, at, text) => {
    const { diagnostics } = withCorefile(corefile);
    expect(codesAt(diagnostics)).toEqual([at]);
    expect(diagnostics[0]?.text).toMatch(text);
  });

  test('the rest is used', () => {
    const { dns } = withCorefile(
      '.:53 {\n  kubernetes cluster.local {\n    pods sometimes\n    ttl 3\n  }\n}',
    );
    expect(dns.ask({ name: 'kubernetes.default.svc.cluster.local.', type: 'A' }).answer[0]).toMatchObject({
      ttl: 3,
    });
  });
});

describe('the grammar', () => {
  test('snippets, several zones of a block, quotes, comments, and a server without braces', () => {
    const { dns, diagnostics } = withCorefile(`(shared) {
  errors # what goes wrong
}
a.example, b.example:53,
10.1.0.0/16 {
  import shared
  hosts {
    10.1.0.9 "web.a.example" web.b.example
  }
}
. {
  import shared
  kubernetes cluster.local { # on the line
    pods insecure
  }
}`);
    expect(diagnostics).toEqual([]);
    const addressOf = (name: string) => dns.ask({ name, type: 'A' }).answer.map(({ data }) => data);
    expect([addressOf('web.a.example'), addressOf('web.b.example')]).toEqual([['10.1.0.9'], ['10.1.0.9']]);
    expect(dns.ask({ name: '9.0.1.10.in-addr.arpa.', type: 'PTR' }).answer.length).toBe(2);
    expect(addressOf('10-9-8-7.default.pod.cluster.local')).toEqual(['10.9.8.7']);
    const bare = withCorefile('cluster.local\nkubernetes\n');
    expect(bare.dns.ask({ name: 'kubernetes.default.svc.cluster.local', type: 'A' }).rcode).toBe('NOERROR');
    // Nobody serves other names there.
    expect(bare.dns.ask({ name: 'example.org.', type: 'A' }).rcode).toBe('REFUSED');
  });

  test('files of ConfigMap coredns-custom are imported', () => {
    const { dns } = worldOf(`
apiVersion: v1
kind: ConfigMap
metadata: {name: coredns, namespace: kube-system}
data:
  Corefile: |
    .:53 {
      kubernetes cluster.local
      import custom/none/*.override
      import /etc/coredns/custom/*.override
    }
    import /etc/coredns/custom/*.server
---
apiVersion: v1
kind: ConfigMap
metadata: {name: coredns-custom, namespace: kube-system}
data:
  more.override: |
    hosts {
      10.9.9.9 extra.example
      fallthrough
    }
  corp.server: |
    corp:53 {
      hosts {
        10.8.8.8 wiki.corp
      }
    }
`);
    expect(dns.ask({ name: 'extra.example', type: 'A' }).answer.map(({ data }) => data)).toEqual([
      '10.9.9.9',
    ]);
    expect(dns.ask({ name: 'wiki.corp', type: 'A' }).answer.map(({ data }) => data)).toEqual(['10.8.8.8']);
  });
});

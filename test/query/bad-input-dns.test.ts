/**
 * Names and pod files that somebody got wrong: what comes of each, and what is said, where, with its remedy.
 * Complaints about fields are those of kubernetes/kubernetes:pkg/apis/core/validation/validation.go; what the
 * kubelet does with what is too long is pkg/kubelet/network/dns/dns.go, what CoreDNS answers is
 * coredns/coredns:plugin/kubernetes.
 */

import { describe, expect, test } from 'vitest';
import {
  dnsConfigQuestion,
  dnsLookupQuestion,
  dnsRecordsQuestion,
  loadSnapshot,
  type Snapshot,
  UsageError,
} from '../../src/index.ts';
import { locate } from '../../src/source/ref.ts';

const pod = (spec: string) => `apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers: [{name: c, image: x}]
${spec}`;

const service = (name: string, spec: string) => `apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: shop}
spec: {${spec}}
`;

const external = (name: string) => service('db', `type: ExternalName, externalName: ${name}`);

const API = service('api', 'clusterIP: 10.96.0.20, selector: {app: api}, ports: [{port: 80}]');

function read(...documents: readonly string[]): Snapshot {
  const text = documents.join('---\n');
  return loadSnapshot({
    files: [{ name: 'in.yaml', text }],
    profile: { flags: { namespace: 'shop', set: [] } },
  });
}

/** `code line:column text` of what reading the manifests says. */
function said(snapshot: Snapshot): readonly string[] {
  expect(snapshot.dns.served.length).toBeGreaterThan(0);
  return snapshot.diagnostics.map(({ code, text, sources }) => {
    const at = sources[0]?.at;
    if (at === undefined) return `${code} ${text}`;
    const { file, line, column } = locate(at);
    return `${code} ${file}:${line}:${column} ${text}`;
  });
}

const label = 'x'.repeat(64);
const long = `${'x'.repeat(60)}.`.repeat(5);

interface Miss {
  readonly name: string;
  readonly manifests?: readonly string[];
  readonly from?: string;
  readonly resolver?: string;
  /** `NAME RCODE` of the questions of type A. */
  readonly asked: readonly string[];
  readonly text: string;
  readonly help: string;
  readonly at?: string;
}

const SEARCHED = (name: string) => [
  `${name}.shop.svc.cluster.local. NXDOMAIN`,
  `${name}.svc.cluster.local. NXDOMAIN`,
  `${name}.cluster.local. NXDOMAIN`,
];

describe('a name that leads nowhere', () => {
  test.each<Miss>([
    // RFC 1035 2.3.4.
    {
      name: label,
      asked: [],
      text: `a label has 63 characters at most, "${label}" has 64: no packet can carry it, and nobody is asked`,
      help: 'no Service or pod can have such a name either: ask for one of at most 63 characters',
    },
    {
      name: long,
      asked: [],
      text: 'the name has 305 characters, 253 are the limit: nobody is asked',
      help: 'ask for a shorter name; within the namespace the name of the Service is enough',
    },
    {
      name: 'api..shop',
      asked: [],
      text: 'api..shop has an empty label: nobody is asked',
      help: 'did you mean api.shop?',
    },
    {
      name: 'db',
      manifests: [external('198.51.100.7')],
      asked: [...SEARCHED('db'), 'db. NXDOMAIN'],
      text: 'externalName 198.51.100.7 is an address: CoreDNS serves names only',
      help: 'use a Service without a selector and an EndpointSlice with that address',
      at: 'in.yaml:4',
    },
    {
      name: 'db',
      manifests: [external('"db.example.com:5432"')],
      asked: ['db.shop.svc.cluster.local. NOERROR'],
      text: 'externalName db.example.com:5432 is no host name: it takes neither port nor scheme',
      help: "write externalName: db.example.com; the port is the client's to name",
      at: 'in.yaml:4',
    },
    {
      name: 'db',
      manifests: [external('db.example.com.')],
      asked: ['db.shop.svc.cluster.local. NOERROR'],
      text: 'shop/db is another name for db.example.com., which is outside the cluster and taken not to exist; the lone alias ends the search',
      help: 'dns.upstream of the profile says what db.example.com. is',
      at: 'in.yaml:4',
    },
    {
      name: 'db',
      manifests: [external('db.shop.svc.cluster.local')],
      asked: ['db.shop.svc.cluster.local. NOERROR', ...SEARCHED('db').slice(1), 'db. NXDOMAIN'],
      text: 'shop/db is another name for db.shop.svc.cluster.local, which leads back to itself, or to nothing',
      help: 'write the name of something that has an address',
      at: 'in.yaml:4',
    },
    {
      name: 'db',
      manifests: [service('db', 'type: ExternalName')],
      asked: ['db.shop.svc.cluster.local. NOERROR'],
      text: 'shop/db has no externalName: CoreDNS answers with the root, which has no address',
      help: 'write spec.externalName: the name that it stands for',
      at: 'in.yaml:4',
    },
    {
      name: 'api',
      manifests: [pod('  dnsPolicy: None\n')],
      from: 'shop/web',
      asked: ['api. TIMEOUT'],
      text: 'the pod has no name server to ask: dnsPolicy None takes those of dnsConfig, and it has none',
      help: 'give spec.dnsConfig.nameservers, or write dnsPolicy: ClusterFirst',
      at: 'in.yaml:6',
    },
    {
      name: 'api',
      manifests: [pod('  dnsPolicy: None\n  dnsConfig: {nameservers: [10.96.0.10], searches: []}\n'), API],
      from: 'shop/web',
      asked: ['api. NXDOMAIN'],
      text: 'api is not the whole name of Service shop/api: the pod has no search list',
      help: 'ask for api.shop.svc.cluster.local',
    },
    {
      name: 'api.',
      manifests: [API],
      asked: ['api. NXDOMAIN'],
      text: 'api. is not the whole name of Service shop/api: the final dot keeps the search list out',
      help: 'ask for api.shop.svc.cluster.local',
    },
    {
      name: 'api',
      manifests: [API],
      resolver: 'dig',
      asked: ['api. NXDOMAIN'],
      text: 'api is not the whole name of Service shop/api: dig asks it as it is, without the search list',
      help: 'ask for api.shop.svc.cluster.local',
    },
    // A Service named like a TLD answers nothing for names below it.
    {
      name: 'example.com',
      manifests: [service('com', 'clusterIP: 10.96.0.21, selector: {app: com}, ports: [{port: 80}]')],
      asked: [...SEARCHED('example.com'), 'example.com. NXDOMAIN'],
      text: 'example.com is outside the cluster, where names are taken not to exist',
      help: 'dns.upstream of the profile says what is there: {example.com.: [{type: A, data: 203.0.113.5}]}',
    },
  ])('$name: $text', ({ name, manifests = [], from, resolver, asked, text, help, at }) => {
    const found = dnsLookupQuestion(read(...manifests), {
      name,
      ...(from === undefined ? {} : { from }),
      ...(resolver === undefined ? {} : { resolver }),
    });
    const ofTypeA = found.queries.filter(({ type }) => type === 'A');
    expect(ofTypeA.map((each) => `${each.name} ${each.rcode}`)).toEqual(asked);
    const [first] = found.diagnostics;
    expect([first?.severity, first?.text]).toEqual(['error', text]);
    expect(first?.help?.map((each) => each.text)).toEqual([help]);
    const place = first?.sources?.[0];
    expect(place === undefined ? undefined : `${place.file}:${place.line}`).toBe(at);
  });
});

test('a Service named like a top-level domain answers for the bare name, which is said', () => {
  const com = service('com', 'clusterIP: 10.96.0.21, selector: {app: com}, ports: [{port: 80}]');
  const found = dnsLookupQuestion(read(com), { name: 'com' });
  expect(found.result.addresses).toEqual(['10.96.0.21']);
  expect(found.diagnostics.map(({ code, text }) => `${code} ${text}`)).toEqual([
    'search-list-captures com is answered by Service shop/com, not by the Internet: the search list goes first',
  ]);
  expect(found.diagnostics[0]?.sources?.[0]).toMatchObject({ file: 'in.yaml', line: 1 });
});

test('a final dot of externalName is one of the name, and no fault', () => {
  const target = external('api.shop.svc.cluster.local.');
  const snapshot = read(target, API);
  expect(said(snapshot)).toEqual([]);
  expect(dnsLookupQuestion(snapshot, { name: 'db' }).result.addresses).toEqual(['10.96.0.20']);
});

test('an IDN is asked in its ASCII form, and no Service can be meant', () => {
  const found = dnsLookupQuestion(read(API), { name: 'bücher' });
  expect(found.queries[0]?.name).toBe('xn--bcher-kva.shop.svc.cluster.local.');
  expect(found.diagnostics.map(({ code, text }) => `${code} ${text}`)).toEqual([
    'no-such-service no Service xn--bcher-kva in shop',
    'name-in-ascii bücher is asked as xn--bcher-kva: DNS names are ASCII, and no Service can have other letters',
  ]);
});

const SERVICE_NAME =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";

describe('names that the API server refuses; the object is used under the name all the same', () => {
  test.each([
    ['Bad_Name', `Invalid value: "Bad_Name": ${SERVICE_NAME}`],
    ['bücher', `Invalid value: "bücher": ${SERVICE_NAME}`],
    ['api.v2', `Invalid value: "api.v2": ${SERVICE_NAME}`],
    [label, `Invalid value: "${label}": must be no more than 63 characters`],
  ])('Service %s', (name, complaint) => {
    const snapshot = read(
      service(name, 'clusterIP: 10.96.0.30, selector: {app: x}, ports: [{port: 80}]'),
      API,
    );
    expect(said(snapshot)).toEqual([`invalid-field in.yaml:3:18 metadata.name: ${complaint}`]);
    expect(snapshot.cluster.services.map((each) => each.name)).toContain(name);
    expect(dnsLookupQuestion(snapshot, { name: 'api' }).result.status).toBe('resolved');
  });

  test('pods, and namespaces', () => {
    const snapshot = read(
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: my.shop}\n',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: Web, namespace: Shop}\nspec: {containers: [{name: c}]}\n',
    );
    const complaint = (what: string, form: string) =>
      `a lowercase RFC 1123 ${what} must consist of lower case alphanumeric characters${form}, and must start and end with an alphanumeric character`;
    expect(said(snapshot).slice(0, 3)).toEqual([
      `invalid-field in.yaml:3:18 metadata.name: Invalid value: "my.shop": ${complaint('label', " or '-'")}`,
      `invalid-field in.yaml:7:18 metadata.name: Invalid value: "Web": ${complaint('subdomain', ", '-' or '.'")}`,
      `invalid-field in.yaml:7:34 metadata.namespace: Invalid value: "Shop": ${complaint('label', " or '-'")}`,
    ]);
  });
});

describe('the files of a pod', () => {
  const many = Array.from({ length: 33 }, (_, index) => `d${index}.example`);

  test.each([
    {
      what: 'None without name servers',
      spec: '  dnsPolicy: None\n',
      said: [
        'invalid-field in.yaml:4:1 spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None',
      ],
      text: '',
    },
    {
      what: 'an empty search list',
      spec: '  dnsPolicy: None\n  dnsConfig: {nameservers: [10.96.0.10], searches: []}\n',
      said: [],
      text: 'nameserver 10.96.0.10\n',
    },
    {
      what: 'a policy that is none: the default holds',
      spec: '  dnsPolicy: ClusterFirsst\n',
      said: [
        'invalid-field in.yaml:6:14 spec.dnsPolicy: Unsupported value: "ClusterFirsst": supported values: "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"',
      ],
      text: 'search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n',
    },
    {
      what: 'a name for a name server: the others are asked',
      spec: '  dnsPolicy: None\n  dnsConfig: {nameservers: [dns.example, 192.0.2.53]}\n',
      said: [
        'invalid-field in.yaml:7:29 spec.dnsConfig.nameservers[0]: Invalid value: "dns.example": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
      text: 'nameserver 192.0.2.53\n',
    },
  ])('$what', ({ spec, said: expected, text }) => {
    const snapshot = read(pod(spec));
    expect(said(snapshot)).toEqual(expected);
    expect(dnsConfigQuestion(snapshot, 'shop/web').resolvConf.text).toBe(text);
  });

  test('more name servers and domains than the kubelet takes: the first ones, and what is left out', () => {
    const servers = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'];
    const snapshot = read(
      pod(`  dnsPolicy: None\n  dnsConfig:\n    nameservers: [${servers}]\n    searches: [${many}]\n`),
    );
    expect(said(snapshot).map((each) => each.replace(/Invalid value: \[.*\]/, 'Invalid value: […]'))).toEqual(
      [
        'invalid-field in.yaml:8:5 spec.dnsConfig.nameservers: Invalid value: […]: must not have more than 3 nameservers',
        'invalid-field in.yaml:9:5 spec.dnsConfig.searches: Invalid value: […]: must not have more than 32 search paths',
      ],
    );
    const { resolvConf, diagnostics } = dnsConfigQuestion(snapshot, 'shop/web');
    expect(resolvConf).toMatchObject({ nameservers: servers.slice(0, 3), searches: many.slice(0, 32) });
    expect(diagnostics.map(({ text, sources }) => `${sources?.[0]?.line} ${text}`)).toEqual([
      '8 too many name servers: the kubelet leaves out 192.0.2.4 (event DNSConfigForming)',
      '9 too many search domains: the kubelet leaves out d32.example (event DNSConfigForming)',
    ]);
    expect(diagnostics.map(({ help }) => help?.length)).toEqual([1, 1]);
  });
});

describe('the cluster domain', () => {
  const withDomain = (domain: string) =>
    loadSnapshot({
      files: [{ name: 'in.yaml', text: API }],
      profile: { flags: { namespace: 'shop', set: [`clusterDomain=${domain}`] } },
    });

  test('with and without a final dot is the same', () => {
    for (const domain of ['k8s.example', 'k8s.example.']) {
      const snapshot = withDomain(domain);
      expect(said(snapshot)).toEqual([]);
      expect(dnsLookupQuestion(snapshot, { name: 'api' }).queries[0]?.name).toBe('api.shop.svc.k8s.example.');
      const names = [...dnsRecordsQuestion(snapshot, 'api.shop').records].map((record) => record.name);
      expect(names).toContain('api.shop.svc.k8s.example.');
      expect(names.filter((name) => name.includes('..'))).toEqual([]);
    }
  });

  test.each(['.', '.k8s', 'a b', '-x'])('%j is none: reported, and cluster.local holds', (domain) => {
    const snapshot = withDomain(domain);
    expect(snapshot.profile.clusterDomain).toBe('cluster.local');
    expect(snapshot.diagnostics.map(({ code, text }) => `${code} ${text}`)).toEqual([
      `profile-invalid clusterDomain: Invalid value: "${domain}": must be a domain name like cluster.local`,
    ]);
  });
});

describe('the type of a question', () => {
  const ask = (type: string) => dnsLookupQuestion(read(API), { name: 'api', type });

  test.each([
    ['AAA', ['AAAA']],
    ['SVR', ['SRV']],
    ['TYPE70000', []],
    ['xyz', []],
  ])('%s is none', (type, near) => {
    expect(() => ask(type)).toThrow(UsageError);
    expect(() => ask(type)).toThrow(`there is no record type ${type}`);
    try {
      ask(type);
    } catch (error) {
      expect((error as UsageError).candidates).toEqual(expect.arrayContaining([...near]));
    }
  });

  // RFC 3597 5: a type without a mnemonic is TYPE and its number.
  test.each(['a', 'AAAA', 'https', 'TYPE65'])('%s is one', (type) => {
    expect(ask(type).queries[0]?.type).toBe(type.toUpperCase());
  });
});

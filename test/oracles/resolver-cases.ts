/** What a stub name server knows, and the names and files with which real resolver libraries are run against it. */

export type StubRcode = 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED';

export interface StubReply {
  readonly rcode: StubRcode;
  /** Owner, type, data. */
  readonly answer: readonly (readonly [string, string, string])[];
}

interface StubName {
  readonly A?: string | StubRcode;
  readonly AAAA?: string | StubRcode;
  readonly CNAME?: string;
}

const NAMES: ReadonlyMap<string, StubName> = new Map<string, StubName>([
  ['api.shop.svc.cluster.local.', { A: '10.96.0.20' }],
  ['six.shop.svc.cluster.local.', { AAAA: 'fd00::20' }],
  ['both.shop.svc.cluster.local.', { A: '10.96.0.21', AAAA: 'fd00::21' }],
  ['web.billing.svc.cluster.local.', { A: '10.96.0.22' }],
  ['_http._tcp.api.shop.svc.cluster.local.', { A: '10.96.0.20' }],
  // There, without addresses; further on in the list there are some.
  ['nodata.shop.svc.cluster.local.', {}],
  ['nodata.cluster.local.', { A: '10.96.0.23' }],
  ['empty.shop.svc.cluster.local.', {}],
  ['half.shop.svc.cluster.local.', { A: '10.96.0.24', AAAA: 'NXDOMAIN' }],
  ['half.cluster.local.', { A: '10.96.0.25' }],
  ['half6.shop.svc.cluster.local.', { A: 'NXDOMAIN', AAAA: 'fd00::26' }],
  ['broken.shop.svc.cluster.local.', { A: 'SERVFAIL', AAAA: 'SERVFAIL' }],
  ['broken.cluster.local.', { A: '10.96.0.27' }],
  ['broken4.shop.svc.cluster.local.', { A: 'SERVFAIL', AAAA: 'fd00::28' }],
  ['refused.shop.svc.cluster.local.', { A: 'REFUSED', AAAA: 'REFUSED' }],
  ['refused.cluster.local.', { A: '10.96.0.29' }],
  ['alias.shop.svc.cluster.local.', { CNAME: 'gone.example.org.' }],
  ['alias.cluster.local.', { A: '10.96.0.30' }],
  ['cname.shop.svc.cluster.local.', { CNAME: 'www.example.com.' }],
  ['www.example.com.', { A: '203.0.113.5' }],
  ['tld.', { A: '203.0.113.6' }],
]);

/** The reply of the stub. @param server its address: 127.0.0.2 is out of order, 127.0.0.3 says that nothing is there. */
export function stubReply(server: string, name: string, type: string): StubReply {
  const owner = name.toLowerCase();
  if (server === '127.0.0.2') return { rcode: 'SERVFAIL', answer: [] };
  const known = server === '127.0.0.3' ? undefined : NAMES.get(owner);
  if (known === undefined) return { rcode: 'NXDOMAIN', answer: [] };
  const { CNAME: alias } = known;
  if (alias !== undefined) {
    return { rcode: 'NOERROR', answer: [[owner, 'CNAME', alias], ...stubReply(server, alias, type).answer] };
  }
  const said = known[type as 'A' | 'AAAA'];
  if (said === undefined) return { rcode: 'NOERROR', answer: [] };
  return /^[A-Z]+$/.test(said)
    ? { rcode: said as StubRcode, answer: [] }
    : { rcode: 'NOERROR', answer: [[owner, type, said]] };
}

export const LOOKED_UP: readonly string[] = [
  'api',
  'API',
  'api.',
  'api.shop',
  'api.shop.svc',
  'api.shop.svc.cluster.local',
  'api.shop.svc.cluster.local.',
  'web.billing',
  'web.billing.svc.cluster.local',
  '_http._tcp.api',
  'six',
  'both',
  'nodata',
  'empty',
  'half',
  'half6',
  'broken',
  'broken4',
  'refused',
  'alias',
  'cname',
  'tld',
  'nope',
  'nope.nope',
  'www.example.com',
  'www.example.com.',
  'a.b.c.d.e.f',
  '10.96.0.20',
  'fd00::20',
  `${'x'.repeat(64)}`,
  `${'x'.repeat(64)}.example.com`,
  `${'abcdefghi.'.repeat(24)}abcdefgh`,
  'a..b',
];

export interface ResolvConfCase {
  readonly name: string;
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

const CLUSTER = ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'];
const BASE: ResolvConfCase = {
  name: 'ndots:5',
  nameservers: ['127.0.0.1'],
  searches: CLUSTER,
  options: ['ndots:5', 'timeout:1', 'attempts:1'],
};
const withNdots = (ndots: string): ResolvConfCase => ({
  ...BASE,
  name: ndots,
  options: [ndots, 'timeout:1', 'attempts:1'],
});

export const RESOLV_CONFS: readonly ResolvConfCase[] = [
  BASE,
  withNdots('ndots:0'),
  withNdots('ndots:1'),
  withNdots('ndots:2'),
  withNdots('ndots:99'),
  withNdots('ndots:many'),
  { ...BASE, name: 'no ndots', options: ['timeout:1', 'attempts:1'] },
  { ...BASE, name: 'no search list', searches: [] },
  { ...BASE, name: 'a lone dot last', searches: [...CLUSTER, '.'] },
  { ...BASE, name: 'a lone dot first', searches: ['.', ...CLUSTER] },
  { ...BASE, name: 'final dots', searches: CLUSTER.map((domain) => `${domain}.`) },
  {
    ...BASE,
    name: 'seven domains',
    searches: ['a.example', 'b.example', 'c.example', 'd.example', ...CLUSTER],
  },
  {
    ...BASE,
    name: 'a line of more than 256 characters',
    searches: [
      ...CLUSTER,
      ...Array.from({ length: 5 }, (_, index) => `${'long'.repeat(12)}${index}.example`),
    ],
  },
  { ...BASE, name: 'the first server is out of order', nameservers: ['127.0.0.2', '127.0.0.1'] },
  { ...BASE, name: 'the first server knows nothing', nameservers: ['127.0.0.3', '127.0.0.1'] },
  { ...BASE, name: 'no-tld-query', options: [...BASE.options, 'no-tld-query'] },
  { ...BASE, name: 'single-request', options: [...BASE.options, 'single-request'] },
];

export interface RecordedLookup {
  readonly name: string;
  /** `NAME TYPE SERVER`, each once, in the order in which they came. */
  readonly questions: readonly string[];
  /** `OK`, or the word of getaddrinfo. */
  readonly status: string;
  /** Sorted. */
  readonly addresses: readonly string[];
}

export interface RecordedResolver {
  /** As RESOLVERS has it. */
  readonly resolver: string;
  readonly version: string;
  readonly cases: readonly { readonly resolvConf: string; readonly lookups: readonly RecordedLookup[] }[];
}

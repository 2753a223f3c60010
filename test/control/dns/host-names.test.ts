/** kubernetes/enhancements:keps/sig-network/4762-allow-arbitrary-fqdn-as-pod-hostname/README.md, its table. */

import { describe, expect, test } from 'vitest';
import { type NamedPod, podHostNames } from '../../../src/control/dns/host-names.ts';

type Spec = NamedPod['spec'] & { readonly hostNetwork?: boolean };

function names({ hostNetwork = false, ...spec }: Spec, facts = {}) {
  return podHostNames(
    { name: 'p', namespace: 'ns', hostNetwork, spec },
    { clusterDomain: 'cluster.local', nodeName: 'node-a', hostnameOverride: true, ...facts },
  );
}
const DOMAIN = 'bb.ns.svc.cluster.local';

test.each<[Spec, { hostname: string; fqdn: string; dnsName?: string }]>([
  [{}, { hostname: 'p', fqdn: 'p' }],
  [{ hostname: 'aa' }, { hostname: 'aa', fqdn: 'aa' }],
  [{ subdomain: 'bb' }, { hostname: 'p', fqdn: `p.${DOMAIN}` }],
  [
    { hostname: 'aa', subdomain: 'bb' },
    { hostname: 'aa', fqdn: `aa.${DOMAIN}`, dnsName: `aa.${DOMAIN}` },
  ],
  [{ setHostnameAsFqdn: true }, { hostname: 'p', fqdn: 'p' }],
  [
    { subdomain: 'bb', setHostnameAsFqdn: true },
    { hostname: `p.${DOMAIN}`, fqdn: `p.${DOMAIN}` },
  ],
  [{ hostnameOverride: 'xx.yy' }, { hostname: 'xx.yy', fqdn: 'xx.yy' }],
  [
    { hostname: 'aa', subdomain: 'bb', hostnameOverride: 'xx.yy' },
    { hostname: 'xx.yy', fqdn: 'xx.yy', dnsName: `aa.${DOMAIN}` },
  ],
  [
    { hostname: 'aa', hostNetwork: true },
    { hostname: 'node-a', fqdn: 'node-a' },
  ],
])('%j', (spec, expected) => {
  const found = names(spec);
  expect(found).toMatchObject({ kind: 'named', ...expected });
  expect(found.kind === 'named' ? found.dnsName : '').toBe(expected.dnsName);
});

test('what the API server refuses', () => {
  expect(names({ hostnameOverride: 'xx', setHostnameAsFqdn: true }).kind).toBe('refused');
  expect(names({ hostnameOverride: 'xx', hostNetwork: true }).kind).toBe('refused');
  // Before 1.35 the field is dropped.
  expect(names({ hostnameOverride: 'xx', hostNetwork: true }, { hostnameOverride: false }).kind).toBe(
    'named',
  );
});

describe('lengths', () => {
  test('63 characters, then without dashes and dots at the end', () => {
    const name = `${'a'.repeat(61)}-.b`;
    const found = podHostNames(
      { name, namespace: 'ns', hostNetwork: false, spec: {} },
      { clusterDomain: 'cluster.local', nodeName: '', hostnameOverride: true },
    );
    expect(found).toMatchObject({ hostname: 'a'.repeat(61) });
  });

  test('a whole name has 64 at most', () => {
    // 24 characters are `.bb.ns.svc.cluster.local`.
    expect(names({ hostname: 'a'.repeat(40), subdomain: 'bb', setHostnameAsFqdn: true }).kind).toBe('named');
    expect(names({ hostname: 'a'.repeat(41), subdomain: 'bb', setHostnameAsFqdn: true }).kind).toBe(
      'no-sandbox',
    );
    expect(names({ hostname: 'a'.repeat(41), subdomain: 'bb' }).kind).toBe('named');
  });
});

/** The rules of kube-proxy's nftables mode as lines of text. */

import type { ServicePort } from '../../../src/control/service-port.ts';
import { nftablesProxy } from '../../../src/dataplane/proxy/nftables.ts';
import type { ProxyInput } from '../../../src/dataplane/service-proxy.ts';
import { composeRuleset } from '../../../src/netfilter/compose.ts';
import { nftLines } from '../../../src/netfilter/print-nft.ts';
import { proxyInput } from './iptables-lines.ts';
import { cidr, proxyProfile } from './service-ports.ts';

/** What kube-proxy gets in nftables mode where Services are 172.30.0.0/16. */
export function nftablesInput(
  servicePorts: readonly ServicePort[],
  facts: Partial<ProxyInput> = {},
): ProxyInput {
  return proxyInput(servicePorts, {
    profile: proxyProfile({ mode: 'nftables' }),
    serviceCidrs: [cidr('172.30.0.0/16'), cidr('fd00:10::/64')],
    ...facts,
  });
}

/** Every line of the table, in order, without `ip kube-proxy`. */
export function tableLines(servicePorts: readonly ServicePort[], facts: Partial<ProxyInput> = {}): string[] {
  const input = nftablesInput(servicePorts, facts);
  const lines = nftLines(composeRuleset(input.family, [nftablesProxy.compile(input)]));
  return [...lines].map((line) => line.replace(/ ip6? kube-proxy/, ''));
}

/** What is added by one of these words to a chain, set or map of this name: `rule services`. */
export function linesOf(lines: readonly string[], what: string): readonly string[] {
  const start = `add ${what} `;
  return lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length));
}

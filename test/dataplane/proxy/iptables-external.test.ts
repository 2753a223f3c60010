/**
 * The rules for traffic from outside of kube-proxy's iptables mode, in the words in which kube-proxy writes them.
 * Source: kubernetes/kubernetes:pkg/proxy/iptables/proxier.go and proxier_test.go.
 */

import { describe, expect, test } from 'vitest';
import type { ProxyInput } from '../../../src/dataplane/service-proxy.ts';
import {
  api,
  EXT,
  FW,
  here,
  lines,
  MARK,
  nodePorts,
  ONE,
  SVC,
  SVL,
  sep,
  serviceChains,
  TO_CLUSTER_IP,
} from './iptables-lines.ts';
import { cidr, endpoint, ip, node, type PortFacts, proxyProfile } from './service-ports.ts';

describe('entries from outside', () => {
  const open: PortFacts = {
    type: 'LoadBalancer',
    nodePort: 30001,
    externalIps: [ip('192.0.2.1'), ip('2001:db8::1')],
    loadBalancerVips: [ip('198.51.100.1'), ip('2001:db8::2')],
  };
  const EXTERNAL_IP = '-m tcp -p tcp -d 192.0.2.1 --dport 80';
  const VIP = '-m tcp -p tcp -d 198.51.100.1 --dport 80';

  test('every entry leads to KUBE-EXT, in nat', () => {
    expect(lines(['nat', 'KUBE-SERVICES'], [api(open)])).toEqual([
      `-m comment --comment "shop/api:http cluster IP" ${TO_CLUSTER_IP} -j ${SVC}`,
      `-m comment --comment "shop/api:http external IP" ${EXTERNAL_IP} -j ${EXT}`,
      `-m comment --comment "shop/api:http loadbalancer IP" ${VIP} -j ${EXT}`,
      nodePorts('-m addrtype --dst-type LOCAL'),
    ]);
    expect(lines(['nat', 'KUBE-NODEPORTS'], [api(open)])).toEqual([
      `-m comment --comment shop/api:http -m tcp -p tcp --dport 30001 -j ${EXT}`,
    ]);
    expect(lines(['filter', 'KUBE-EXTERNAL-SERVICES'], [api(open)])).toEqual([]);
  });

  test('policy Cluster: everything is masqueraded', () => {
    expect(lines(['nat', EXT], [api(open)])).toEqual([
      `-m comment --comment "masquerade traffic for shop/api:http external destinations" ${MARK}`,
      `-j ${SVC}`,
    ]);
  });

  const local: PortFacts = { ...open, externalTrafficPolicy: 'Local' };
  const shortcut = [
    `-m comment --comment "pod traffic for shop/api:http external destinations" -s 10.0.0.0/8 -j ${SVC}`,
    `-m comment --comment "masquerade LOCAL traffic for shop/api:http external destinations" -m addrtype --src-type LOCAL ${MARK}`,
    `-m comment --comment "route LOCAL traffic for shop/api:http external destinations" -m addrtype --src-type LOCAL -j ${SVC}`,
  ];

  test('policy Local: pods and the node use all endpoints, others those of the node as they come', () => {
    const port = api({ ...local, endpoints: [...ONE, endpoint('10.1.0.2:8080', here)] });
    expect(lines(['nat', EXT], [port])).toEqual([...shortcut, `-j ${SVL}`]);
    expect(lines(['nat', SVL], [port])).toEqual([
      `-m comment --comment "shop/api:http -> 10.1.0.2:8080" -j ${sep('10.1.0.2:8080')}`,
    ]);
    expect(serviceChains([port])).toEqual([EXT, SVC, sep('10.1.0.1:8080'), sep('10.1.0.2:8080'), SVL]);
    expect(lines(['filter', 'KUBE-EXTERNAL-SERVICES'], [port])).toEqual([]);
  });

  test('policy Local without an endpoint here: what is left is dropped', () => {
    expect(lines(['nat', EXT], [api(local)])).toEqual(shortcut);
    const comment = '-m comment --comment "shop/api:http has no local endpoints"';
    expect(lines(['filter', 'KUBE-EXTERNAL-SERVICES'], [api(local)])).toEqual([
      `${comment} ${EXTERNAL_IP} -j DROP`,
      `${comment} ${VIP} -j DROP`,
      `${comment} -m addrtype --dst-type LOCAL -m tcp -p tcp --dport 30001 -j DROP`,
    ]);
    expect(lines(['filter', 'KUBE-SERVICES'], [api(local)])).toEqual([]);
  });

  test('without endpoints every entry is refused, and nothing is in nat', () => {
    const none = api({ ...open, endpoints: [] });
    const comment = '-m comment --comment "shop/api:http has no endpoints"';
    const refuse = '-j REJECT --reject-with icmp-port-unreachable';
    expect(lines(['filter', 'KUBE-EXTERNAL-SERVICES'], [none])).toEqual([
      `${comment} ${EXTERNAL_IP} ${refuse}`,
      `${comment} ${VIP} ${refuse}`,
      `${comment} -m addrtype --dst-type LOCAL -m tcp -p tcp --dport 30001 ${refuse}`,
    ]);
    expect(lines(['nat', 'KUBE-NODEPORTS'], [none])).toEqual([]);
    expect(serviceChains([none])).toEqual([]);
  });

  test('policy Local of a Service that nothing from outside reaches is ignored', () => {
    const plain = api({ externalTrafficPolicy: 'Local' });
    expect(serviceChains([plain])).toEqual([SVC, sep('10.1.0.1:8080')]);
  });

  describe('source ranges of a load balancer', () => {
    const ranges = [cidr('203.0.113.0/25'), cidr('2001:db8::/32')];
    const guarded = api({ ...open, loadBalancerSourceRanges: ranges });

    test('its addresses lead to KUBE-FW; the rest is dropped in filter', () => {
      expect(lines(['nat', 'KUBE-SERVICES'], [guarded])?.slice(1, 3)).toEqual([
        `-m comment --comment "shop/api:http external IP" ${EXTERNAL_IP} -j ${EXT}`,
        `-m comment --comment "shop/api:http loadbalancer IP" ${VIP} -j ${FW}`,
      ]);
      expect(lines(['nat', FW], [guarded])).toEqual([
        `-m comment --comment "shop/api:http loadbalancer IP" -s 203.0.113.0/25 -j ${EXT}`,
        '-m comment --comment "other traffic to shop/api:http will be dropped by KUBE-PROXY-FIREWALL"',
      ]);
      expect(lines(['filter', 'KUBE-PROXY-FIREWALL'], [guarded])).toEqual([
        `-m comment --comment "shop/api:http traffic not accepted by ${FW}" ${VIP} -j DROP`,
      ]);
    });

    test('a node within the ranges may use the address as its own', () => {
      const near = api({ ...open, loadBalancerSourceRanges: [...ranges, cidr('192.168.0.0/24')] });
      expect(lines(['nat', FW], [near])?.slice(1, 3)).toEqual([
        `-m comment --comment "shop/api:http loadbalancer IP" -s 192.168.0.0/24 -j ${EXT}`,
        `-m comment --comment "shop/api:http loadbalancer IP" -s 198.51.100.1 -j ${EXT}`,
      ]);
    });

    test('without a range of the family, without endpoints and without an address there is no firewall', () => {
      const cases: readonly PortFacts[] = [
        { ...open, loadBalancerSourceRanges: [cidr('2001:db8::/32')] },
        { ...open, loadBalancerSourceRanges: ranges, endpoints: [] },
        { ...open, loadBalancerSourceRanges: ranges, loadBalancerVips: [] },
      ];
      for (const facts of cases) {
        expect(lines(['filter', 'KUBE-PROXY-FIREWALL'], [api(facts)])).toEqual([]);
        expect(serviceChains([api(facts)])).not.toContain(FW);
      }
    });
  });

  test('health checks of load balancers are let in', () => {
    const health = { ...local, healthCheckNodePort: 32000 };
    expect(lines(['filter', 'KUBE-NODEPORTS'], [api(health)])).toEqual([
      '-m comment --comment "shop/api:http health check node port" -m tcp -p tcp --dport 32000 -j ACCEPT',
    ]);
  });
});

describe('addresses of node ports', () => {
  const tail = (facts: Partial<ProxyInput>) => lines(['nat', 'KUBE-SERVICES'], [], facts);
  const addresses = [ip('192.168.0.2'), ip('192.168.1.2'), ip('2001:db8::5')];
  const selected = (...ranges: string[]) => ({
    node: node({ addresses }),
    profile: proxyProfile({ nodePortAddresses: ranges.map(cidr) }),
  });

  test('not those of loopback when that is switched off, and never of IPv6', () => {
    const profile = proxyProfile({ localhostNodePorts: false });
    expect(tail({ profile })).toEqual([nodePorts('-m addrtype --dst-type LOCAL ! -d 127.0.0.0/8')]);
    expect(tail({ family: 6 })).toEqual([nodePorts('-m addrtype --dst-type LOCAL ! -d ::1')]);
  });

  test('a list selects addresses of the node', () => {
    expect(tail(selected('192.168.1.0/24', '2001:db8::/64'))).toEqual([nodePorts('-d 192.168.1.2')]);
    expect(tail({ ...selected('192.168.1.0/24', '2001:db8::/64'), family: 6 })).toEqual([
      nodePorts('-d 2001:db8::5'),
    ]);
    expect(tail(selected('192.168.0.0/16'))).toEqual([
      nodePorts('-d 192.168.0.2'),
      nodePorts('-d 192.168.1.2'),
    ]);
  });

  test('a list may select loopback, where that is served', () => {
    expect(tail(selected('127.0.0.0/8'))).toEqual([nodePorts('-d 127.0.0.1')]);
    const off = {
      ...selected('127.0.0.0/8'),
      profile: proxyProfile({ nodePortAddresses: [cidr('127.0.0.0/8')], localhostNodePorts: false }),
    };
    expect(tail(off)).toEqual([]);
    expect(tail({ ...selected('::1/128'), family: 6 })).toEqual([]);
  });

  test('a list without the family, or with all of it, selects all', () => {
    expect(tail(selected('2001:db8::/64'))).toEqual([nodePorts('-m addrtype --dst-type LOCAL')]);
    expect(tail(selected('10.0.0.0/8', '0.0.0.0/0'))).toEqual([nodePorts('-m addrtype --dst-type LOCAL')]);
  });
});

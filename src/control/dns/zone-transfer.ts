/**
 * The content of a zone as a transfer gives it (AXFR), which is less than the server answers, and with other SRV
 * weights. Source: coredns/coredns:plugin/kubernetes/xfr.go.
 */

import type { ClusterService } from '../../cluster/cluster.ts';
import { parseIp } from '../../net/ip.ts';
import { hasPort, portsOrNone } from './cluster-names.ts';
import { absolute, joinName, portName } from './name.ts';
import type { DnsRecord } from './record.ts';
import type { ServedZones } from './server.ts';

/** Of a cluster address, whatever the number of ports. */
const SERVICE_WEIGHT = 100;

/** The records of a zone, without those of its apex. @param zone absolute. */
export function* transferRecords({ names, settings }: ServedZones, zone: string): Generator<DnsRecord> {
  for (const service of names.services()) {
    if (!names.isExposed(service.namespace)) continue;
    const name = joinName(service.name, service.namespace, 'svc', zone);
    const transfer: Transfer = { name, ttl: settings.ttl };
    if (service.body.type === 'ExternalName') yield* aliasRecords(service, transfer);
    else if (service.clusterIps.length > 0) yield* clusterIpRecords(service, transfer);
    else yield* headlessRecords(names.subsetsOf(service.key), transfer);
  }
}

interface Transfer {
  /** Of the Service. */
  readonly name: string;
  readonly ttl: number;
}

function* aliasRecords({ body }: ClusterService, { name, ttl }: Transfer): Generator<DnsRecord> {
  const { externalName = '' } = body;
  if (parseIp(externalName) === undefined) yield { name, type: 'CNAME', ttl, data: absolute(externalName) };
}

function* clusterIpRecords({ body, clusterIps }: ClusterService, transfer: Transfer): Generator<DnsRecord> {
  const { name, ttl } = transfer;
  for (const { family, text } of clusterIps)
    yield { name, type: family === 4 ? 'A' : 'AAAA', ttl, data: text };
  for (const port of portsOrNone(body.ports).filter(hasPort)) {
    const data = `0 ${SERVICE_WEIGHT} ${port.port} ${name}`;
    yield { name, type: 'SRV', ttl, data };
    if (port.name !== '') yield { name: portName(port, name), type: 'SRV', ttl, data };
  }
}

function* headlessRecords(
  subsets: ReturnType<ServedZones['names']['subsetsOf']>,
  { name, ttl }: Transfer,
): Generator<DnsRecord> {
  for (const { endpoints, ports } of subsets) {
    const weight = Math.max(1, Math.floor(100 / endpoints.length));
    for (const { ip, name: label } of endpoints) {
      const target = joinName(label, name);
      const type = ip.family === 4 ? 'A' : 'AAAA';
      yield { name, type, ttl, data: ip.text };
      yield { name: target, type, ttl, data: ip.text };
      for (const port of ports.filter((each) => each.name !== '')) {
        const data = `0 ${weight} ${port.port} ${target}`;
        yield { name: portName(port, name), type: 'SRV', ttl, data };
      }
    }
  }
}

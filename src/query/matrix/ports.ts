/** Ports as people type them: `80`, `8000-8090`, `53/udp`, several with commas. */

import { NO_PORTS, PORT_PROTOCOLS, type PortSet, portRange, unitePorts } from '../../net/port-set.ts';
import { UsageError } from '../usage-error.ts';

/**
 * The ports that a text means; without a protocol those of each.
 * @throws UsageError
 */
export function parsePorts(text: string): PortSet {
  return text.split(',').reduce((set, part) => unitePorts(set, parsePart(part.trim())), NO_PORTS);
}

function parsePart(text: string): PortSet {
  const found = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(text);
  const from = Number(found?.[1]);
  const to = Number(found?.[2] ?? found?.[1]);
  if (found === null || from < 1 || to > 65535 || from > to) {
    throw new UsageError(`--port ${text}: must be a port, a range or a list of them`, [
      '80',
      '8000-8090',
      '53/udp',
    ]);
  }
  const word = found[3]?.toLowerCase();
  return PORT_PROTOCOLS.filter((protocol) => word === undefined || protocol === word).reduce(
    (set, protocol) => unitePorts(set, portRange(protocol, from, to)),
    NO_PORTS,
  );
}

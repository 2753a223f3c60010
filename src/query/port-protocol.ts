/** `svc/dns:53/udp`: a port that says its protocol, as ports are written elsewhere (`--port 53/udp`, `53/UDP` of kubectl). */

import type { Protocol } from '../net/packet.ts';
import { UsageError } from './usage-error.ts';

interface Asked {
  readonly to: string;
  readonly protocol?: Protocol;
}

/** A port with its protocol at the end of a reference; in a URL it is a part of the path. */
const WITH_PROTOCOL = /^((?:(?!:\/\/).)*:[^/:]+)\/(tcp|udp|sctp)$/i;

/** The target without the protocol behind its port. */
export function withoutProtocol(to: string): string {
  return WITH_PROTOCOL.exec(to)?.[1] ?? to;
}

/**
 * The question with the protocol that its target names.
 * @throws UsageError where the two say different ones.
 */
export function withPortProtocol<Question extends Asked>(question: Question): Question {
  const written = WITH_PROTOCOL.exec(question.to)?.[2]?.toLowerCase() as Protocol | undefined;
  if (written === undefined || written === question.protocol) return question;
  if (question.protocol !== undefined) {
    throw new UsageError(`"${question.to}" is ${written}, and --protocol says ${question.protocol}`);
  }
  return { ...question, protocol: written };
}

/** The answer to `dns records` as a zone file, which any tool that knows zones can read. */

import type { DnsRecordsAnswer } from '../../query/dns-records-answer.ts';
import type { Renderer } from '../renderer.ts';
import { spellText } from './page.ts';
import { recordLine } from './records.ts';

/** The lines one after the other, each with its end; nothing is held back. */
export function* zoneFileLines(
  { zones, unlisted, records }: DnsRecordsAnswer,
  unicode: boolean,
): Generator<string> {
  yield `; ${zones.join(' ')}\n`;
  for (const record of records) yield `${spellText(recordLine(record), { unicode })}\n`;
  for (const text of unlisted) yield `; ${text}\n`;
}

/** The same in one piece. */
export const zoneFileRenderer: Renderer<DnsRecordsAnswer> = {
  format: 'text',
  render: (answer, { unicode }) => [...zoneFileLines(answer, unicode)].join(''),
};

/** `k8snet dns records`: the zone that the cluster's DNS serves. */

import { DNS_RECORDS_FORMATS } from '../../render/formats.ts';
import type { Command } from '../command.ts';
import {
  formatOption,
  INPUT_OPTIONS,
  type InputOptions,
  type OutputOptions,
  TEXT_OPTIONS,
} from '../options.ts';
import { askAbout, printAnswer } from '../reading.ts';

const HELP = `
PATTERN:
  a part of a name, or with * a pattern for the whole name.

Exit codes:
  0  there is a record
  1  there is none
  2  no answer: wrong usage, unreadable input

Examples:
  k8snet dns records -f k8s/
  k8snet dns records .shop.svc.
  k8snet dns records '_*._tcp.*'
  k8snet dns records -o json | jq -r '.records[] | select(.type == "A").name'`;

/** Lines that are written in one go. */
const CHUNK = 1000;

export const dnsRecordsCommand: Command = {
  description: 'Lists the records that the cluster DNS serves, as lines of a zone file.',
  arguments: [{ name: '[pattern]', text: 'which names' }],
  options: [...INPUT_OPTIONS, formatOption(DNS_RECORDS_FORMATS), ...TEXT_OPTIONS],
  help: HELP,
  async run(io, { values: [pattern], options: parsed }, progress) {
    const options = parsed as InputOptions & OutputOptions;
    const asked = await askAbout(io, options, progress, async (snapshot) => {
      const { dnsRecordsQuestion } = await import('../../query/dns-records.ts');
      progress.enter('listing names');
      // Reading the server's configuration reports what is wrong with it.
      const answer = dnsRecordsQuestion(snapshot, pattern);
      return { answer, hasAny: isAny(answer.records) };
    });
    if (asked === undefined) return 2;
    progress.enter('printing');
    const { answer, hasAny } = asked.answer;
    if (options.output === 'text') {
      const { zoneFileLines } = await import('../../render/text/dns-records.ts');
      let chunk: string[] = [];
      for (const line of zoneFileLines(answer, options.ascii !== true)) {
        chunk.push(line);
        if (chunk.length < CHUNK) continue;
        io.out(chunk.join(''));
        chunk = [];
      }
      io.out(chunk.join(''));
    } else {
      const whole = { ...answer, records: [...answer.records] };
      await printAnswer(io, whole, { formats: DNS_RECORDS_FORMATS, options, input: asked.input });
    }
    return hasAny ? 0 : 1;
  },
};

function isAny(records: Iterable<unknown>): boolean {
  for (const _ of records) return true;
  return false;
}

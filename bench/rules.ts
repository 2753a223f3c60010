/** A node's rules in each mode, in chunks as they are written: beside making bytes of the same text. */

import { nodeRules } from '../src/query/rules.ts';
import { saveRenderer } from '../src/render/rules/save.ts';
import { megabytes, megabytesASecond, speed } from './goals.ts';
import { loadShape } from './load.ts';
import { takeTurns } from './measure.ts';
import { print, printGoal, printTimings } from './report.ts';
import { SHAPES } from './shapes.ts';

export function rules(): void {
  const snapshot = loadShape(SHAPES.medium);
  for (const mode of ['iptables', 'nftables', 'ipvs'] as const) {
    const lines = () => saveRenderer.lines(nodeRules(snapshot, { node: 'node-7', mode, family: 4 }));
    const known = [...lines()];
    const bytes = bytesOf(known);
    const subjects = [
      { name: 'bytes of the same lines', run: () => void bytesOf(known) },
      { name: `k8snet rules, ${mode}`, run: () => void bytesOf(lines()) },
    ];
    takeTurns(subjects, 8);
    const timings = takeTurns(subjects, 9);
    const rate = bytes / (timings[1]?.median ?? Number.NaN);
    print(`rules: ${megabytes(bytes)} in ${mode} mode, ${speed(rate)} warm`);
    printTimings(timings);
    printGoal(megabytesASecond(20), rate);
  }
}

/** Makes chunks of 64 KiB out of lines, as the program writes them. */
function bytesOf(lines: Iterable<string>): number {
  let bytes = 0;
  let chunk = '';
  for (const line of lines) {
    chunk += `${line}\n`;
    if (chunk.length < 2 ** 16) continue;
    bytes += Buffer.from(chunk).length;
    chunk = '';
  }
  return bytes + Buffer.from(chunk).length;
}

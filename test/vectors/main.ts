/**
 * `npm run vectors -- FILE…`: runs conformance files, prints a line for each failing expectation and for each
 * skipped case, and closes with the counts. Exit 0: none failed; 1: some did; 2: a file could not be read.
 */

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { VectorFamily } from './family.ts';
import type { VectorResult } from './result.ts';
import { familyOf } from './run.ts';

/** A file that says nothing about k8snet: not there, no JSON, or no family's shape. */
class UnusableFile extends Error {}

interface VectorFile {
  readonly name: string;
  readonly json: unknown;
  readonly family: VectorFamily;
}

function main(names: readonly string[]): number {
  if (names.length === 0) throw new UnusableFile('usage: npm run -s vectors -- FILE…');
  const counts = { pass: 0, fail: 0, skip: 0 };
  for (const file of names.map(open)) {
    const results = runOf(file);
    for (const { status } of results) counts[status]++;
    for (const line of linesOf(file.name, results)) process.stdout.write(`${line}\n`);
  }
  process.stdout.write(`${counts.pass} passed, ${counts.fail} failed, ${counts.skip} skipped\n`);
  return counts.fail === 0 ? 0 : 1;
}

function open(name: string): VectorFile {
  const text = read(name);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UnusableFile(`${name}: not JSON: ${(error as Error).message}`);
  }
  const family = familyOf(json);
  if (family === undefined)
    throw new UnusableFile(`${name}: not the shape of any family of conformance files`);
  return { name, json, family };
}

/** npm runs scripts in the repository's root; a relative path is meant from where the user stands. */
function read(name: string): string {
  const fromUser = resolve(process.env['INIT_CWD'] ?? '.', name);
  try {
    return readFileSync(existsSync(fromUser) ? fromUser : name, 'utf8');
  } catch (error) {
    throw new UnusableFile(`${name}: cannot be read: ${(error as Error).message}`);
  }
}

/** All results of a file. A bug in k8snet is one more failure, behind those that came before it. */
function runOf(file: VectorFile): VectorResult[] {
  const results: VectorResult[] = [];
  try {
    for (const result of file.family.run(file.json)) results.push(result);
  } catch (error) {
    const after = results.at(-1)?.id ?? 'start';
    results.push({ id: after, part: '(next)', status: 'fail', detail: `threw ${(error as Error).stack}` });
  }
  return results;
}

/** A line for each failure, and one for all that a case skips for one reason. */
function linesOf(fileName: string, results: readonly VectorResult[]): string[] {
  const lines: string[] = [];
  const skips = new Map<string, VectorResult[]>();
  for (const result of results) {
    if (result.status === 'fail') lines.push(`FAIL ${fileName}#${labelOf(result)}: ${result.detail ?? ''}`);
    if (result.status !== 'skip') continue;
    const key = JSON.stringify([result.id, result.detail]);
    const group = skips.get(key);
    if (group === undefined) skips.set(key, [result]);
    else group.push(result);
  }
  for (const [first, ...others] of skips.values()) {
    if (first === undefined) continue;
    const label = others.length === 0 ? labelOf(first) : `${first.id} (${others.length + 1})`;
    lines.push(`SKIP ${fileName}#${label}: ${first.detail ?? 'no reason given'}`);
  }
  return lines;
}

function labelOf(result: VectorResult): string {
  return result.part === undefined ? result.id : `${result.id} ${result.part}`;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UnusableFile)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

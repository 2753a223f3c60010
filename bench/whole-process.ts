/** What a user waits for: the program as a process, against one that does nothing, and against parsing alone. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { customResourceDefinition } from './crds.ts';
import { asJson, asYaml, clusterObjects } from './generate.ts';
import { type Goal, megabytes, timesAtMost } from './goals.ts';
import { BARE, nodeProcess, takeTurns } from './measure.ts';
import { xorshift } from './random.ts';
import { print, printTimings } from './report.ts';
import { type Manifest, SHAPES } from './shapes.ts';

const BIN = 'bin/k8snet.js';

export function startUp(): void {
  print('start-up, whole process');
  const version = { ...nodeProcess('k8snet --version', [BIN, '--version']), goal: timesAtMost(1.15) };
  printTimings(takeTurns([BARE, version, nodeProcess('k8snet --help', [BIN, '--help'])], 21));
}

export function shop(): void {
  wholeProcess('shop: 12 Services', clusterObjects(SHAPES.shop), { rounds: 9, goal: timesAtMost(3) });
}

export function crdHeavy(): void {
  const random = xorshift(7);
  const definitions = Array.from({ length: 14 }, (_, index) => customResourceDefinition(index, random));
  const objects = [...definitions, ...clusterObjects(SHAPES.shop)];
  wholeProcess('crd-heavy: the shop behind 2 MB of CRDs', objects, { rounds: 7, goal: timesAtMost(4) });
}

/** A trace as a process. */
function wholeProcess(
  title: string,
  objects: readonly Manifest[],
  { rounds, goal }: { readonly rounds: number; readonly goal: Goal },
): void {
  const folder = mkdtempSync(join(tmpdir(), 'k8snet-bench-'));
  const [yaml, json] = [join(folder, 'all.yaml'), join(folder, 'all.json')];
  writeFileSync(yaml, asYaml(objects));
  writeFileSync(json, asJson(objects));
  print(`${title}, whole process, ${megabytes(asYaml(objects).length)} of YAML`);
  const read = (path: string) => `require('node:fs').readFileSync(${JSON.stringify(path)}, 'utf8')`;
  const trace = [BIN, 'trace', '-f', yaml, 'team-0/deploy/app-0', 'svc/app-1'];
  const subjects = [
    BARE,
    { ...nodeProcess('k8snet trace', trace), goal },
    nodeProcess('yaml: parseAllDocuments', ['-e', `require('yaml').parseAllDocuments(${read(yaml)})`]),
    nodeProcess('JSON.parse', ['-e', `JSON.parse(${read(json)})`]),
  ];
  printTimings(takeTurns(subjects, rounds));
  rmSync(folder, { recursive: true });
}

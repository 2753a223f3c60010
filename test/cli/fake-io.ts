/** An Io over a folder of the disk, whose output is gathered. */

import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { diskFiles, type Io } from '../../src/cli/io.ts';

export interface Written {
  out: string;
  err: string;
}

/** A new folder with these files (path to text), gone after the test. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'k8snet-cli-')));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** A run in a folder, not on a terminal unless said otherwise. */
export function fakeIo(
  argv: readonly string[],
  changes: Partial<Io> = {},
): Io & { readonly written: Written } {
  const written: Written = { out: '', err: '' };
  return {
    argv,
    cwd: '/nowhere',
    env: {},
    stdout: { isTty: false, columns: undefined },
    stderr: { isTty: false, columns: undefined },
    files: diskFiles,
    readStdin: async () => '',
    run: (program, args, input) => {
      const { error, status, stdout, stderr } = spawnSync(program, [...args], {
        cwd: changes.cwd,
        ...(input === undefined ? {} : { input }),
      });
      if (error !== undefined) return { kind: 'missing' };
      return { kind: 'done', status: status ?? 1, out: stdout, err: stderr.toString() };
    },
    writeFile: (path, text) => writeFileSync(path, text),
    appendFile: (path, text) => appendFileSync(path, text),
    out: (text) => {
      written.out += text;
    },
    outLines: async (lines) => {
      for (const line of lines) written.out += `${line}\n`;
    },
    err: (text) => {
      written.err += text;
    },
    ...changes,
    written,
  };
}

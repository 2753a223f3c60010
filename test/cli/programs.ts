/**
 * helm and kubectl for tests, out of a package of the npm registry that brings both as one archive (for Linux on x64):
 * @aws-cdk/asset-kubectl-v20, without dependencies and without scripts.
 */

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

const require = createRequire(import.meta.url);
const PROGRAMS: ReadonlySet<string> = new Set(['helm', 'kubectl']);

/** A folder for the PATH with both programs; undefined where they do not run. The caller removes it. */
export function unpackPrograms(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const archive = readFileSync(require.resolve('@aws-cdk/asset-kubectl-v20/lib/layer.zip'));
  const folder = mkdtempSync(join(tmpdir(), 'k8snet-programs-'));
  for (const { name, data } of entriesOf(archive)) {
    if (PROGRAMS.has(basename(name)) && data.length > 0)
      writeFileSync(join(folder, basename(name)), data, { mode: 0o755 });
  }
  return folder;
}

interface Entry {
  readonly name: string;
  readonly data: Buffer;
}

/** The files of a ZIP archive (APPNOTE.TXT 4.3): its directory stands at the end and names the place of each. */
function* entriesOf(archive: Buffer): Generator<Entry> {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const method = archive.readUInt16LE(at + 10);
    const size = archive.readUInt32LE(at + 20);
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset));
    const local = archive.readUInt32LE(at + 42);
    const name = archive.toString('utf8', at + 46, at + 46 + (nameLength ?? 0));
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const packed = archive.subarray(start, start + size);
    yield { name, data: method === 0 ? packed : inflateRawSync(packed) };
    at += 46 + (nameLength ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
}

/**
 * Runs real resolver libraries against a stub name server, and records what they ask and get.
 *
 *   node scripts/run-ts.mjs scripts/oracles/resolvers.ts record FILE
 *
 * The programs are those of scripts/oracles/resolvers (its README says how to build them).
 */

import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  LOOKED_UP,
  RESOLV_CONFS,
  type RecordedLookup,
  type RecordedResolver,
  type ResolvConfCase,
} from '../../test/oracles/resolver-cases.ts';
import { startStub } from './resolvers/stub.ts';

const run = promisify(execFile);

interface Library {
  readonly resolver: string;
  readonly program: string;
  version(): string;
}

const LIBRARIES: readonly Library[] = [
  { resolver: 'glibc', program: 'build/ask-glibc', version: () => firstLine('ldd', '--version') },
  { resolver: 'musl-1.2.3', program: 'build/ask-musl', version: () => firstLine('dpkg-query', '-W', 'musl') },
  { resolver: 'go', program: 'build/ask-go', version: () => firstLine('go', 'version') },
];

function firstLine(program: string, ...args: readonly string[]): string {
  return spawnSync(program, args, { encoding: 'utf8' }).stdout.split('\n')[0]?.replace('\t', ' ') ?? '';
}

/** Files of our own over those of the machine, in a mount namespace that ends with this program. */
const INSIDE = `
  ip link set lo up
  mount --make-rprivate /
  for name in resolv.conf hosts nsswitch.conf; do mount --bind "$FILES/$name" "/etc/$name"; done
  exec "$NODE" scripts/run-ts.mjs scripts/oracles/resolvers.ts inside`;

function record(file: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'resolvers-'));
  writeFileSync(join(folder, 'resolv.conf'), '');
  writeFileSync(join(folder, 'hosts'), '127.0.0.1 localhost\n');
  writeFileSync(join(folder, 'nsswitch.conf'), 'hosts: files dns\n');
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    ['--net', '--mount', '--uts', 'sh', '-ec', INSIDE],
    {
      env: { ...process.env, FILES: folder, NODE: process.execPath },
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    },
  );
  rmSync(folder, { recursive: true });
  if (status !== 0) throw new Error(stderr);
  const recorded = JSON.parse(stdout) as readonly RecordedResolver[];
  writeFileSync(file, `${JSON.stringify(recorded)}\n`);
  for (const { resolver, version, cases } of recorded) {
    const count = cases.reduce((sum, { lookups }) => sum + lookups.length, 0);
    process.stdout.write(`${resolver} (${version}): ${count} look-ups\n`);
  }
}

async function inside(): Promise<void> {
  spawnSync('hostname', ['pod']);
  const stub = await startStub(['127.0.0.1', '127.0.0.2', '127.0.0.3']);
  const recorded: RecordedResolver[] = [];
  for (const { resolver, program, version } of LIBRARIES.filter((each) => existsSync(each.program))) {
    const cases: { resolvConf: string; lookups: RecordedLookup[] }[] = [];
    for (const resolvConf of RESOLV_CONFS) {
      // In place: the file is mounted.
      writeFileSync('/etc/resolv.conf', fileText(resolvConf));
      const lookups: RecordedLookup[] = [];
      for (const name of LOOKED_UP) {
        const { stdout } = await run(program, [name]);
        const [status = '', ...addresses] = stdout.trim().split('\n');
        lookups.push({ name, questions: stub.take(), status, addresses: addresses.sort() });
      }
      cases.push({ resolvConf: resolvConf.name, lookups });
    }
    recorded.push({ resolver, version: version(), cases });
  }
  stub.close();
  process.stdout.write(JSON.stringify(recorded));
}

function fileText({ nameservers, searches, options }: ResolvConfCase): string {
  return [
    ...nameservers.map((address) => `nameserver ${address}`),
    ...(searches.length === 0 ? [] : [`search ${searches.join(' ')}`]),
    `options ${options.join(' ')}`,
    '',
  ].join('\n');
}

const [command, file] = process.argv.slice(2);
if (command === 'inside') void inside();
else if (command === 'record' && file !== undefined) record(file);
else {
  process.stderr.write('usage: record FILE\n');
  process.exitCode = 2;
}

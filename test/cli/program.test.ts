import { expect, test } from 'vitest';
import { COMMAND_GROUPS, COMMANDS } from '../../src/cli/commands.ts';
import { type Invocation, readArguments } from '../../src/cli/program.ts';

interface Read {
  readonly name?: string;
  readonly values?: readonly (string | undefined)[];
  readonly options?: unknown;
  readonly exitCode?: number;
  readonly out: string;
  readonly err: string;
}

async function read(...argv: readonly string[]): Promise<Read> {
  const written = { out: '', err: '' };
  const output = {
    width: 80,
    version: '1.2.3',
    out: (text: string) => {
      written.out += text;
    },
    err: (text: string) => {
      written.err += text;
    },
  };
  return { ...factsOf(await readArguments(argv, output, COMMANDS)), ...written };
}

function factsOf(invocation: Invocation): Pick<Read, 'name' | 'values' | 'options' | 'exitCode'> {
  if (invocation.kind === 'done') return { exitCode: invocation.exitCode };
  return { name: invocation.name, ...invocation.parsed };
}

const DEFAULTS = { output: 'text', color: 'auto', dns: true };

test('trace FROM TO has its defaults', async () => {
  expect(await read('trace', 'a', 'svc/b')).toEqual({
    name: 'trace',
    values: ['a', 'svc/b'],
    options: DEFAULTS,
    out: '',
    err: '',
  });
});

test('every option arrives', async () => {
  const argv =
    'trace a b -f x -f y -n shop --profile p --cni flannel --proxy iptables --kubernetes 1.35 --cluster-domain c ' +
    '--set a=1 --set b=2 --stored --protocol udp --port http --source-port 50000 --backend b-0 --node n --no-dns -6 --any ' +
    '--expect timeout --strict -v -o jsonl --color never --ascii';
  expect(await read(...argv.split(' '))).toEqual({
    name: 'trace',
    values: ['a', 'b'],
    options: {
      filename: ['x', 'y'],
      namespace: 'shop',
      profile: 'p',
      cni: 'flannel',
      proxy: 'iptables',
      kubernetes: '1.35',
      clusterDomain: 'c',
      set: ['a=1', 'b=2'],
      stored: true,
      protocol: 'udp',
      port: 'http',
      sourcePort: 50000,
      backend: 'b-0',
      node: 'n',
      dns: false,
      ipv6: true,
      any: true,
      expect: 'timeout',
      strict: true,
      verbose: 1,
      output: 'jsonl',
      color: 'never',
      ascii: true,
    },
    out: '',
    err: '',
  });
});

test.each([
  { argv: 'trace a b -v', verbose: 1 },
  { argv: 'trace a b -vv', verbose: 2 },
  { argv: 'trace -v a b --verbose', verbose: 2 },
])('$argv counts', async ({ argv, verbose }) => {
  expect((await read(...argv.split(' '))).options).toEqual({ ...DEFAULTS, verbose });
});

test('an argument that is left out is undefined', async () => {
  expect((await read('trace', 'https://shop.example.com/')).values).toEqual([
    'https://shop.example.com/',
    undefined,
  ]);
  expect((await read('explain')).values).toEqual([undefined, undefined]);
});

test.each([
  { argv: '-f k8s/a.yaml k8s/b.yml k8s/c.json a b', filename: ['k8s/a.yaml', 'k8s/b.yml', 'k8s/c.json'] },
  { argv: 'a b --filename k8s/a.yaml k8s/b.yaml', filename: ['k8s/a.yaml', 'k8s/b.yaml'] },
  { argv: '-f k8s a b', filename: ['k8s'] },
  { argv: '-f - a b', filename: ['-'] },
  { argv: 'a b -f x.yaml -f y.yaml', filename: ['x.yaml', 'y.yaml'] },
])('what a shell makes of a pattern: $argv', async ({ argv, filename }) => {
  expect(await read('trace', ...argv.split(' '))).toMatchObject({
    values: ['a', 'b'],
    options: { filename },
  });
});

test.each([
  { argv: 'trcae a b', err: "error: unknown command 'trcae'\n(Did you mean trace?)\n" },
  { argv: 'trace a b --protcol udp', err: "error: unknown option '--protcol'\n(Did you mean --protocol?)\n" },
  { argv: 'trace a b c', err: "error: too many arguments for 'trace'. Expected 2 arguments but got 3.\n" },
  { argv: 'trace', err: "error: missing required argument 'from'\n" },
  {
    argv: 'trace a b --source-port 70000',
    err: "error: option '--source-port <port>' argument '70000' is invalid. It must be a number from 1 to 65535.\n",
  },
  {
    argv: 'trace a b -o yaml',
    err: "error: option '-o, --output <format>' argument 'yaml' is invalid. Allowed choices are text, json, jsonl, tcpdump.\n",
  },
  { argv: 'trace a b -4 -6', err: "error: option '-4, --ipv4' cannot be used with option '-6, --ipv6'\n" },
  {
    argv: 'trace a b -q -v',
    err: "error: option '-q, --quiet' cannot be used with option '-v, --verbose'\n",
  },
])('usage: $argv', async ({ argv, err }) => {
  expect(await read(...argv.split(' '))).toEqual({ exitCode: 2, out: '', err });
});

test('--version and --help answer and succeed', async () => {
  expect(await read('--version')).toEqual({ exitCode: 0, out: '1.2.3\n', err: '' });
  const help = await read('--help');
  expect(help.exitCode).toBe(0);
  expect(help.out).toContain('Examples:\n  k8snet trace ');
  expect((await read('help')).out).toBe(help.out);
});

test('no command at all prints the help and fails', async () => {
  const { exitCode, out, err } = await read();
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
  const words = [...COMMANDS.filter(({ name }) => !name.includes(' ')), ...COMMAND_GROUPS];
  for (const { name, summary, ...entry } of words) {
    const isHidden = 'hidden' in entry;
    expect(err.includes(summary)).toBe(!isHidden);
    expect(err.includes(`  ${name} `)).toBe(!isHidden);
  }
});

test('a group alone prints its commands and fails', async () => {
  const { exitCode, out, err } = await read('dns');
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
  expect(err).toContain('  config ');
});

test.each(COMMANDS.filter(({ hidden }) => !hidden))('the help of $name', async ({ name }) => {
  const words = name.split(' ');
  const { out, exitCode } = await read(...words, '--help');
  expect(exitCode).toBe(0);
  expect((await read('help', ...words)).out).toBe(out);
  expect(out).toContain('Examples:\n');
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  await expect(out).toMatchFileSnapshot(`../../fixtures/cli/help/${words.join('-')}/expected.txt`);
});

import { expect, test } from 'vitest';
import { type Invocation, readArguments } from '../../src/cli/program.ts';

function read(...argv: readonly string[]): { invocation: Invocation; out: string; err: string } {
  const written = { out: '', err: '' };
  const invocation = readArguments(argv, {
    width: 80,
    version: '1.2.3',
    out: (text) => {
      written.out += text;
    },
    err: (text) => {
      written.err += text;
    },
  });
  return { invocation, ...written };
}

const DEFAULTS = { output: 'text', color: 'auto', dns: true };

test('trace FROM TO has its defaults', () => {
  expect(read('trace', 'a', 'svc/b')).toEqual({
    invocation: { command: 'trace', from: 'a', to: 'svc/b', options: DEFAULTS },
    out: '',
    err: '',
  });
});

test('every option arrives', () => {
  const argv =
    'trace a b -f x -f y -n shop --profile p --cni flannel --proxy iptables --kubernetes 1.35 --cluster-domain c ' +
    '--set a=1 --set b=2 --stored --protocol udp --port http --source-port 50000 --backend b-0 --no-dns -6 --any ' +
    '--expect timeout --strict -v -o jsonl --color never --ascii';
  expect(read(...argv.split(' ')).invocation).toEqual({
    command: 'trace',
    from: 'a',
    to: 'b',
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
      dns: false,
      ipv6: true,
      any: true,
      expect: 'timeout',
      strict: true,
      verbose: true,
      output: 'jsonl',
      color: 'never',
      ascii: true,
    },
  });
});

test('a URL alone is asked from the internet; anything else needs both ends', () => {
  expect(read('trace', 'https://shop.example.com/').invocation).toMatchObject({
    from: 'internet',
    to: 'https://shop.example.com/',
  });
  const { invocation, err } = read('trace', 'svc/a');
  expect(invocation).toEqual({ command: 'none', exitCode: 2 });
  expect(err).toBe("error: missing required argument 'to'\n");
});

test.each([
  { argv: '-f k8s/a.yaml k8s/b.yml k8s/c.json a b', filename: ['k8s/a.yaml', 'k8s/b.yml', 'k8s/c.json'] },
  { argv: 'a b --filename k8s/a.yaml k8s/b.yaml', filename: ['k8s/a.yaml', 'k8s/b.yaml'] },
  { argv: '-f k8s a b', filename: ['k8s'] },
  { argv: '-f - a b', filename: ['-'] },
  { argv: 'a b -f x.yaml -f y.yaml', filename: ['x.yaml', 'y.yaml'] },
])('what a shell makes of a pattern: $argv', ({ argv, filename }) => {
  const { invocation } = read('trace', ...argv.split(' '));
  expect(invocation).toMatchObject({ from: 'a', to: 'b', options: { filename } });
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
    err: "error: option '-o, --output <format>' argument 'yaml' is invalid. Allowed choices are text, json, jsonl.\n",
  },
  { argv: 'trace a b -4 -6', err: "error: option '-4, --ipv4' cannot be used with option '-6, --ipv6'\n" },
  {
    argv: 'trace a b -q -v',
    err: "error: option '-q, --quiet' cannot be used with option '-v, --verbose'\n",
  },
])('usage: $argv', ({ argv, err }) => {
  expect(read(...argv.split(' '))).toEqual({ invocation: { command: 'none', exitCode: 2 }, out: '', err });
});

test('--version and --help answer and succeed', () => {
  expect(read('--version')).toEqual({
    invocation: { command: 'none', exitCode: 0 },
    out: '1.2.3\n',
    err: '',
  });
  const help = read('--help');
  expect(help.invocation).toEqual({ command: 'none', exitCode: 0 });
  expect(help.out).toContain('Examples:\n  k8snet trace ');
  expect(read('help').out).toBe(help.out);
});

test('no command at all prints the help and fails', () => {
  const { invocation, out, err } = read();
  expect(invocation).toEqual({ command: 'none', exitCode: 2 });
  expect(out).toBe('');
  expect(err).toContain('Commands:');
});

test('the help of trace', async () => {
  const { out, invocation } = read('trace', '--help');
  expect(invocation).toEqual({ command: 'none', exitCode: 0 });
  expect(out).toContain('Examples:\n');
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  await expect(out).toMatchFileSnapshot('../../fixtures/cli/help/expected.txt');
});

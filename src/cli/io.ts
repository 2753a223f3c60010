/** The only door to the world outside: arguments, environment, terminal, files and standard input. */

import {
  appendFileSync,
  type BigIntStats,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { Writable } from 'node:stream';
import { decodeText } from './decode-text.ts';

export interface Terminal {
  readonly isTty: boolean;
  /** undefined where the stream has no width. */
  readonly columns: number | undefined;
}

/** What stands at a path, symbolic links followed. */
export interface Entry {
  /** `stream`: a pipe, socket or device, which may have no end. */
  readonly kind: 'file' | 'folder' | 'stream';
  /** Bytes. */
  readonly size: number;
  /** Equal for two paths to the same file. */
  readonly identity: string;
}

/** Read access to files. Paths are absolute. What cannot be read throws the platform's error. */
export interface Files {
  /** undefined: nothing is there. */
  entry(path: string): Entry | undefined;
  /** Names in a folder, in the order of the code units. */
  list(folder: string): readonly string[];
  read(path: string): string;
}

/** What another program did. */
export type ProgramResult =
  | { readonly kind: 'done'; readonly status: number; readonly out: Buffer; readonly err: string }
  /** No program of that name is installed. */
  | { readonly kind: 'missing' };

export interface Io {
  /** Without the program's own name. */
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  readonly files: Files;
  readStdin(): Promise<string>;
  /** Runs another program in `cwd` and waits for it; no shell reads its arguments. @param input its standard input. */
  run(program: string, args: readonly string[], input?: string): ProgramResult;
  /** Writes a whole file; its folder must be there. Throws the platform's error. */
  writeFile(path: string, text: string): void;
  /** Adds to the end of a file, which may not be there yet. Throws the platform's error. */
  appendFile(path: string, text: string): void;
  out(text: string): void;
  /** Writes lines as fast as the reader takes them, and no more of them once nobody reads. */
  outLines(lines: Iterable<string>): Promise<void>;
  err(text: string): void;
}

/** The real thing. */
export function processIo(): Io {
  const stdout = guarded(() => process.stdout);
  const stderr = guarded(() => process.stderr);
  return {
    argv: process.argv.slice(2),
    cwd: process.cwd(),
    env: process.env,
    stdout: terminalOf(stdout),
    stderr: terminalOf(stderr),
    files: diskFiles,
    readStdin,
    run: runProgram,
    writeFile: (path, text) => writeFileSync(path, text),
    appendFile: (path, text) => appendFileSync(path, text),
    out: (text) => void stdout().write(text),
    outLines: (lines) => writeLines(stdout(), lines),
    err: (text) => void stderr().write(text),
  };
}

/** Node opens a stream when it is first looked at, which takes milliseconds: most runs write nothing to stderr. */
function guarded(open: () => NodeJS.WriteStream): () => NodeJS.WriteStream {
  let stream: NodeJS.WriteStream | undefined;
  return () => {
    if (stream === undefined) {
      stream = open();
      guardStream(stream);
    }
    return stream;
  };
}

function terminalOf(stream: () => NodeJS.WriteStream): Terminal {
  return {
    get isTty() {
      return stream().isTTY === true;
    },
    get columns() {
      return stream().columns;
    },
  };
}

/** The files of the machine. */
export const diskFiles: Files = {
  entry(path) {
    const found = statOf(path);
    if (found === undefined) return undefined;
    return {
      kind: found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'stream',
      size: Number(found.size),
      identity: `${found.dev}:${found.ino}`,
    };
  },
  list: (folder) => readdirSync(folder).sort(),
  read: (path) => decodeText(readFileSync(path)),
};

/** `throwIfNoEntry: false` is quiet about a file as a folder of the path since Node 22. */
function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Bytes of another program's answer: a rendered chart is some megabytes. */
const LARGEST_ANSWER = 1 << 29;

/** The module is loaded when it is first asked for: a tenth of a bare start. */
function runProgram(program: string, args: readonly string[], input?: string): ProgramResult {
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { status, stdout, stderr, error } = spawnSync(program, [...args], {
    maxBuffer: LARGEST_ANSWER,
    ...(input === undefined ? { stdio: ['ignore', 'pipe', 'pipe'] } : { input }),
  });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return { kind: 'missing' };
  const text = error === undefined ? stderr.toString('utf8') : error.message;
  return { kind: 'done', status: error === undefined ? (status ?? 1) : 1, out: stdout, err: text };
}

/** A reader that has seen enough (`| head`) is no error; a full disk is. */
function guardStream(stream: NodeJS.WritableStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    if (stream !== process.stderr) process.stderr.write(`error: cannot write the answer: ${error.message}\n`);
    process.exit(2);
  });
}

/** Bytes (about) that are written at once. */
const CHUNK = 1 << 16;

/**
 * Writes lines in chunks of `CHUNK` and one line, each when the one before is on its way, and stops when nobody reads.
 * @param lines without their line breaks; the next are asked for when there is room for them.
 */
export async function writeLines(stream: Writable, lines: Iterable<string>): Promise<void> {
  let chunk = '';
  for (const line of lines) {
    chunk += `${line}\n`;
    if (chunk.length < CHUNK) continue;
    if (!(await written(stream, chunk))) return;
    chunk = '';
  }
  await written(stream, chunk);
}

/** Waits until the chunk is on its way; false: the reader has gone. */
function written(stream: Writable, chunk: string): Promise<boolean> {
  return new Promise((resolve) => {
    stream.write(chunk, (error) => resolve(!error && !stream.destroyed));
  });
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return decodeText(Buffer.concat(chunks));
}

/**
 * SHA-256 and SHA-512 of a text (FIPS 180-4): kube-proxy's chain names are made of them. Written here
 * because the library part of the program runs without Node's modules.
 */

/** The initial state and the round constants (FIPS 180-4 4.2.2, 4.2.3, 5.3.3, 5.3.5). */
interface Constants<Words> {
  readonly initial: Words;
  readonly rounds: Words;
}

const MASK_64 = (1n << 64n) - 1n;

let constants32: Constants<Int32Array> | undefined;
let constants64: Constants<readonly bigint[]> | undefined;
let encoder: InstanceType<typeof TextEncoder> | undefined;
/** Of the block at hand. To make arrays for each text costs as much as the hash: these, too, are made once. */
const schedule = new Int32Array(64);
const state32 = new Int32Array(8);
/** Of short texts of ASCII, as names are. */
const scratch = new Uint8Array(512);

/** The 32 bytes of the SHA-256 hash of the text's UTF-8 form. */
export function sha256(text: string): Uint8Array {
  constants32 ??= deriveConstants32();
  const short = padShortAscii(text);
  const message = short === undefined ? pad(encode(text), 64) : scratch;
  const end = short ?? message.length;
  for (let i = 0; i < 8; i++) state32[i] = wordOf(constants32.initial, i);
  for (let at = 0; at < end; at += 64) {
    for (let i = 0; i < 16; i++) schedule[i] = wordAt(message, at + 4 * i);
    compress32(state32, constants32.rounds);
  }
  const digest = new Uint8Array(32);
  for (let i = 0; i < 32; i++) digest[i] = wordOf(state32, i >> 2) >>> (24 - 8 * (i & 3));
  return digest;
}

/** Four bytes as a word, the highest first. */
function wordAt(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16);
  return high | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
}

/** The 64 bytes of the SHA-512 hash of the text's UTF-8 form. */
export function sha512(text: string): Uint8Array {
  constants64 ??= deriveConstants64();
  const bytes = pad(encode(text), 128);
  const message = new DataView(bytes.buffer);
  let state = constants64.initial;
  for (let at = 0; at < message.byteLength; at += 128) {
    const words = Array.from({ length: 16 }, (_, i) => message.getBigUint64(at + 8 * i));
    state = compress64(state, words, constants64.rounds);
  }
  const digest = new DataView(new ArrayBuffer(64));
  for (const [i, word] of state.entries()) digest.setBigUint64(8 * i, word);
  return new Uint8Array(digest.buffer);
}

/** UTF-8. A node's rules have tens of thousands of names, so the encoder is made once. */
function encode(text: string): Uint8Array {
  encoder ??= new TextEncoder();
  return encoder.encode(text);
}

/** Pads a text in `scratch`, in blocks of 64 bytes. @returns where it ends; undefined if it is no ASCII or too long. */
function padShortAscii(text: string): number | undefined {
  const { length } = text;
  const end = (length + 9 + 63) & ~63;
  if (end > scratch.length) return undefined;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return undefined;
    scratch[i] = code;
  }
  scratch.fill(0, length, end);
  scratch[length] = 0x80;
  scratch[end - 2] = length >>> 5;
  scratch[end - 1] = (length << 3) & 0xff;
  return end;
}

/** The message, a 1 bit, zeros, and its length in bits in the last 8 bytes (FIPS 180-4 5.1). */
function pad(bytes: Uint8Array, blockSize: 64 | 128): Uint8Array {
  const needed = bytes.length + 1 + blockSize / 8;
  const padded = new Uint8Array(Math.ceil(needed / blockSize) * blockSize);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const bits = bytes.length * 8;
  for (let i = 1; i <= 7; i++) padded[padded.length - i] = Math.floor(bits / 256 ** (i - 1));
  return padded;
}

/** FIPS 180-4 6.2.2; `schedule` holds the block in its first 16 words. Words are signed: small integers. */
function compress32(state: Int32Array, rounds: Int32Array): void {
  for (let i = 16; i < 64; i++) {
    const x = wordOf(schedule, i - 15);
    const y = wordOf(schedule, i - 2);
    const sigma0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
    const sigma1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
    schedule[i] = (sigma1 + wordOf(schedule, i - 7) + sigma0 + wordOf(schedule, i - 16)) | 0;
  }
  // Word by word: taking an array apart and `set` go through iterators, which cost more than the rounds.
  let a = wordOf(state, 0);
  let b = wordOf(state, 1);
  let c = wordOf(state, 2);
  let d = wordOf(state, 3);
  let e = wordOf(state, 4);
  let f = wordOf(state, 5);
  let g = wordOf(state, 6);
  let h = wordOf(state, 7);
  for (let i = 0; i < 64; i++) {
    const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const choice = (e & f) ^ (~e & g);
    const t1 = (h + sum1 + choice + wordOf(rounds, i) + wordOf(schedule, i)) | 0;
    const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + sum0 + majority) | 0;
  }
  state[0] = wordOf(state, 0) + a;
  state[1] = wordOf(state, 1) + b;
  state[2] = wordOf(state, 2) + c;
  state[3] = wordOf(state, 3) + d;
  state[4] = wordOf(state, 4) + e;
  state[5] = wordOf(state, 5) + f;
  state[6] = wordOf(state, 6) + g;
  state[7] = wordOf(state, 7) + h;
}

function wordOf(words: Int32Array, at: number): number {
  return words[at] ?? 0;
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

/** FIPS 180-4 6.4.2. */
function compress64(state: readonly bigint[], block: readonly bigint[], rounds: readonly bigint[]): bigint[] {
  const w = [...block];
  for (let i = 16; i < 80; i++) {
    const x = w[i - 15] ?? 0n;
    const y = w[i - 2] ?? 0n;
    const sigma0 = rotate64(x, 1n) ^ rotate64(x, 8n) ^ (x >> 7n);
    const sigma1 = rotate64(y, 19n) ^ rotate64(y, 61n) ^ (y >> 6n);
    w.push((sigma1 + (w[i - 7] ?? 0n) + sigma0 + (w[i - 16] ?? 0n)) & MASK_64);
  }
  let [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n, g = 0n, h = 0n] = state;
  for (const [i, word] of w.entries()) {
    const sum1 = rotate64(e, 14n) ^ rotate64(e, 18n) ^ rotate64(e, 41n);
    const choice = (e & f) ^ (~e & MASK_64 & g);
    const t1 = h + sum1 + choice + (rounds[i] ?? 0n) + word;
    const sum0 = rotate64(a, 28n) ^ rotate64(a, 34n) ^ rotate64(a, 39n);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) & MASK_64, c, b, a, (t1 + sum0 + majority) & MASK_64];
  }
  return [a, b, c, d, e, f, g, h].map((word, i) => ((state[i] ?? 0n) + word) & MASK_64);
}

function rotate64(word: bigint, by: bigint): bigint {
  return ((word >> by) | (word << (64n - by))) & MASK_64;
}

/** The fractions of the square roots of the first 8 primes, and of the cube roots of the first 64. */
function deriveConstants32(): Constants<Int32Array> {
  // A double has more than the 32 bits behind the point that are wanted.
  const fraction = (root: number) => ((root % 1) * 2 ** 32) | 0;
  const primes = firstPrimes(64);
  return {
    initial: Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime))),
    rounds: Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime))),
  };
}

/** The same of the first 80 primes, with 64 bits. */
function deriveConstants64(): Constants<readonly bigint[]> {
  const primes = firstPrimes(80);
  return {
    initial: primes.slice(0, 8).map((prime) => rootFraction(BigInt(prime), 2n)),
    rounds: primes.map((prime) => rootFraction(BigInt(prime), 3n)),
  };
}

function firstPrimes(count: number): readonly number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) {
    if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  }
  return primes;
}

/** The first 64 bits behind the point of the `degree`-th root, by bisection. */
function rootFraction(radicand: bigint, degree: bigint): bigint {
  const scaled = radicand << (64n * degree);
  let low = 0n;
  let high = radicand << 64n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** degree <= scaled) low = middle;
    else high = middle;
  }
  return low & MASK_64;
}

/**
 * SHA-1 of a text (FIPS 180-4 6.1): Calico and the AWS CNI make device names and hardware addresses of it.
 * Written here because the library part of the program runs without Node's modules.
 */

const INITIAL = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0] as const;
const ROUND_CONSTANTS = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6] as const;
const BLOCK = 64;

type State = [number, number, number, number, number];

/** The hash of the text's UTF-8 form as 40 hexadecimal digits. */
export function sha1Hex(text: string): string {
  const message = pad(new TextEncoder().encode(text));
  let state: State = [...INITIAL];
  for (let at = 0; at < message.byteLength; at += BLOCK) state = compress(state, message, at);
  return state.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

/** The message, a 1 bit, zeros, and its length in bits in the last 8 bytes (FIPS 180-4 5.1.1). */
function pad(bytes: Uint8Array): DataView {
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / BLOCK) * BLOCK);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n);
  return view;
}

function compress(state: State, message: DataView, at: number): State {
  const schedule = new Int32Array(80);
  for (let i = 0; i < 16; i++) schedule[i] = message.getInt32(at + 4 * i);
  for (let i = 16; i < 80; i++) {
    const word = (back: number) => schedule[i - back] ?? 0;
    schedule[i] = rotate(word(3) ^ word(8) ^ word(14) ^ word(16), 1);
  }
  let [a, b, c, d, e] = state;
  for (let i = 0; i < 80; i++) {
    const phase = Math.floor(i / 20);
    const next =
      (rotate(a, 5) + mix(phase, b, c, d) + e + (ROUND_CONSTANTS[phase] ?? 0) + (schedule[i] ?? 0)) | 0;
    [a, b, c, d, e] = [next, a, rotate(b, 30), c, d];
  }
  return [state[0] + a, state[1] + b, state[2] + c, state[3] + d, state[4] + e].map(
    (word) => word | 0,
  ) as State;
}

/** Ch, Parity, Maj, Parity (FIPS 180-4 4.1.1). */
function mix(phase: number, b: number, c: number, d: number): number {
  if (phase === 0) return (b & c) ^ (~b & d);
  return phase === 2 ? (b & c) ^ (b & d) ^ (c & d) : b ^ c ^ d;
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

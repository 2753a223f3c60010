/**
 * Sets of atoms (small whole numbers) as bits, without the empty words at both ends: atoms of one namespace
 * have neighbouring numbers, so that most sets are short. Equal sets have equal words.
 */

export interface AtomSet {
  /** Index of the first word; atom `n` is bit `n % 32` of word `n / 32`. */
  readonly start: number;
  readonly words: Uint32Array;
}

export const NO_ATOMS: AtomSet = { start: 0, words: new Uint32Array(0) };

/** The set of these atoms. */
export function atomSet(atoms: readonly number[]): AtomSet {
  if (atoms.length === 0) return NO_ATOMS;
  let first = Infinity;
  let last = 0;
  for (const atom of atoms) {
    if (atom < first) first = atom;
    if (atom > last) last = atom;
  }
  const start = first >>> 5;
  const words = new Uint32Array((last >>> 5) - start + 1);
  for (const atom of atoms) setBit(words, atom - start * 32);
  return { start, words };
}

/** The atoms from `from` up to, but not including, `to`. */
export function atomRange(from: number, to: number): AtomSet {
  if (from >= to) return NO_ATOMS;
  const start = from >>> 5;
  const words = new Uint32Array(((to - 1) >>> 5) - start + 1).fill(0xffffffff);
  words[0] = wordAt(words, 0) & (0xffffffff << (from & 31));
  const last = words.length - 1;
  words[last] = wordAt(words, last) & (0xffffffff >>> (31 - ((to - 1) & 31)));
  return { start, words };
}

/** The atoms in both. */
export function intersectAtoms(a: AtomSet, b: AtomSet): AtomSet {
  const start = Math.max(a.start, b.start);
  const end = Math.min(a.start + a.words.length, b.start + b.words.length);
  if (start >= end) return NO_ATOMS;
  const words = new Uint32Array(end - start);
  for (let index = 0; index < words.length; index++) {
    words[index] = wordAt(a.words, index + start - a.start) & wordAt(b.words, index + start - b.start);
  }
  return trimmed(start, words);
}

/** Do the sets share an atom? */
export function atomsMeet(a: AtomSet, b: AtomSet): boolean {
  const start = Math.max(a.start, b.start);
  const end = Math.min(a.start + a.words.length, b.start + b.words.length);
  for (let index = start; index < end; index++) {
    if ((wordAt(a.words, index - a.start) & wordAt(b.words, index - b.start)) !== 0) return true;
  }
  return false;
}

/** The atoms in any of the two. */
export function uniteAtoms(a: AtomSet, b: AtomSet): AtomSet {
  if (isNoAtoms(a)) return b;
  if (isNoAtoms(b)) return a;
  const start = Math.min(a.start, b.start);
  const end = Math.max(a.start + a.words.length, b.start + b.words.length);
  const words = new Uint32Array(end - start);
  words.set(a.words, a.start - start);
  for (let index = 0; index < b.words.length; index++) {
    const at = index + b.start - start;
    words[at] = wordAt(words, at) | wordAt(b.words, index);
  }
  return { start, words };
}

/** The atoms of `a` that are not in `b`. */
export function subtractAtoms(a: AtomSet, b: AtomSet): AtomSet {
  const start = Math.max(a.start, b.start);
  const end = Math.min(a.start + a.words.length, b.start + b.words.length);
  if (start >= end) return a;
  const words = a.words.slice();
  for (let index = start; index < end; index++) {
    words[index - a.start] = wordAt(words, index - a.start) & ~wordAt(b.words, index - b.start);
  }
  return trimmed(a.start, words);
}

/** Is the set empty? */
export function isNoAtoms({ words }: AtomSet): boolean {
  return words.length === 0;
}

/** Is the atom in the set? */
export function hasAtom({ start, words }: AtomSet, atom: number): boolean {
  const index = (atom >>> 5) - start;
  return index >= 0 && index < words.length && ((wordAt(words, index) >>> (atom & 31)) & 1) === 1;
}

/** How many atoms there are. */
export function countAtoms({ words }: AtomSet): number {
  let count = 0;
  for (const word of words) count += bitsOf(word);
  return count;
}

/** The atoms in order. */
export function listAtoms({ start, words }: AtomSet): readonly number[] {
  const atoms: number[] = [];
  for (let index = 0; index < words.length; index++) {
    for (let word = wordAt(words, index); word !== 0; word &= word - 1) {
      atoms.push((start + index) * 32 + 31 - Math.clz32(word & -word));
    }
  }
  return atoms;
}

/** A text that two sets share exactly when they are equal. */
export function atomSetKey({ start, words }: AtomSet): string {
  return `${start}:${words.join()}`;
}

function setBit(words: Uint32Array, bit: number): void {
  words[bit >>> 5] = wordAt(words, bit >>> 5) | (1 << (bit & 31));
}

function wordAt(words: Uint32Array, index: number): number {
  return words[index] as number;
}

function trimmed(start: number, words: Uint32Array): AtomSet {
  let from = 0;
  let to = words.length;
  while (from < to && words[from] === 0) from++;
  while (to > from && words[to - 1] === 0) to--;
  if (from === to) return NO_ATOMS;
  return from === 0 && to === words.length
    ? { start, words }
    : { start: start + from, words: words.slice(from, to) };
}

function bitsOf(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

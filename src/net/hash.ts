/** Stable choice by name: what must look arbitrary and yet be the same on every run. */

/** 32-bit FNV-1a over the text's UTF-8 bytes, as an unsigned number (draft-eastlake-fnv-17, section 6). */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of utf8.encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/**
 * The slot that a name gets among `count` slots: the one that its hash points at, else the next free one
 * behind it (linear probing), so that a newcomer moves another name only on a collision.
 * @returns undefined when no slot is free.
 */
export function slotFor(name: string, count: number, isFree: (slot: number) => boolean): number | undefined {
  const start = fnv1a(name);
  for (let probe = 0; probe < count; probe++) {
    const slot = (start + probe) % count;
    if (isFree(slot)) return slot;
  }
  return undefined;
}

const utf8 = new TextEncoder();

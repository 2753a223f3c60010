/** The characters that mean something to YAML, by their codes. */

export const TAB = 0x09;
export const LINE_FEED = 0x0a;
export const CARRIAGE_RETURN = 0x0d;
export const SPACE = 0x20;
export const DOUBLE_QUOTE = 0x22;
export const HASH = 0x23;
export const SINGLE_QUOTE = 0x27;
export const COMMA = 0x2c;
export const DASH = 0x2d;
export const COLON = 0x3a;
export const GREATER = 0x3e;
export const QUESTION = 0x3f;
export const OPEN_LIST = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_LIST = 0x5d;
export const OPEN_MAPPING = 0x7b;
export const PIPE = 0x7c;
export const CLOSE_MAPPING = 0x7d;

/** No plain scalar begins with one of these: anchors, aliases, tags, directives, what YAML reserves, a byte order mark. */
const NO_PLAIN_START = new Set(
  [...'!&*%@`,[]{}#|>"\'', '\uFEFF'].map((character) => character.charCodeAt(0)),
);

/** Can a plain scalar begin with this character (if a space does not follow a `-`, `?` or `:`)? */
export function mayStartPlain(code: number): boolean {
  return !NO_PLAIN_START.has(code);
}

/** May it follow a `:`, `-` or `?` that is an indicator? (`NaN`: the text ends.) */
export function isSpaceOrBreak(code: number): boolean {
  return code === SPACE || code === LINE_FEED || code === CARRIAGE_RETURN || Number.isNaN(code);
}

/**
 * The value of a plain scalar, as kubectl reads it: neither YAML 1.2's core schema nor YAML 1.1.
 * Source: kubernetes-sigs/yaml:goyaml.v2/resolve.go; observed with kubectl 1.32.
 */

const WORDS: ReadonlyMap<string, boolean | null | number> = new Map<string, boolean | null | number>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(
    (word) => [word, true] as const,
  ),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    (word) => [word, false] as const,
  ),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, Number.NaN] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((word) => [word, Infinity] as const),
  ...['-.inf', '-.Inf', '-.INF'].map((word) => [word, -Infinity] as const),
]);

/** No other first character can start something else than a string. */
const HINT = /^[-+.0-9yYnNtTfFoO~]/;
const PREFIXED_INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]+)$/;
const DECIMAL = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
const DOTTED_DECIMAL = /^\.\d+(?:[eE][-+]?\d+)?$/;

/**
 * The boolean, null or number that an unquoted scalar means, else its text.
 * There are no base 60 numbers and no timestamps.
 */
export function resolveScalar(text: string): string | number | boolean | null {
  if (text === '') return null;
  if (!HINT.test(text)) return text;
  const word = WORDS.get(text);
  return word === undefined ? (numberOf(text) ?? text) : word;
}

function numberOf(text: string): number | undefined {
  if (text.startsWith('.')) return DOTTED_DECIMAL.test(text) ? finite(Number(text)) : undefined;
  if (!/^[-+.\d]/.test(text)) return undefined;
  const plain = text.replaceAll('_', '');
  const prefixed = PREFIXED_INTEGER.exec(plain);
  if (prefixed !== null) {
    const digits = prefixed[2] ?? '';
    const value = Number(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
    return prefixed[1] === '-' ? 0 - value : value;
  }
  return DECIMAL.test(plain) ? finite(Number(plain)) : undefined;
}

/** A number too large for 64 bits stays text; there is no negative zero. */
function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value + 0 : undefined;
}

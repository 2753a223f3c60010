/**
 * `$(NAME)` in values, commands and arguments of containers.
 * Source: kubernetes/kubernetes:third_party/forked/golang/expansion/expand.go.
 */

export interface Expansion {
  readonly text: string;
  /** The names that the text refers to, in order; an unknown one stays as it is written. */
  readonly references: readonly { readonly name: string; readonly isKnown: boolean }[];
}

/** `$$` is a dollar sign, `$(NAME)` a reference; what is neither, or has no end, stands for itself. */
const PIECE = /\$(?:(\$)|\(([^)]*)\))/g;

/** Expands a text. What a value holds is not expanded again. */
export function expandReferences(text: string, lookup: (name: string) => string | undefined): Expansion {
  const references: { name: string; isKnown: boolean }[] = [];
  const expanded = text.replace(PIECE, (piece, dollar: string | undefined, name = '') => {
    if (dollar !== undefined) return '$';
    const value = lookup(name);
    references.push({ name, isKnown: value !== undefined });
    return value ?? piece;
  });
  return { text: expanded, references };
}

/** The fields that a kind has, as a tree: of a mapping, or of the mappings of a list. */

/** Stands among the fields of a mapping whose other fields are not looked at. */
export const ANY_OTHER = '*';

/** `true`: what is inside is not looked at. */
export interface FieldTree {
  readonly [field: string]: FieldTree | true;
}

/** A mapping with these fields, written with blanks between them. */
export function leaves(names: string): FieldTree {
  return Object.fromEntries(names.split(/\s+/).map((name) => [name, true as const]));
}

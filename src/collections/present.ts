/** Records whose fields have a value or are not there. */

/** The type without `undefined`: a field that may be undefined is an optional one. */
export type Present<Fields> = {
  [Key in keyof Fields as undefined extends Fields[Key] ? never : Key]: Fields[Key];
} & {
  [Key in keyof Fields as undefined extends Fields[Key] ? Key : never]?: Exclude<Fields[Key], undefined>;
};

/** The fields that have a value, in their order: `{ a: 1, b: undefined }` is `{ a: 1 }`. */
export function present<Fields extends object>(fields: Fields): Present<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Present<Fields>;
}

/** A record that is still being made: its optional fields are assigned one by one (ADR 0006). */
export type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

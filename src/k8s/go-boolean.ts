/** Words for yes and no in flags and annotations. */

/** As Go reads it (strconv.ParseBool); undefined for another word. */
export function goBoolean(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true;
  return ['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text) ? false : undefined;
}

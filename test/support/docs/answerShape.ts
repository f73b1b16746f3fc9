// An answer as a page shows it: JSON in which `…` stands for what is left out, so that only its shape can be compared.

/** The JSON that a page shows: elisions between members and elements are dropped. Throws a SyntaxError when the rest is not JSON. */
export const shownAnswer = (text: string): unknown =>
  JSON.parse(text.replaceAll(/,\s*…(?=\s*[\]}])/g, '').replaceAll(/([[{])\s*…\s*(?=[\]}])/g, '$1'));

/**
 * Where `actual` lacks something that `shown` has, or has another type there; undefined when it has all of it.
 * More members and more elements than shown are no difference; each shown element stands for the one at its place.
 */
export function missingIn(actual: unknown, shown: unknown, path = 'the answer'): string | undefined {
  if (shown === null) return undefined;
  if (typeOf(actual) !== typeOf(shown)) return `${path} is ${typeOf(actual)}, shown is ${typeOf(shown)}`;
  if (typeof shown !== 'object') return undefined;
  for (const [name, value] of Object.entries(shown)) {
    const member = (actual as Readonly<Record<string, unknown>>)[name];
    const missing = member === undefined ? `${path} has no ${name}` : missingIn(member, value, `${path}.${name}`);
    if (missing !== undefined) return missing;
  }
  return undefined;
}

const typeOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);

/**
 * Reading single values out of a status report. Devices leave things out and differ in shape, so nothing
 * here throws: what can't be read is absent, and every string and list has a limit.
 */

export type JsonObject = { readonly [key: string]: unknown };

const textMax = 256;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The own value of a key; one that only the prototype has is absent. */
export function valueAt(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** The same object with its keys in lower case: for the few dictionaries whose casing differs between reports. */
export function lowerCased(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object)
      .slice(0, 20)
      .map(([key, value]) => [key.toLowerCase(), value]),
  );
}

/** A nested dictionary by its keys; undefined as soon as one is missing or something else. */
export function objectAt(object: JsonObject, ...path: string[]): JsonObject | undefined {
  let current: JsonObject = object;
  for (const key of path) {
    const next = valueAt(current, key);
    if (!isJsonObject(next)) return undefined;
    current = next;
  }
  return current;
}

/** A string without surrounding blanks, possibly empty, cut to `max` UTF-16 units. */
export function textAt(object: JsonObject | undefined, key: string, max: number = textMax): string | undefined {
  const value = object && valueAt(object, key);
  return typeof value === 'string' ? value.trim().slice(0, max) : undefined;
}

/** Like textAt, with a blank string as absent. */
export function filledTextAt(object: JsonObject | undefined, key: string, max: number = textMax): string | undefined {
  return textAt(object, key, max) || undefined;
}

export function flagAt(object: JsonObject | undefined, key: string): boolean | undefined {
  const value = object && valueAt(object, key);
  if (typeof value === 'boolean') return value;
  return value === 1 || value === 0 ? value === 1 : undefined;
}

/** A list cut to `max` elements; anything else is an empty one. */
export function listAt(object: JsonObject | undefined, key: string, max: number): unknown[] {
  const value = object && valueAt(object, key);
  return Array.isArray(value) ? value.slice(0, max) : [];
}

/** The strings of a list, each cut to the usual limit. */
export function textsAt(object: JsonObject | undefined, key: string, max: number): string[] {
  return listAt(object, key, max)
    .filter((value) => typeof value === 'string')
    .map((value) => value.slice(0, textMax));
}

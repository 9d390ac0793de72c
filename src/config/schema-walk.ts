import type { z } from 'zod';
import type { KeyMeta } from '../policy/key-meta.ts';

/** The little of zod 4's public definitions that finding a key's meta takes. */
interface Definition {
  type: string;
  shape?: Record<string, z.ZodType>;
  element?: z.ZodType;
  innerType?: z.ZodType;
  options?: z.ZodType[];
  entries?: Record<string, string>;
}

/** The schema at a path of the input; undefined when the path leads nowhere. A list index steps into lists only. Of one-or-many the one. */
export function schemaAt(schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
  const found = nodeAt(schema, path);
  const { type, options } = (found?.def ?? {}) as Partial<Definition>;
  // A union that says itself what is expected is no one-or-many.
  return type === 'union' && found?.meta() === undefined ? options?.[0] : found;
}

/** Whether a value may stand at a path; of one-or-many also a list. */
export function isAccepted(schema: z.ZodType, path: readonly PropertyKey[], value: unknown): boolean {
  return nodeAt(schema, path)?.safeParse(value).success ?? false;
}

function nodeAt(schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
  const { type, shape, element, innerType, options } = schema.def as Definition;
  if (type === 'optional' && innerType !== undefined) return nodeAt(innerType, path);
  const [head, ...rest] = path;
  if (head === undefined) return schema;
  if (type === 'union') {
    for (const option of options ?? []) {
      const found = nodeAt(option, path);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (type === 'object') {
    const next = Object.hasOwn(shape ?? {}, head) ? shape?.[String(head)] : undefined;
    return next === undefined ? undefined : nodeAt(next, rest);
  }
  if (type === 'array' && typeof head === 'number' && element !== undefined) return nodeAt(element, rest);
  return undefined;
}

/** What the schema says about the key at `path`. */
export function metaAt(schema: z.ZodType, path: readonly PropertyKey[]): KeyMeta | undefined {
  return schemaAt(schema, path)?.meta() as KeyMeta | undefined;
}

/** The keys an object at `path` may have; empty when it is none. */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const { shape, options = [] } = (nodeAt(schema, path)?.def ?? {}) as Partial<Definition>;
  return [...Object.keys(shape ?? {}), ...options.flatMap((option) => keysAt(option, []))];
}

/** The words an enumeration at `path` takes; empty when it is none. */
export function choicesAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  return Object.values((schemaAt(schema, path)?.def as Definition | undefined)?.entries ?? {});
}

/** The blocks of the object at `path` that have a key which it has not itself. */
export function blocksWith(schema: z.ZodType, path: readonly PropertyKey[], key: string): string[] {
  return keysAt(schema, path).filter((name) => keysAt(schema, [...path, name]).includes(key));
}

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

/** The schema at a path of the input; undefined when the path leads nowhere. A list index steps into lists only. */
export function schemaAt(schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
  const { type, shape, element, innerType, options } = schema.def as Definition;
  if (type === 'optional' && innerType !== undefined) return schemaAt(innerType, path);
  const [head, ...rest] = path;
  if (type === 'union') {
    // One-or-many: the item for the path itself, the list for an index.
    for (const option of options ?? []) {
      const found = schemaAt(option, path);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (head === undefined) return schema;
  if (type === 'object') {
    const next = Object.hasOwn(shape ?? {}, head) ? shape?.[String(head)] : undefined;
    return next === undefined ? undefined : schemaAt(next, rest);
  }
  if (type === 'array' && typeof head === 'number' && element !== undefined) return schemaAt(element, rest);
  return undefined;
}

/** What the schema says about the key at `path`. */
export function metaAt(schema: z.ZodType, path: readonly PropertyKey[]): KeyMeta | undefined {
  return schemaAt(schema, path)?.meta() as KeyMeta | undefined;
}

/** The keys an object at `path` may have; empty when it is none. */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  return Object.keys((schemaAt(schema, path)?.def as Definition | undefined)?.shape ?? {});
}

/** The words an enumeration at `path` takes; empty when it is none. */
export function choicesAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  return Object.values((schemaAt(schema, path)?.def as Definition | undefined)?.entries ?? {});
}

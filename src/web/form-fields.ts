import { z } from 'zod';
import type { Fields } from './acts/form-act.types.ts';

/** What forms carry beside the fields of their operation. */
export const CSRF_FIELD = 'csrf';
export const BACK_FIELD = 'back';
export const CONFIRMED_FIELD = 'confirmed';
const OURS = [CSRF_FIELD, BACK_FIELD, CONFIRMED_FIELD];

const PATH_CHARACTERS_MAX = 2_000;

/** What was typed, without what was left empty. Of a doubled field the last counts. */
export function typedIn(form: URLSearchParams): Fields {
  return Object.fromEntries([...form].filter(([name, value]) => !OURS.includes(name) && value.trim() !== ''));
}

/** The fields that a schema knows, as values that it judges: a list where it wants one, a number, true. */
export function valuesFor(schema: z.ZodObject, form: URLSearchParams): Record<string, unknown> {
  const given = Object.entries(schema.shape).flatMap(([name, field]) => {
    const texts = form.getAll(name).filter((text) => text.trim() !== '');
    return texts.length === 0 ? [] : [[name, valueFor(kindOf(field as z.ZodType), texts)]];
  });
  return Object.fromEntries(given);
}

function kindOf(field: z.ZodType): z.ZodType {
  return field instanceof z.ZodOptional || field instanceof z.ZodDefault ? kindOf(field.unwrap() as z.ZodType) : field;
}

function valueFor(kind: z.ZodType, texts: string[]): unknown {
  if (kind instanceof z.ZodArray) return texts;
  const text = String(texts.at(-1)).trim();
  if (kind instanceof z.ZodNumber && Number.isFinite(Number(text))) return Number(text);
  const isYesOrNo = kind instanceof z.ZodBoolean || (kind instanceof z.ZodLiteral && kind.value === true);
  return isYesOrNo && (text === 'true' || text === 'false') ? text === 'true' : text;
}

/** A path of ours with its query, or that of the first page: nobody is led to another site. */
export function pathOfOurs(given: string | null): string {
  if (given === null || given.length > PATH_CHARACTERS_MAX || !URL.canParse(given, 'http://ours.invalid')) return '/';
  const { origin, pathname, search, hash } = new URL(given, 'http://ours.invalid');
  // "/.//evil.example" has a path of ours that browsers read as another host.
  return origin === 'http://ours.invalid' && !pathname.startsWith('//') ? `${pathname}${search}${hash}` : '/';
}

import { isDictionary, numberAt, textAt } from './fields.ts';
import type { MdmError } from './messages.ts';

/** Longest error description kept. */
const descriptionMax = 1000;
/** Most elements kept of an error chain; real ones have one to three. */
const errorsMax = 10;

/**
 * `ErrorChain` is an array of dictionaries, outermost first; its elements are `ANY` in Apple's schema, so each key
 * may be missing or of another type. US English is preferred: what people search for is written in it.
 */
export function decodeErrorChain(value: unknown): MdmError[] | undefined {
  if (value === undefined) return undefined;
  const chain = (Array.isArray(value) ? value : [value]).slice(0, errorsMax);
  return chain.filter(isDictionary).map((error) => ({
    domain: textAt(error, 'ErrorDomain') ?? '',
    code: Math.trunc(numberAt(error, 'ErrorCode') ?? Number.parseInt(textAt(error, 'ErrorCode') ?? '', 10)) || 0,
    description: textAt(error, 'USEnglishDescription', descriptionMax) ?? textAt(error, 'LocalizedDescription', descriptionMax) ?? '',
  }));
}

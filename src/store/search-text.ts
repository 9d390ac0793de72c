import type { EnrollmentSummary } from './enrollment-row.ts';

/** What text is looked for in, and how both sides are made alike. */

const ACCENTS = /[\u0300-\u036f]/g;
/** iOS writes "Jane’s iPad", people type "Jane's". */
const APOSTROPHES = /[‘’ʼ′`´]/g;
const BLANKS = /\s+/g;

/** The same for texts that differ in case, accents, apostrophes and blanks only. Holds no line break. */
export function foldText(text: string): string {
  return text.normalize('NFKD').replace(ACCENTS, '').replace(APOSTROPHES, "'").replace(BLANKS, ' ').trim().toLowerCase().normalize('NFC');
}

/** Everything a device is found by, folded, a line each: nobody is found by what stands across two of them. */
export function searchTextOf(
  id: string,
  { deviceName, serialNumber, tags }: Pick<EnrollmentSummary, 'deviceName' | 'serialNumber' | 'tags'>,
): string {
  const parts = [deviceName, id, serialNumber, ...tags].filter((part) => part !== undefined);
  return parts.map(foldText).join('\n');
}

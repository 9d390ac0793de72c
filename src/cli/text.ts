import { rfc3339 } from '../time/rfc3339.ts';

/** Text for terminals. Names and serial numbers come from devices and are not to be trusted with escape sequences. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\uFFFD');
}

/** Columns padded to their widest cell, two blanks between; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map(printable));
  const widths = (clean[0] ?? []).map((_, column) => Math.max(...clean.map((row) => row[column]?.length ?? 0)));
  return clean
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** One JSON object, two blanks deep, with the newline a terminal wants. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** "2026-11-20 14:05:09Z"; the CLI speaks UTC, because it may stand in another zone than the server. */
export function instantText(instant: number): string {
  return rfc3339(instant).replace('T', ' ');
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';

const root = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

/** Files of one folder of the recordings, below it too, as name and bytes; none when the folder isn't there. */
export function recordedFiles(folder: string, wanted: RegExp): Array<[name: string, bytes: Buffer]> {
  if (!existsSync(`${root}${folder}`)) return [];
  return readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => wanted.test(name))
    .sort()
    .map((name) => [`${folder}/${name}`, readFileSync(`${root}${folder}/${name}`)]);
}

/** One test per recording; without recordings, which not everybody has, one skipped test that says so. */
export function testRecordings<T>(
  name: string,
  rows: Array<[name: string, recording: T]>,
  test: (name: string, recording: T) => void | Promise<void>,
): void {
  describe(name, () => {
    if (rows.length === 0) it.skip('skipped: there are no recordings in ../shared/data', () => {});
    for (const [row, recording] of rows) it(row, () => test(row, recording));
  });
}

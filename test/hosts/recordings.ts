import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

/** To append to the name of a suite that reads the recordings beside the project, which not everybody has. */
export const recordingsNote = existsSync(root) ? '' : ' (skipped: there are no recordings in ../shared/data)';

/** Files of one folder of the recordings, below it too, as name and bytes; none when the folder isn't there. */
export function recordedFiles(folder: string, wanted: RegExp): Array<[name: string, bytes: Buffer]> {
  if (!existsSync(`${root}${folder}`)) return [];
  return readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => wanted.test(name))
    .sort()
    .map((name) => [`${folder}/${name}`, readFileSync(`${root}${folder}/${name}`)]);
}

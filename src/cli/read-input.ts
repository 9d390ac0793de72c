import { resolve } from 'node:path';
import type { CliWorld } from './world.ts';

/** A file named on the command line, or standard input for "-", as UTF-8 text. Rejects with a sentence for people. */
export async function readInput(world: CliWorld, path: string): Promise<string> {
  const name = path === '-' ? 'standard input' : path;
  let bytes: Uint8Array;
  try {
    bytes = path === '-' ? await world.stdin() : await world.readFile(resolve(world.cwd, path));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === 'ENOENT' ? 'there is no such file' : (code ?? (error instanceof Error ? error.message : String(error)));
    throw new Error(`${name} can't be read: ${why}.`);
  }
  try {
    // A byte order mark, as spreadsheets write it, is left out by the decoder.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error(`${name} is not UTF-8 text; save it as UTF-8.`);
  }
}

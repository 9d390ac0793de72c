import { readFileSync } from 'node:fs';
import type { Problem } from './problem.ts';

/** What stands in a file, without the line break at its end; undefined, with a problem, when there is nothing to be had. */
export function readSecret(
  path: string,
  problem: (message: string, expected: string, fix: string) => Problem,
  problems: Problem[],
): string | undefined {
  try {
    const text = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    if (text !== '') return text;
    problems.push(problem(`${path} is empty`, 'a file that holds the secret', 'write the secret into it'));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    problems.push(problem(`${path} can't be read (${code})`, 'a file that holds the secret', 'see its path and permissions'));
  }
  return undefined;
}

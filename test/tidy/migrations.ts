import { createHash } from 'node:crypto';
import { filesIn, textOf } from './files.ts';

/** SHA-256 of each migration and of the snapshot it was made from, by path. The journal only grows, so its entries count. */
export function migrationHashes(): Record<string, string> {
  const files = filesIn('drizzle', /\.sql$|_snapshot\.json$/).sort();
  const entries = journal().map((entry): [string, string] => [`drizzle/meta/_journal.json#${entry.tag}`, hash(JSON.stringify(entry))]);
  return Object.fromEntries([...files.map((path): [string, string] => [path, hash(textOf(path))]), ...entries]);
}

/** "0000_init" */
export function newestMigration(): string {
  return journal().at(-1)?.tag ?? '';
}

function journal(): { tag: string }[] {
  return (JSON.parse(textOf('drizzle/meta/_journal.json')) as { entries: { tag: string }[] }).entries;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

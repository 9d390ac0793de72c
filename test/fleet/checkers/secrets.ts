import { existsSync, readFileSync } from 'node:fs';
import type { World } from '../../../src/sim/world.types.ts';

/**
 * Promise 12: secrets stay out of disk and log. Every device of the world carries known ones; they are looked for as
 * text, base64 and hex, in the database with its log, and in every line written.
 */
export function findSecrets(world: World, file: string, lines: readonly string[]): string[] {
  const found: string[] = [];
  const files = [file, `${file}-wal`].filter(existsSync).map((name) => ({ name, content: readFileSync(name, 'latin1') }));
  const places = [...files, { name: 'the log', content: lines.join('\n') }];
  for (const { id, spec } of world.devices) {
    for (const secret of [`token ${id} `, `magic ${id}`, `unlock ${id} `, `bootstrap ${id}`, `recovery ${id}`]) {
      const needles = [secret, base64Core(secret), Buffer.from(secret).toString('hex')];
      for (const { name, content } of places) {
        if (needles.some((needle) => content.includes(needle))) found.push(`${spec.name}: "${secret}" is in ${name}`);
      }
    }
  }
  return found;
}

/** The part of the base64 text that what follows the secret can't change. */
function base64Core(secret: string): string {
  const text = Buffer.from(secret).toString('base64').replace(/=+$/, '');
  return text.slice(0, Math.floor(secret.length / 3) * 4);
}

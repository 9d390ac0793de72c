import { existsSync, readFileSync } from 'node:fs';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';

/**
 * Promise 12: secrets stay out of disk and log. Every device of the world carries known ones; they are looked for in the
 * database with its log and in every line written: as text, and as base64 once and twice, wherever it begins.
 */
export const secrets: CheckerKind = { promise: 12, title: 'secrets stay out of disk and log', file: 'secrets.ts', create };

const KINDS = ['token', 'magic', 'unlock', 'bootstrap', 'recovery'];

function create({ fleet, violate }: Watched): Checker {
  /** Lines before this one have been looked at. */
  let seen = 0;
  return {
    async sweep() {
      const { file = '', lines, world } = fleet;
      const files = [file, `${file}-wal`].filter((name) => existsSync(name));
      const places = [
        ...files.map((name) => ({ name: 'the database', content: readFileSync(name, 'latin1') })),
        { name: 'the log', content: lines.slice(seen).join('\n') },
      ];
      seen = lines.length;
      for (const { id } of world.devices) {
        for (const secret of KINDS.map((kind) => `${kind} ${id}`)) {
          const forms = formsOf(secret);
          for (const { name, content } of places)
            if (forms.some((form) => content.includes(form))) violate(id, `"${secret}" is in ${name}`);
        }
      }
    },
  };
}

/** The middle of the base64 text is the same whatever stands before and after, for each of three places to begin. */
function formsOf(secret: string): string[] {
  const inBase64 = (text: string) => [0, 1, 2].map((shift) => base64Middle(text, shift));
  const once = inBase64(secret);
  return [secret, ...once, ...once.flatMap(inBase64)];
}

function base64Middle(text: string, shift: number): string {
  const whole = Buffer.from(`${'.'.repeat(shift)}${text}`)
    .toString('base64')
    .replace(/=+$/, '');
  return whole.slice(shift === 0 ? 0 : 4, Math.floor((shift + text.length) / 3) * 4);
}

import type { Clock, Ids } from '../runtime.ts';
import { MINUTE_MS } from '../time/local.ts';

/** What became of an act: the page after it says so, once. */
export interface Flash {
  tone: 'done' | 'wrong';
  text: string;
  /** Refused: what was typed into which form, so that nobody types it again. */
  typed?: { act: string; fields: Readonly<Record<string, string>> };
}

/** Kept so long for the page that shows it. */
export const FLASH_MS = 10 * MINUTE_MS;
/** At one time; the oldest goes. */
const FLASHES_MAX = 1_000;

/** In memory, each under a secret that its browser's cookie holds: also in the demo, where nobody has a session. */
export interface Flashes {
  keep(flash: Flash): string;
  /** Undefined: there is none, it is too old, or it was taken. */
  take(id: string | undefined): Flash | undefined;
}

export function createFlashes({ clock, ids }: { clock: Pick<Clock, 'now'>; ids: Pick<Ids, 'secret'> }): Flashes {
  const byId = new Map<string, { flash: Flash; at: number }>();
  return {
    keep(flash) {
      const id = ids.secret();
      byId.set(id, { flash, at: clock.now() });
      const oldest = byId.keys().next().value;
      if (byId.size > FLASHES_MAX && oldest !== undefined) byId.delete(oldest);
      return id;
    },
    take(id = '') {
      const kept = byId.get(id);
      byId.delete(id);
      return kept !== undefined && clock.now() - kept.at < FLASH_MS ? kept.flash : undefined;
    },
  };
}

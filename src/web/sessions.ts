import { createHash } from 'node:crypto';
import type { Tokens } from '../engine/operate/tokens.ts';
import type { Clock, Ids } from '../runtime.ts';
import { DAY_MS, HOUR_MS } from '../time/local.ts';
import type { Caller } from './caller.ts';

/** A session ends when it was not used for so long, and a week after it began. */
export const IDLE_MS = 12 * HOUR_MS;
export const LIFE_MS = 7 * DAY_MS;
/** At one time; the one that was used the longest ago goes. */
const SESSIONS_MAX = 1_000;

/** Who signed in: by the password, or by a token and only for as long as that lives. */
export type SignedIn = { by: 'password' } | { by: 'token'; id: string; name: string };

export interface Session {
  caller: Caller;
  /** Goes with every request of the session that changes something: another site can't know it. */
  csrf: string;
}

/** Browsers that are signed in. In memory: a restart signs everybody out. */
export interface Sessions {
  /** What the cookie holds: 256 random bits, kept as their SHA-256 only. */
  open(who: SignedIn): string;
  find(id: string | undefined): Session | undefined;
  close(id: string | undefined): void;
}

export interface SessionsOptions {
  clock: Pick<Clock, 'now'>;
  ids: Pick<Ids, 'secret'>;
  tokens: Pick<Tokens, 'roleNow'>;
}

interface Kept {
  who: SignedIn;
  csrf: string;
  beganAt: number;
  usedAt: number;
}

export function createSessions({ clock, ids, tokens }: SessionsOptions): Sessions {
  /** Used last, last. */
  const byHash = new Map<string, Kept>();

  function callerOf(who: SignedIn): Caller | undefined {
    // Not the access of the password itself: who finds a browser open makes no tokens.
    if (who.by === 'password') return { access: 'operate', name: 'browser', isNamed: false };
    const role = tokens.roleNow(who.id);
    return role && { access: role, name: `token:${who.name}`, isNamed: true };
  }

  return {
    open(who) {
      const id = ids.secret();
      const now = clock.now();
      byHash.set(hashOf(id), { who, csrf: ids.secret(), beganAt: now, usedAt: now });
      const oldest = byHash.keys().next().value;
      if (byHash.size > SESSIONS_MAX && oldest !== undefined) byHash.delete(oldest);
      return id;
    },
    find(id) {
      const hash = hashOf(id ?? '');
      const kept = byHash.get(hash);
      if (kept === undefined) return undefined;
      const now = clock.now();
      const caller = now - kept.usedAt < IDLE_MS && now - kept.beganAt < LIFE_MS ? callerOf(kept.who) : undefined;
      byHash.delete(hash);
      if (caller === undefined) return undefined;
      byHash.set(hash, { ...kept, usedAt: now });
      return { caller, csrf: kept.csrf };
    },
    close(id) {
      byHash.delete(hashOf(id ?? ''));
    },
  };
}

function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('hex');
}

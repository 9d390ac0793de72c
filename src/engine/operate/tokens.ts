import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { ERROR } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import type { Clock, Ids } from '../../runtime.ts';
import type { ApiToken, Store } from '../../store/store.ts';
import { DAY_MS, HOUR_MS } from '../../time/local.ts';
import { rfc3339 } from '../../time/rfc3339.ts';
import type { TokenAnswer, TokenRole } from '../token-answers.ts';

/** Tokens that open something at one time; and those that ended, which the list still shows. */
export const TOKENS_MAX = 100;
const ENDED_KEPT_MAX = 100;
const EXPIRES_MAX_MS = 3_660 * DAY_MS;
/** When it was last used is for people who tidy up: to the hour, and one write an hour. */
const USE_NOTED_EVERY_MS = HOUR_MS;

/** Audit lines call who used a token "token:<name>". */
export const TokenName = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N} ._@-]{0,63}$/u);
/** What a whole token looks like. */
export const TOKEN_FORM = /^ratchet_([0-9a-f]{8})_[0-9a-f]{64}$/;

export interface TokensAct {
  by: string;
  note?: string;
}

export type TokenJudgement =
  | { kind: 'right'; id: string; name: string; role: TokenRole }
  /** `message` says nothing that its holder does not know. */
  | { kind: 'wrong'; message: string };

/** The tokens of the API: made, listed and revoked by a person, judged with each request. */
export interface Tokens {
  /** Reads those that were made before. */
  start(): Promise<void>;
  create(
    wanted: { name: string; role: TokenRole; expiresInMs?: number },
    act: TokensAct,
  ): Promise<{ ok: true; token: string; row: TokenAnswer } | { ok: false; message: string }>;
  /** Oldest first. */
  list(): TokenAnswer[];
  /** By id, or by the name of one that is live. */
  revoke(idOrName: string, act: TokensAct): Promise<{ ok: true; row: TokenAnswer } | { ok: false; message: string }>;
  judge(presented: string): Promise<TokenJudgement>;
  /** Whether the token of that id still opens anything, and what. */
  roleNow(id: string): TokenRole | undefined;
}

export interface TokensOptions {
  store: Pick<Store, 'listTokens' | 'saveToken' | 'noteTokenUse'>;
  clock: Pick<Clock, 'now'>;
  ids: Ids;
  log: Logger;
}

const WRONG = { kind: 'wrong', message: 'Wrong token: mistyped, revoked, or its time is over (ratchet token list).' } as const;

export function createTokens({ store, clock, ids, log }: TokensOptions): Tokens {
  /** Some 200 of them at most. */
  const byId = new Map<string, ApiToken>();
  /** One change after the other: limits and names are judged beside all before it. */
  let last: Promise<unknown> = Promise.resolve();

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  }

  const isLive = (token: ApiToken) => stateOf(token, clock.now()) === 'live';
  const live = () => [...byId.values()].filter(isLive);

  function newId(): string {
    for (;;) {
      const id = ids.uuid().replaceAll('-', '').slice(-8);
      if (!byId.has(id)) return id;
    }
  }

  async function save(token: ApiToken, act: string, { by, note }: TokensAct): Promise<void> {
    const { id, name, role, expiresAt } = token;
    const ended = [...byId.values()].filter((other) => other.id !== id && !isLive(other));
    const gone = ended.slice(0, Math.max(0, ended.length - ENDED_KEPT_MAX)).map((each) => each.id);
    const detail = { id, name, role, ...(expiresAt === undefined ? {} : { expiresAt }), ...(note ? { note } : {}) };
    await store.saveToken(token, { at: clock.now(), by, act, detail }, gone);
    for (const each of gone) byId.delete(each);
    byId.set(id, token);
  }

  return {
    async start() {
      for (const token of await store.listTokens()) byId.set(token.id, token);
    },
    create: ({ name, role, expiresInMs }, act) =>
      inTurn(async () => {
        if (!TokenName.safeParse(name).success)
          return refuse('The name of a token has letters, digits, blanks, dots, dashes, underscores and @, at most 64.');
        if (isIdForm(name)) return refuse(`"${name}" looks like the id of a token; give it another name.`);
        if (expiresInMs !== undefined && (expiresInMs <= 0 || expiresInMs > EXPIRES_MAX_MS))
          return refuse('A token expires after a minute at the soonest and ten years at the latest.');
        const others = live();
        if (others.some((other) => other.name === name)) return refuse(`There is a token named "${name}" already; revoke it first.`);
        if (others.length >= TOKENS_MAX) return refuse(`There are ${TOKENS_MAX} tokens already; revoke some first.`);
        const id = newId();
        const token = `ratchet_${id}_${ids.secret()}`;
        const createdAt = clock.now();
        const expiry = expiresInMs === undefined ? {} : { expiresAt: createdAt + expiresInMs };
        const row: ApiToken = { id, name, role, sha256: hashOf(token).toString('hex'), createdAt, createdBy: act.by, ...expiry };
        await save(row, 'token-create', act);
        return { ok: true, token, row: shown(row, createdAt) };
      }),
    list: () => [...byId.values()].map((token) => shown(token, clock.now())),
    revoke: (idOrName, act) =>
      inTurn(async () => {
        const token = byId.get(idOrName) ?? live().find(({ name }) => name === idOrName);
        if (token === undefined) return refuse(`No token has the id or name "${idOrName}".`);
        if (token.revokedAt !== undefined) return refuse(`${token.name} was revoked at ${rfc3339(token.revokedAt)} already.`);
        const revoked: ApiToken = { ...token, revokedAt: clock.now(), revokedBy: act.by };
        await save(revoked, 'token-revoke', act);
        return { ok: true, row: shown(revoked, clock.now()) };
      }),
    async judge(presented) {
      const token = byId.get(TOKEN_FORM.exec(presented)?.[1] ?? '');
      // Whether there is such an id is no secret; what follows it is.
      if (token === undefined || !timingSafeEqual(hashOf(presented), Buffer.from(token.sha256, 'hex'))) return WRONG;
      const now = clock.now();
      const { id, name, role, expiresAt, revokedAt, lastUsedAt } = token;
      if (revokedAt !== undefined) return { kind: 'wrong', message: `The token ${name} was revoked at ${rfc3339(revokedAt)}.` };
      if (!isLive(token)) return { kind: 'wrong', message: `The token ${name} expired at ${rfc3339(expiresAt ?? now)}.` };
      if (lastUsedAt === undefined || now - lastUsedAt >= USE_NOTED_EVERY_MS) {
        byId.set(id, { ...token, lastUsedAt: now });
        // Who only looks must be able to while the store can't be written.
        await store.noteTokenUse(id, now).catch((error: unknown) => log.warn({ [ERROR]: error }, 'the use of a token could not be noted'));
      }
      return { kind: 'right', id, name, role };
    },
    roleNow(id) {
      const token = byId.get(id);
      return token !== undefined && isLive(token) ? token.role : undefined;
    },
  };
}

function isIdForm(text: string): boolean {
  return /^[0-9a-f]{8}$/.test(text);
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function stateOf({ revokedAt, expiresAt }: ApiToken, now: number): TokenAnswer['state'] {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt !== undefined && expiresAt <= now ? 'expired' : 'live';
}

function shown(token: ApiToken, now: number): TokenAnswer {
  const { sha256: _, ...rest } = token;
  return { ...rest, state: stateOf(token, now) };
}

function refuse(message: string): { ok: false; message: string } {
  return { ok: false, message };
}

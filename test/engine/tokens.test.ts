import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { createTokens, TOKEN_FORM, TOKENS_MAX, type Tokens } from '../../src/engine/operate/tokens.ts';
import { type Logger, silentLogger } from '../../src/logger.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { type Store, StoreError } from '../../src/store/store.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';

const START = Date.UTC(2026, 10, 20, 12);
const JANE = { by: 'jane' };

let now: number;
let drawn: number;
let store: Store;
let warnings: string[];
let tokens: Tokens;

function open(): Tokens {
  const ids = {
    uuid: () => `00000000-0000-4000-8000-${String(++drawn).padStart(12, '0')}`,
    secret: () => createHash('sha256').update(`secret ${++drawn}`).digest('hex'),
  };
  const log: Logger = { ...silentLogger, warn: (_fields, message) => void warnings.push(message) };
  return createTokens({ store, clock: { now: () => now }, ids, log });
}

async function create(name: string, more: { role?: 'read' | 'operate'; expiresInMs?: number } = {}): Promise<string> {
  const made = await tokens.create({ name, role: 'read', ...more }, JANE);
  if (!made.ok) throw new Error(made.message);
  return made.token;
}

beforeEach(() => {
  now = START;
  drawn = 0;
  warnings = [];
  store = openSqliteStore({ file: ':memory:', clock: { turn: () => new Promise((resolve) => setImmediate(resolve)) } });
  tokens = open();
});

describe('a token', () => {
  it('opens what its role says, also after a restart, and is kept as its SHA-256 only', async () => {
    const token = await create('ci', { role: 'operate' });
    expect(token).toMatch(TOKEN_FORM);
    const [kept] = await store.listTokens();
    expect(kept).toMatchObject({ name: 'ci', role: 'operate', createdAt: START, createdBy: 'jane' });
    expect(kept?.sha256).toBe(createHash('sha256').update(token).digest('hex'));
    expect(JSON.stringify([kept, await store.listAudit(10), tokens.list()])).not.toContain(token.slice(17));
    tokens = open();
    expect((await tokens.judge(token)).kind).toBe('wrong');
    await tokens.start();
    expect(await tokens.judge(token)).toEqual({ kind: 'right', id: kept?.id, name: 'ci', role: 'operate' });
  });

  it('of another secret, another id or another form opens nothing', async () => {
    const token = await create('ci');
    const other = await create('other');
    const wrong = ['', 'x', token.slice(0, -1), `${token}0`, token.toUpperCase(), `${other.slice(0, 17)}${token.slice(17)}`];
    wrong.push(
      token.replace(/_.{8}_/, '_ffffffff_'),
      token.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
    );
    for (const each of wrong)
      expect([each, await tokens.judge(each)]).toEqual([each, { kind: 'wrong', message: expect.stringContaining('Wrong token') }]);
  });

  it('ends when it expires', async () => {
    const token = await create('ci', { expiresInMs: DAY_MS });
    now = START + DAY_MS - 1;
    expect((await tokens.judge(token)).kind).toBe('right');
    now += 1;
    expect(await tokens.judge(token)).toEqual({ kind: 'wrong', message: 'The token ci expired at 2026-11-21T12:00:00Z.' });
    expect(tokens.list()).toMatchObject([{ name: 'ci', state: 'expired' }]);
  });

  it('ends when it is revoked, by its name or its id, and says so to its holder', async () => {
    for (const by of ['name', 'id'] as const) {
      const token = await create('ci');
      const { id = '' } = tokens.list().find(({ state }) => state === 'live') ?? {};
      expect(await tokens.revoke(by === 'name' ? 'ci' : id, { by: 'jim', note: 'left' })).toMatchObject({ ok: true, row: { id } });
      expect(await tokens.judge(token)).toMatchObject({ kind: 'wrong', message: expect.stringContaining('was revoked') });
      expect(tokens.roleNow(id)).toBeUndefined();
      expect(await tokens.revoke(id, JANE)).toMatchObject({ ok: false, message: expect.stringContaining('already') });
    }
    expect(await tokens.revoke('ci', JANE)).toEqual({ ok: false, message: 'No token has the id or name "ci".' });
    expect((await store.listAudit(2)).map(({ by, act, detail }) => [by, act, detail.name, detail.note])).toEqual([
      ['jim', 'token-revoke', 'ci', 'left'],
      ['jane', 'token-create', 'ci', undefined],
    ]);
  });

  it('notes its use once an hour, and opens all the same where that can’t be written', async () => {
    const noted: number[] = [];
    const { noteTokenUse } = store;
    store.noteTokenUse = (id, at) => {
      noted.push(at - START);
      return noteTokenUse(id, at);
    };
    const token = await create('ci');
    for (const at of [0, 1, HOUR_MS - 1, HOUR_MS, HOUR_MS + 1]) {
      now = START + at;
      await tokens.judge(token);
    }
    expect(noted).toEqual([0, HOUR_MS]);
    expect((await store.listTokens())[0]?.lastUsedAt).toBe(START + HOUR_MS);
    store.noteTokenUse = () => Promise.reject(new StoreError('disk full'));
    now += DAY_MS;
    expect((await tokens.judge(token)).kind).toBe('right');
    expect(warnings).toHaveLength(1);
  });
});

describe('making a token', () => {
  it.each([
    ['a name of somebody else', { name: 'taken' }, /already; revoke/],
    ['no name', { name: '' }, /letters, digits/],
    ['a name with a line break', { name: 'a\nb' }, /letters, digits/],
    ['a name too long', { name: 'x'.repeat(65) }, /at most 64/],
    ['a name like an id', { name: 'deadbeef' }, /looks like the id/],
    ['an expiry that has passed', { name: 'a', expiresInMs: 0 }, /ten years/],
    ['an expiry too far ahead', { name: 'a', expiresInMs: 3_661 * DAY_MS }, /ten years/],
  ])('refuses %s', async (_what, wanted, message) => {
    await create('taken');
    const answer = await tokens.create({ role: 'read', ...wanted }, JANE);
    expect(answer).toEqual({ ok: false, message: expect.stringMatching(message) });
    expect(await store.listTokens()).toHaveLength(1);
  });

  it(`stops at ${TOKENS_MAX} live ones, and forgets the oldest of those that ended`, async () => {
    for (let index = 0; index < TOKENS_MAX; index += 1) await create(`t${index}`, { expiresInMs: MINUTE_MS });
    expect(await tokens.create({ name: 'more', role: 'read' }, JANE)).toMatchObject({ ok: false, message: /100 tokens/ });
    now += MINUTE_MS;
    for (let index = 0; index < 3; index += 1) {
      await create(`again${index}`);
      await tokens.revoke(`again${index}`, JANE);
    }
    await create('more');
    const kept = tokens.list();
    expect([kept.length, kept[0]?.name]).toEqual([101, 't3']);
    expect((await store.listTokens()).map(({ id }) => id)).toEqual(kept.map(({ id }) => id));
  });

  it('can’t give one name to two that are made at once', async () => {
    const made = await Promise.all([1, 2].map(() => tokens.create({ name: 'ci', role: 'read' }, JANE)));
    expect(made.map(({ ok }) => ok)).toEqual([true, false]);
  });
});

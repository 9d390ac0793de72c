import { afterEach, describe, expect, it } from 'vitest';
import { createRatchet, type Ratchet } from '../../src/app.ts';
import { buildDeclarations } from '../../src/ddm/declarations.ts';
import type { FeedAnswer } from '../../src/feeds/feed.ts';
import { hostCapabilities } from '../../src/hosts/capabilities.ts';
import type { Host } from '../../src/hosts/host.ts';
import { nanoMdmWire } from '../../src/hosts/nanomdm/wire.ts';
import { silentLogger } from '../../src/logger.ts';
import { parsePlist } from '../../src/runtime/parse-plist.ts';
import { createPrng } from '../../src/sim/prng.ts';
import { createScheduler } from '../../src/sim/scheduler.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Store } from '../../src/store/store.ts';
import { HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { policySetOf } from '../fleet/harness.ts';

/** The app over a host that takes everything and says nothing, in virtual time: what holds for a whole site. */

const START = Date.UTC(2026, 8, 14, 8);
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** `given`: what a process before it has left; it holds its timers no more. */
async function site(given?: { scheduler: ReturnType<typeof createScheduler>; store: Store; offers: string[] }) {
  const scheduler = given?.scheduler ?? createScheduler(START);
  let offers = given?.offers ?? ['26.6.1'];
  let offset = 0;
  const clock = {
    ...scheduler,
    now: () => scheduler.now() + offset,
    at: (at: number, key: string, run: () => void) => scheduler.at(at - offset, key, run),
  };
  const prng = createPrng('site');
  const sent: { id: string; plist: string }[] = [];
  const host: Host = {
    name: 'fake',
    capabilities: hostCapabilities.nanomdm,
    enqueue: async (id, _uuid, plist) => {
      sent.push({ id, plist });
      return { kind: 'queued' };
    },
    push: async () => ({ errors: new Map() }),
    probe: async () => ({ reachable: true }),
  };
  const store: Store = given?.store ?? openSqliteStore({ file: ':memory:', clock });
  /** From now on this process gets no further than making devices due. */
  let isDying = false;
  const mortal: Store = {
    ...store,
    makeDue: (...args) => (isDying ? new Promise<never>(() => undefined) : store.makeDue(...args)),
  };
  let feedDate: number | undefined;
  const feed = {
    name: 'fixture',
    read: async (): Promise<FeedAnswer> => ({
      kind: 'answer',
      body: JSON.stringify(pmv(offers)),
      at: clock.now(),
      ...(feedDate === undefined ? {} : { date: feedDate }),
    }),
  };
  const ratchet = await createRatchet(
    {
      clock: { ...clock, elapsed: scheduler.now },
      ids: { uuid: () => prng.uuid(), secret: () => `${prng.uuid()}${prng.uuid()}`.replaceAll('-', '') },
      random: prng,
      fetch: () => Promise.reject(new Error('no network')),
      decodePlist: async (bytes) => parsePlist(bytes),
      store: mortal,
      host,
      wire: nanoMdmWire,
      feed,
      log: silentLogger,
    },
    {
      version: '0',
      policies: policySetOf({ days: 7, at: '18:00', fallbackTimeZone: 'Europe/Berlin' }),
      policiesBy: 'test',
      hostIdentity: 'fake',
      adopt: false,
      webhook: { hmacKeys: [], basic: undefined },
      ddm: { basePath: '/ddm/', requestKeys: [], responseKey: undefined },
      api: { password: undefined, open: true },
      pushRate: 50,
      releasesEveryMs: 12 * HOUR_MS,
      sweepEveryMs: MINUTE_MS,
    },
  );
  void ratchet.start();
  await scheduler.settle();
  open.push(async () => {
    if (isDying) return;
    await ratchet.stop();
    await store.close();
  });
  /** Virtual turns only come round while the scheduler settles. */
  async function drive<T>(call: T | Promise<T>): Promise<T> {
    let isOver = false;
    const watched = Promise.resolve(call).finally(() => {
      isOver = true;
    });
    watched.catch(() => undefined);
    while (!isOver) {
      await scheduler.settle();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return watched;
  }
  const driven: Pick<Ratchet, 'fetch' | 'fetchDdm' | 'show' | 'operate'> = {
    fetch: (request) => drive(ratchet.fetch(request)),
    fetchDdm: (request) => drive(ratchet.fetchDdm(request)),
    show: ratchet.show,
    operate: {
      pause: (act) => drive(ratchet.operate.pause(act)),
      resume: (act) => drive(ratchet.operate.resume(act)),
      stop: (act) => drive(ratchet.operate.stop(act)),
      device: (act) => drive(ratchet.operate.device(act)),
    },
  };
  return {
    scheduler,
    store,
    ratchet: driven,
    sent,
    clock,
    setBack: (ms: number) => {
      offset -= ms;
    },
    die: () => {
      isDying = true;
    },
    feedOffers: (...versions: string[]) => {
      offers = versions;
    },
    feedSays: (date: number | undefined) => {
      feedDate = date;
    },
    stop: () => drive(ratchet.stop()),
    run: (ms: number) => scheduler.runUntil(scheduler.now() + ms),
  };
}

function pmv(versions: readonly string[]) {
  const dates = { PostingDate: '2026-08-17', ExpirationDate: '2026-12-13' };
  const entry = (version: string) => ({ ProductVersion: version, Build: `23G${version.replaceAll('.', '')}`, ...dates });
  const sets = { iOS: versions.map((version) => ({ ...entry(version), SupportedDevices: ['iPad13,4'] })) };
  return { PublicAssetSets: sets, AssetSets: sets, PublicBackgroundSecurityImprovements: {} };
}

async function post(
  ratchet: Pick<Ratchet, 'fetch' | 'fetchDdm' | 'show'>,
  id: string,
  topic: string,
  plist: string,
  more: Record<string, unknown> = {},
): Promise<void> {
  const raw = `<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict>${plist}<key>UDID</key><string>${id}</string></dict></plist>`;
  const event = { ids: { id, type: 'Device' }, udid: id, raw_payload: Buffer.from(raw).toString('base64'), ...more };
  const body = JSON.stringify({
    topic,
    created_at: new Date(0).toISOString(),
    [topic === 'mdm.Connect' ? 'acknowledge_event' : 'checkin_event']: event,
  });
  const answer = await ratchet.fetch(
    new Request('http://r/webhook', { method: 'POST', headers: { 'content-type': 'application/json' }, body }),
  );
  expect(answer.status).toBe(200);
}

async function enroll(ratchet: Pick<Ratchet, 'fetch' | 'fetchDdm' | 'show'>, id: string): Promise<void> {
  await post(
    ratchet,
    id,
    'mdm.Authenticate',
    '<key>MessageType</key><string>Authenticate</string><key>OSVersion</key><string>26.5</string><key>BuildVersion</key><string>23F77</string><key>ProductName</key><string>iPad13,4</string>',
  );
  await post(ratchet, id, 'mdm.TokenUpdate', '<key>MessageType</key><string>TokenUpdate</string>', { token_update_tally: 1 });
}

function dm(ratchet: Pick<Ratchet, 'fetch' | 'fetchDdm' | 'show'>, id: string, path: string, report?: unknown) {
  return ratchet.fetchDdm(
    new Request(`http://r/ddm/${path}`, {
      method: report ? 'PUT' : 'GET',
      headers: { 'x-enrollment-id': id, 'x-enrollment-type': 'Device' },
      ...(report ? { body: JSON.stringify(report) } : {}),
    }),
  );
}

async function reasonOf(ratchet: Pick<Ratchet, 'fetch' | 'fetchDdm' | 'show'>, id: string): Promise<string | undefined> {
  return (await ratchet.show.why(id))?.reason;
}

describe('a new store beside devices that know us (rule 30)', () => {
  const [ours] = buildDeclarations({ subscriptions: ['softwareupdate.install-state'] }).declarations;
  const report = {
    StatusItems: {
      management: {
        declarations: {
          configurations: [{ identifier: ours?.Identifier, 'server-token': ours?.ServerToken, active: true, valid: 'valid' }],
        },
      },
    },
    Errors: [],
  };

  it('is held from the first report of declarations it never listed, until resumed', async () => {
    const { ratchet, run, sent } = await site();
    await post(ratchet, 'D1', 'mdm.Connect', '<key>Status</key><string>Idle</string>', { status: 'Idle' });
    await run(MINUTE_MS);
    expect((await dm(ratchet, 'D1', 'status', report)).status).toBe(200);
    await run(MINUTE_MS);
    await enroll(ratchet, 'D2');
    await run(MINUTE_MS);

    expect((await ratchet.show.status()).state).toBe('held');
    expect((await dm(ratchet, 'D1', 'tokens')).status).toBe(500);
    expect(await reasonOf(ratchet, 'D2')).toBe('held');
    expect(sent.filter((command) => command.plist.includes('DeclarativeManagement'))).toEqual([]);

    const answer = await ratchet.fetch(
      new Request('http://127.0.0.1/api/v1/resume', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"by":"me"}',
      }),
    );
    expect(await answer.json()).toMatchObject({ state: 'running' });
    await run(MINUTE_MS);
    expect((await ratchet.show.status()).state).toBe('running');
    expect(sent.filter((command) => command.plist.includes('DeclarativeManagement')).length).toBeGreaterThan(0);
  });

  it('is not held by a report of somebody else’s declarations', async () => {
    const { ratchet, run } = await site();
    const foreign = structuredClone(report);
    const [entry] = foreign.StatusItems.management.declarations.configurations;
    if (entry) entry.identifier = 'com.example.passcode';
    await dm(ratchet, 'D1', 'status', foreign);
    await run(MINUTE_MS);
    expect((await ratchet.show.status()).state).toBe('running');
  });
});

it('who was killed after it saved what Apple offers, and before anybody was due for it, looks at everybody when it starts', async () => {
  const { ratchet, run, die, feedOffers, scheduler, store } = await site();
  const target = async () => (await store.loadForReconcile(['D1']))[0]?.decision?.target?.version;
  await enroll(ratchet, 'D1');
  await run(MINUTE_MS);
  expect(await target()).toBe('26.6.1');
  feedOffers('26.6.1', '26.6.2');
  die();
  await run(13 * HOUR_MS);
  expect((await store.loadCatalogue())?.releases.map(({ key }) => key)).toContain('iOS 26.6.2');
  expect(await target()).toBe('26.6.1');

  const next = await site({ scheduler, store, offers: ['26.6.1', '26.6.2'] });
  await next.run(MINUTE_MS);
  expect(await target()).toBe('26.6.2');
});

describe('our clock (rule 4)', () => {
  it('hands out nothing once it was set while we ran, also when it has caught up, until a person says that it is right', async () => {
    const { ratchet, run, setBack, sent, store } = await site();
    await run(10 * MINUTE_MS);
    setBack(2 * HOUR_MS);
    await run(30 * MINUTE_MS);
    await enroll(ratchet, 'D1');
    await run(MINUTE_MS);
    expect(await reasonOf(ratchet, 'D1')).toBe('clock-suspect');
    await run(2 * HOUR_MS);
    expect(await reasonOf(ratchet, 'D1')).toBe('clock-suspect');
    // What was heard is kept, and nothing is made of it yet.
    expect([sent, (await store.countInbox()) > 0]).toEqual([[], true]);
    await ratchet.operate.resume({ by: 'me' });
    await run(MINUTE_MS);
    expect(await reasonOf(ratchet, 'D1')).not.toBe('clock-suspect');
    expect([sent.length > 0, await store.countInbox()]).toEqual([true, 0]);
  });

  it('is not vouched for by who ends a stop', async () => {
    const { ratchet, run, setBack } = await site();
    await enroll(ratchet, 'D1');
    await run(10 * MINUTE_MS);
    await ratchet.operate.stop({ by: 'me' });
    setBack(2 * HOUR_MS);
    await run(2 * MINUTE_MS);
    await ratchet.operate.resume({ by: 'me' });
    await run(MINUTE_MS);
    expect(await reasonOf(ratchet, 'D1')).toBe('clock-suspect');
    await ratchet.operate.resume({ by: 'me' });
    await run(MINUTE_MS);
    expect(await reasonOf(ratchet, 'D1')).not.toBe('clock-suspect');
  });

  it('stays in doubt over a restart, until somebody has confirmed it', async () => {
    const { ratchet, run, feedSays, scheduler, store, die, stop } = await site();
    await enroll(ratchet, 'D1');
    feedSays(START + 3 * HOUR_MS);
    await run(13 * HOUR_MS);
    expect(await reasonOf(ratchet, 'D1')).toBe('clock-suspect');
    die();
    await stop();

    const next = await site({ scheduler, store, offers: ['26.6.1'] });
    await next.run(MINUTE_MS);
    expect(await reasonOf(next.ratchet, 'D1')).toBe('clock-suspect');
    await next.ratchet.operate.resume({ by: 'me' });
    await next.run(MINUTE_MS);
    expect(await reasonOf(next.ratchet, 'D1')).not.toBe('clock-suspect');
  });

  it('is suspect when the feed’s clock differs by more than 10 minutes, and trusted again when it agrees', async () => {
    const { ratchet, run, feedSays, clock } = await site();
    await enroll(ratchet, 'D1');
    feedSays(START + 12 * HOUR_MS - 30 * MINUTE_MS);
    await run(13 * HOUR_MS);
    expect(await reasonOf(ratchet, 'D1')).toBe('clock-suspect');
    feedSays(clock.now() + 12 * HOUR_MS);
    await run(MINUTE_MS);
    feedSays(undefined);
    await ratchet.operate.resume({ by: 'me' });
    expect(await reasonOf(ratchet, 'D1')).not.toBe('clock-suspect');
  });
});

describe('the first DeclarativeManagement command of a site (rule 30)', () => {
  it('goes to one device; the others wait until a request has reached the listener', async () => {
    const { ratchet, run, sent } = await site();
    for (const id of ['D1', 'D2', 'D3']) await enroll(ratchet, id);
    await run(5 * MINUTE_MS);
    const tried = () => sent.filter((command) => command.plist.includes('DeclarativeManagement')).map((command) => command.id);
    expect(tried()).toHaveLength(1);
    const [first] = tried();
    const waiting = ['D1', 'D2', 'D3'].find((id) => id !== first) as string;
    expect(await reasonOf(ratchet, waiting)).toBe('awaiting-first-device');

    expect((await dm(ratchet, first as string, 'tokens')).status).toBe(200);
    await run(5 * MINUTE_MS);
    expect(new Set(tried())).toEqual(new Set(['D1', 'D2', 'D3']));
  });

  it('raises dm-not-wired an hour after an acknowledgement that nothing followed', async () => {
    const { ratchet, run, sent } = await site();
    await enroll(ratchet, 'D1');
    await run(5 * MINUTE_MS);
    const uuid = /<key>CommandUUID<\/key>\s*<string>([^<]+)/.exec(
      sent.find((command) => command.plist.includes('DeclarativeManagement'))?.plist ?? '',
    )?.[1];
    await post(
      ratchet,
      'D1',
      'mdm.Connect',
      `<key>Status</key><string>Acknowledged</string><key>CommandUUID</key><string>${uuid}</string>`,
      { status: 'Acknowledged', command_uuid: uuid },
    );
    await run(50 * MINUTE_MS);
    expect((await ratchet.show.status()).alerts).toEqual([]);
    await run(20 * MINUTE_MS);
    expect((await ratchet.show.status()).alerts.map((alert) => alert.key)).toEqual(['dm-not-wired']);
    await dm(ratchet, 'D1', 'tokens');
    expect((await ratchet.show.status()).alerts).toEqual([]);
  });

  it('is tried with another device when the first one stays silent for an hour', async () => {
    const { ratchet, run, sent } = await site();
    await enroll(ratchet, 'D1');
    await run(5 * MINUTE_MS);
    await enroll(ratchet, 'D2');
    for (let hour = 0; hour < 3; hour += 1) {
      await run(30 * MINUTE_MS);
      await post(ratchet, 'D2', 'mdm.Connect', '<key>Status</key><string>Idle</string>', { status: 'Idle' });
      await run(30 * MINUTE_MS);
    }
    expect(new Set(sent.filter((command) => command.plist.includes('DeclarativeManagement')).map((command) => command.id))).toContain('D2');
  });
});

describe('the numbers of stop (rules 18, 21)', () => {
  it('count a device that holds its date until it synced without it, however often stop is said', async () => {
    const { ratchet, run, sent } = await site();
    await enroll(ratchet, 'D1');
    await run(5 * MINUTE_MS);
    expect(sent.some((command) => command.plist.includes('DeclarativeManagement'))).toBe(true);
    const sync = async () => {
      await dm(ratchet, 'D1', 'tokens');
      const items = (await (await dm(ratchet, 'D1', 'declaration-items')).json()) as {
        Declarations: { Configurations: { Identifier: string }[] };
      };
      for (const { Identifier } of items.Declarations.Configurations)
        expect((await dm(ratchet, 'D1', `declaration/configuration/${Identifier}`)).status).toBe(200);
    };
    await sync();
    await run(MINUTE_MS);

    const expected = { state: 'stopped', withdrawn: 1, confirmed: 0, stillHolding: 1 };
    const first = await ratchet.operate.stop({ by: 'me' });
    expect(first).toMatchObject({ ok: true, result: expected });
    expect(first.ok && first.result.notes[0]).toMatch(
      /^1 device learns of it at the next contact; dates are held until then, the last of them \d{4}-/,
    );
    expect(await ratchet.operate.stop({ by: 'me' })).toMatchObject({ ok: true, result: expected });
    await sync();
    await run(MINUTE_MS);
    expect(await ratchet.operate.stop({ by: 'me' })).toMatchObject({
      ok: true,
      result: { state: 'stopped', withdrawn: 0, stillHolding: 0 },
    });
  });
});

it('belongs to one host, and says so to another', async () => {
  const { store, scheduler } = await site();
  const { claimStore } = await import('../../src/engine/operate/claim-store.ts');
  await expect(claimStore(store, 'other', false, scheduler.now())).rejects.toThrow('belongs to fake, not to other; --adopt');
  await claimStore(store, 'other', true, scheduler.now());
  expect((await store.loadSite()).host).toBe('other');
  expect((await store.listAudit(5)).map((entry) => entry.act)).toContain('adopt');
});

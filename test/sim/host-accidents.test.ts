import { describe, expect, it } from 'vitest';
import { createScheduler } from '../../src/sim/scheduler.ts';
import { answerOf, bytesOf, NOTHING, textOf } from '../../src/sim/wire.ts';
import { createWorld } from '../../src/sim/world.ts';
import type { WorldEvent, WorldOptions } from '../../src/sim/world.types.ts';
import { createTinyServer } from './tiny-server.ts';

const START = Date.parse('2026-10-05T06:00:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const POLICY = { days: 3, at: '18:00', fallbackTimeZone: 'Europe/Berlin' };

function setUp(options: Partial<WorldOptions>) {
  const scheduler = createScheduler(START);
  const server = createTinyServer(scheduler, POLICY);
  const created: { at: number; createdAt: number }[] = [];
  const world = createWorld({
    seed: 'accidents',
    devices: 12,
    scheduler,
    policy: POLICY,
    outgoing: (url, init) => {
      const told = /"created_at": ?"([^"]+)"/.exec(textOf(init.body ?? NOTHING))?.[1];
      if (told !== undefined) created.push({ at: scheduler.now(), createdAt: Date.parse(told) });
      return server.outgoing(url, init);
    },
    ...options,
  });
  return { scheduler, server, world, created };
}

async function live(days: number, options: Partial<WorldOptions>) {
  const all = setUp(options);
  all.world.start();
  all.server.start(all.world);
  await all.scheduler.runUntil(START + days * DAY);
  return all;
}

const accidents = (events: readonly WorldEvent[]) => events.flatMap((event) => (event.kind === 'host' ? [event] : []));

function command(uuid: string): Uint8Array {
  return bytesOf(
    `<plist version="1.0"><dict><key>CommandUUID</key><string>${uuid}</string><key>Command</key><dict><key>RequestType</key><string>DeviceInformation</string></dict></dict></plist>`,
  );
}

const SERVERS = ['nanomdm', 'micromdm'] as const;

describe('a server that loses things', () => {
  it.each(SERVERS)('%s: one queue, and nobody else’s', async (server) => {
    const { world, scheduler } = setUp({ server });
    const [one, other] = world.devices.map(({ id }) => id) as [string, string];
    for (const id of [one, other]) await enqueue(id, `u-${id}`);
    world.host.loseQueue(one);
    expect([world.host.queued(one), world.host.queued(other)]).toEqual([[], [`u-${other}`]]);

    async function enqueue(id: string, uuid: string): Promise<void> {
      const headers = { Authorization: `Basic ${btoa(`${server}:apikey`)}` };
      const path = server === 'nanomdm' ? `/v1/enqueue/${id}?nopush=1` : `/v1/commands/${id}`;
      const answer = world.fetch(`http://${server}.sim${path}`, { method: 'PUT', headers, body: command(uuid) });
      await scheduler.runUntil(scheduler.now() + 1000);
      expect((await answer).status).toBeLessThan(300);
    }
  });

  it.each(SERVERS)('%s: everything since a copy was made, once', async (server) => {
    const { world, scheduler } = setUp({ server });
    const id = world.devices[0]?.id as string;
    world.host.restore({ id, type: 'Device', certificate: 'before' });
    const enqueue = async (uuid: string) => {
      const headers = { Authorization: `Basic ${btoa(`${server}:apikey`)}` };
      const path = server === 'nanomdm' ? `/v1/enqueue/${id}?nopush=1` : `/v1/commands/${id}`;
      const answer = world.fetch(`http://${server}.sim${path}`, { method: 'PUT', headers, body: command(uuid) });
      await scheduler.runUntil(scheduler.now() + 1000);
      await answer;
    };
    await enqueue('old');
    const putBack = world.host.copyStore();
    await enqueue('new');
    world.host.restore({ id, type: 'Device', certificate: 'after' });
    expect([world.host.queued(id), world.host.isTrusted(id, 'before'), world.host.isTrusted(id, 'after')]).toEqual([
      ['old', 'new'],
      false,
      true,
    ]);
    putBack();
    expect([world.host.queued(id), world.host.isTrusted(id, 'before'), world.host.isTrusted(id, 'after')]).toEqual([['old'], true, false]);
    // A lost command may be enqueued again under its UUID.
    await enqueue('new');
    expect(world.host.queued(id)).toEqual(['old', 'new']);
  });

  it('tells of queues lost now and then, of no other device', async () => {
    const { world } = await live(5, { faults: { queueLostPerMille: 1000, pushLostPerMille: 1000 } });
    const lost = accidents(world.events);
    expect(lost.length).toBeGreaterThan(0);
    for (const event of lost) expect([event.what, world.device(event.device)?.id]).toEqual(['queue lost', event.device]);
  });

  it('is put back to an older copy once, and whoever it forgot enrolls anew', async () => {
    const { world, scheduler } = await live(10, { faults: { hostRestoredPerMille: 1000 } });
    await scheduler.runUntil(world.arrivedAt + 2 * DAY);
    const [copied, putBack, ...more] = accidents(world.events);
    expect([copied?.what, putBack?.what, more]).toEqual(['copied', 'put back', []]);
    expect((putBack?.at ?? 0) - (copied?.at ?? 0)).toBe(putBack?.ageMs);
    for (const device of world.devices)
      if (device.isEnrolled) expect(world.host.isTrusted(device.id, device.certificate), device.spec.name).toBe(true);
  });
});

describe('a server that is not there', () => {
  it('refuses connections, hears no device and sends nothing', async () => {
    const { world, scheduler } = await live(3, { faults: { hostDownPerMille: 400 } });
    const spans = spansOf(world.events, 'down', 'up');
    expect(spans.length).toBeGreaterThan(3);
    for (const event of world.events) {
      const isDown = spans.some(([from, until]) => event.at > from && event.at < until);
      // What it was asked before is answered by then.
      if (isDown && event.kind === 'webhook' && event.topic !== 'mdm.CheckOut')
        expect(event.status === 0 || event.at - event.sentAt < 60_000).toBe(true);
      if (isDown) expect(event.kind).not.toBe('enqueue');
    }
    await scheduler.runUntil(() => world.events.at(-1)?.kind === 'host' && accidents(world.events).at(-1)?.what === 'down');
    await expect(async () => {
      const call = world.fetch('http://nanomdm.sim/version');
      call.catch(() => {});
      await scheduler.runUntil(scheduler.now() + 1000);
      await call;
    }).rejects.toThrow('ECONNREFUSED');
    world.heal();
    const call = world.fetch('http://nanomdm.sim/version');
    await scheduler.runUntil(scheduler.now() + 1000);
    expect((await call).status).toBe(200);
  });

  it('fails at all pushes for a while', async () => {
    const { world } = await live(3, { faults: { pushOutagePerMille: 400 } });
    const spans = spansOf(world.events, 'pushes fail', 'pushes work');
    const outcomes = (isDuring: boolean) =>
      new Set(
        world.events.flatMap((event) =>
          event.kind === 'push' && spans.some(([from, until]) => event.at > from && event.at < until) === isDuring ? [event.outcome] : [],
        ),
      );
    expect([...outcomes(true)]).toEqual(['unavailable']);
    expect(outcomes(false)).toContain('ok');
  });

  it('lets devices be heard hours after their push', async () => {
    const heardAfter = async (pushLatePerMille: number) => {
      const { world } = await live(2, { faults: { pushLatePerMille } });
      const device = world.devices.find(({ spec }) => spec.owner.isAlwaysOn && spec.enrollsAt === undefined)?.id;
      const push = world.events.find((event) => event.kind === 'push' && event.device === device);
      const heard = world.events.find((event) => event.kind === 'command' && event.device === device && event.at > (push?.at ?? 0));
      return (heard?.at ?? 0) - (push?.at ?? 0);
    };
    expect(await heardAfter(0)).toBeLessThan(60_000);
    expect(await heardAfter(1000)).toBeGreaterThan(60_000);
  });
});

describe('a server whose clock is wrong', () => {
  it.each(SERVERS)('%s writes another created_at, and the world knows when it was', async (server) => {
    const { world, created, scheduler } = await live(12, { server, faults: { hostClockPerMille: 1000 } });
    const offsets = new Set(accidents(world.events).flatMap((event) => (event.aheadMs === undefined ? [] : [Math.sign(event.aheadMs)])));
    expect(offsets).toEqual(new Set([-1, 1]));
    const years = new Set(created.map(({ createdAt }) => new Date(createdAt).getUTCFullYear()));
    expect(years).toEqual(new Set([1970, 2026, 2040]));
    const webhooks = world.events.flatMap((event) => (event.kind === 'webhook' ? [event] : []));
    for (const { at, sentAt } of webhooks) expect(Math.abs(at - sentAt)).toBeLessThan(HOUR);
    expect(webhooks.some(({ createdAt }) => createdAt !== undefined)).toBe(true);
    world.heal();
    created.length = 0;
    await scheduler.runUntil(scheduler.now() + 2 * DAY);
    expect(created.length).toBeGreaterThan(0);
    for (const { at, createdAt } of created) expect(Math.abs(at - createdAt)).toBeLessThan(HOUR);
  });
});

it('throws no dice where no rate is given', () => {
  const { world, scheduler } = setUp({ outgoing: async () => answerOf(200, {}, NOTHING) });
  world.start();
  const before = scheduler.pending;
  const { world: other, scheduler: its } = setUp({ faults: { hostDownPerMille: 1 } });
  other.start();
  expect(its.pending).toBe(before + 1);
});

function spansOf(events: readonly WorldEvent[], first: string, last: string): (readonly [number, number])[] {
  const told = accidents(events);
  return told.flatMap((event, index) => {
    if (event.what !== first) return [];
    const end = told.slice(index).find((other) => other.what === last);
    return end ? [[event.at, end.at] as const] : [];
  });
}

import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { type Doors, openDoors } from './demo-doors.ts';
import { createFleet, type Fleet } from './harness.ts';
import { runFleet } from './run.ts';

/** People who look on while virtual time runs: they get their pages, and what happens is the same as without them. */

const DAYS = 3;
const ROUNDS = 6;
const EVERY_MS = 10 * HOUR_MS;
const PATHS = ['/', '/devices', '/assets/ratchet.css', '/api/v1/plan', '/sign-in'];
const ANYWHERE = { host: '127.0.0.1', port: 0 };

let fleet: Fleet;
let doors: Doors | undefined;
afterEach(async () => {
  doors?.close();
  doors = undefined;
  await fleet.close();
});

const begin = () => createFleet({ seed: 'lookers-on', devices: 6, storeErrorPerMille: 20 });
const run = () => runFleet(fleet, { until: fleet.startedAt + DAYS * DAY_MS });

describe('the demo', () => {
  it('serves every page, real requests to real listeners, while its time runs, and its run stays the same', async () => {
    fleet = await begin();
    await run();
    const trace = fleet.world.traceSha256();
    await fleet.close();

    fleet = await begin();
    doors = await openDoors(fleet, ANYWHERE, true);
    const { url, ddmUrl, close } = doors;
    const end = fleet.startedAt + DAYS * DAY_MS;
    const device = `/devices/${fleet.world.devices[0]?.id}`;
    let hasSeen = false;
    const running = run().then(async () => {
      // As `keepServing` does.
      for (; !hasSeen; await pause(1)) await fleet.scheduler.settle();
    });
    const answers: [path: string, status: number, isMeanwhile: boolean][] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      while (fleet.scheduler.now() < fleet.startedAt + round * EVERY_MS) await pause(1);
      // It may not have enrolled yet.
      for (const path of [...PATHS, device]) {
        const { status } = await fetch(`${url}${path}`);
        answers.push([path, status, fleet.scheduler.now() < end]);
      }
    }
    expect((await fetch(`${ddmUrl}/ddm/tokens`)).status).toBe(401);
    hasSeen = true;
    await running;
    close();
    expect(answers.filter(([, , isMeanwhile]) => isMeanwhile).length).toBeGreaterThanOrEqual(2 * PATHS.length);
    expect(answers.filter(([path, status]) => status !== 200 && !(path === device && status === 404))).toEqual([]);
    expect(answers).toContainEqual([device, 200, true]);
    expect(fleet.world.traceSha256()).toBe(trace);
  });

  it('goes elsewhere when somebody has its port, unless it was told where to be', async () => {
    fleet = await begin();
    doors = await openDoors(fleet, ANYWHERE, true);
    const taken = { host: '127.0.0.1', port: Number(new URL(doors.url).port) };
    const others = await openDoors(fleet, taken, false);
    expect(others.url).not.toBe(doors.url);
    others.close();
    await expect(openDoors(fleet, taken, true)).rejects.toThrow('EADDRINUSE');
  });
});

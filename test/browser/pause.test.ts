import { setTimeout as pause } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { RolloutAnswer } from '../../src/engine/answers.ts';
import { NO_FAULTS } from '../../src/sim/no-faults.ts';
import { HOUR_MS } from '../../src/time/local.ts';
import { type Doors, openDoors } from '../fleet/demo-doors.ts';
import { createFleet, type Fleet, type FleetPolicy } from '../fleet/harness.ts';
import { runFleet } from '../fleet/run.ts';
import { enter, tabTo, typeIntoFocus } from './checks.ts';
import { describeInChromium, launch, newContext } from './chromium.ts';
import { PASSWORD } from './site.ts';

/** A person pauses a release with a browser while a fleet of its own lives on in virtual time. */

const POLICY: FleetPolicy = {
  ...{ days: 3, at: '18:00', fallbackTimeZone: 'Europe/Berlin' },
  rings: [
    { name: 'canary', devices: 2, afterHours: 1, soakHours: 6, successPercent: 80, atLatestHours: 24 },
    { name: 'everyone', afterHours: 1, soakHours: 1, successPercent: 80, atLatestHours: 24 },
  ],
};
/** The first ring is open then, the second one is not. */
const LOOKED_AT_MS = 12 * HOUR_MS;
/** By then time alone has opened it. */
const OPEN_AFTER_MS = 48 * HOUR_MS;

describeInChromium('pausing, in a browser', () => {
  let browser: Browser;
  let fleet: Fleet;
  let doors: Doors | undefined;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    doors?.close();
    doors = undefined;
    await fleet.close();
  });

  /** A fleet in which a release has reached the first ring and waits before the second; that release. */
  async function begin(): Promise<RolloutAnswer> {
    fleet = await createFleet({
      ...{ seed: 'pause', devices: 12, policy: POLICY, legacy: false, faults: NO_FAULTS, storeErrorPerMille: 0, newReleaseDays: 0 },
      breakRule: ({ settings }) => {
        settings.api = { password: PASSWORD, open: false };
      },
    });
    await runFleet(fleet, { until: fleet.startedAt + LOOKED_AT_MS, isAttended: false });
    const { rollouts } = await settled(fleet.ratchet.show.rollouts());
    const waits = rollouts.find(({ rings }) => rings.at(-1)?.opened === undefined && (rings.at(-1)?.waiting ?? 0) > 0);
    if (waits === undefined) throw new Error('no release waits before the second ring');
    return waits;
  }

  /** Lets time go on; answers with the devices that had a date of that release in it. */
  async function handedOutMeanwhile({ release }: RolloutAnswer, untilMs: number): Promise<string[]> {
    const got = new Set<string>();
    const notes = {
      onCommit({
        enrollmentId,
        decision,
      }: {
        enrollmentId: string;
        decision: { isHandedOut: boolean; enforcement?: { release: string } };
      }) {
        if (decision.isHandedOut && decision.enforcement?.release === release) got.add(enrollmentId);
      },
    };
    const { devices } = await settled(fleet.ratchet.show.devices({ isHandedOut: true, sort: 'id', isDescending: false, limit: 100 }));
    const had = new Set(devices.map(({ id }) => id));
    fleet.notes.add(notes);
    await fleet.scheduler.runUntil(fleet.startedAt + untilMs);
    fleet.notes.delete(notes);
    return [...got].filter((id) => !had.has(id));
  }

  /** While time stands: what a person does between two moments of it. */
  async function meanwhile(act: (url: string) => Promise<void>): Promise<void> {
    doors = await openDoors(fleet, { host: '127.0.0.1', port: 0 }, true);
    const { url, close } = doors;
    await settled(act(url)).finally(close);
  }

  /** Without time going on, what the store is asked for still has to be moved along. */
  async function settled<Result>(work: Promise<Result>): Promise<Result> {
    const ended = new AbortController();
    const done = work.finally(() => ended.abort());
    done.catch(() => undefined);
    while (!ended.signal.aborted) {
      await fleet.scheduler.settle();
      await pause(1);
    }
    return done;
  }

  /** Led to the sign-in, and from there on to where one was going. */
  async function signIn(page: Page, url: string): Promise<void> {
    await page.goto(`${url}/rollouts`);
    await typeIntoFocus(page, PASSWORD);
    await enter(page);
  }

  it('holds a ring: nobody new gets a date, its devices say why, until it is resumed', async () => {
    const rollout = await begin();
    const name = `${rollout.release} under ${rollout.policy}`;
    const context = await newContext(browser);
    const page = await context.newPage();
    const panel = () => page.locator('section.panel', { has: page.getByRole('heading', { name, exact: true }) });

    await meanwhile(async (url) => {
      await signIn(page, url);
      await tabTo(page, `Act on it: ${name}`);
      await page.keyboard.press('Enter');
      await tabTo(page, 'Pause');
      await enter(page);
      expect(new URL(page.url()).pathname).toBe('/rollouts');
      expect(await page.getByRole('status').first().textContent()).toContain(`Paused: ${name} goes to nobody new.`);
      expect(await panel().locator('.titled .chip').textContent()).toBe('paused');
    });

    expect(await handedOutMeanwhile(rollout, OPEN_AFTER_MS)).toEqual([]);

    await meanwhile(async (url) => {
      // A session does not last for so long.
      await signIn(page, url);
      await page.goto(`${url}/devices?reason=rollout-paused`);
      await page.locator('tbody th a').first().click();
      expect(await page.locator('.notice .chip').first().textContent()).toBe('rollout-paused');
      expect(await page.locator('main').textContent()).toContain('The rollout of this release is paused: nobody new gets it');

      await page.goto(`${url}/rollouts`);
      await tabTo(page, `Act on it: ${name}`);
      await page.keyboard.press('Enter');
      await tabTo(page, 'Resume');
      await enter(page);
      expect(await page.locator('h1').textContent()).toBe('Resume?');
      await tabTo(page, 'Resume');
      await enter(page);
      expect(await page.getByRole('status').first().textContent()).toContain(`Resumed: ${name} goes on.`);
      expect(await panel().locator('.titled .chip').textContent()).toBe('running');
    });
    await context.close();

    expect(await handedOutMeanwhile(rollout, 2 * OPEN_AFTER_MS)).not.toEqual([]);
  });

  it('is what holds it: without, the same time gives devices of the second ring their dates', async () => {
    expect(await handedOutMeanwhile(await begin(), OPEN_AFTER_MS)).not.toEqual([]);
  });
});

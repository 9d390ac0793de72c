import { afterEach, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { MONTHS } from '../../src/web/pages/owner-texts.ts';
import { createFleet, type Fleet } from './harness.ts';
import { heldDate } from './restored-fleet.ts';
import { runFleet } from './run.ts';

/** A device opens the page that its own declaration names: it speaks of that very date, and of nobody. */

let fleet: Fleet;
afterEach(() => fleet.close());

async function open(url: string): Promise<{ status: number; text: string }> {
  let answer: Response | undefined;
  Promise.resolve(fleet.ratchet.fetchPublic(new Request(url))).then((given) => {
    answer = given;
  });
  await fleet.scheduler.runUntil(() => answer !== undefined, fleet.scheduler.now() + HOUR_MS);
  return { status: answer?.status ?? 0, text: (await answer?.text()) ?? '' };
}

function urlOf({ ddm }: Fleet['world']['devices'][number]): string | undefined {
  const payloads = [...ddm.declarations.values()].map(({ payload }) => payload as { DetailsURL?: string });
  return payloads.find(({ DetailsURL }) => DetailsURL !== undefined)?.DetailsURL;
}

it('every device that holds a date finds it on its own page, in words, and nothing of any device', async () => {
  fleet = await createFleet({ seed: 'pages', devices: 24, ownersPages: 'stay', storeErrorPerMille: 0, withdraws: 'never' });
  await runFleet(fleet, { until: fleet.startedAt + 2 * DAY_MS });
  const holders = fleet.world.devices.filter((device) => urlOf(device) !== undefined && device.isEnrolled);
  expect(holders.length).toBeGreaterThan(8);
  const urls = holders.map((device) => String(urlOf(device)));
  expect(new Set(urls).size).toBe(urls.length);
  let dated = 0;
  for (const [index, device] of holders.entries()) {
    const { status, text } = await open(String(urls[index]));
    expect(status, device.id).toBe(200);
    for (const { id, spec } of fleet.world.devices) expect(text).not.toMatch(new RegExp(`${id}|${spec.serialNumber}`));
    const { version, local } = heldDate(device) ?? { version: '', local: '' };
    const [, month, day] = local.slice(0, 10).split('-').map(Number);
    const words = `${day} ${MONTHS[(month ?? 1) - 1]}`;
    if (text.includes(version) && text.includes(words)) dated += 1;
  }
  // The others are there already, or what they hold was just replaced.
  expect(dated / holders.length).toBeGreaterThan(0.7);
}, 120_000);

import { afterEach, describe, expect, it } from 'vitest';
import type { RolloutAnswer } from '../../src/engine/answers.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { rolloutsPage } from '../../src/web/pages/rollouts.tsx';
import { API_PASSWORD, basic, createWebBench, NOW, type WebBench } from './bench.ts';
import { RINGED } from './requests.ts';
import { VIEWER } from './viewers.ts';

/** The page of the rollouts, as a browser gets it; and of rollouts that take days to come about, as it is written. */

const NOBODY = { waiting: 0, delivered: 0, stuck: 0, verified: 0, failed: 0, excused: 0 };

function rollout(changes: Partial<RolloutAnswer> = {}): RolloutAnswer {
  return {
    policy: 'everyone',
    release: 'iOS 26.6.1',
    state: 'running',
    since: NOW - 2 * DAY_MS,
    by: 'ratchet',
    began: NOW - 2 * DAY_MS,
    rings: [
      { ring: 'canary', gate: 'opens at once', opened: NOW - 2 * DAY_MS, because: 'it is the first', ...NOBODY, verified: 4, failed: 1 },
      { ring: 'pilot', gate: 'opens when 95 % of those in canary that got it run it', ...NOBODY, waiting: 120 },
      { ring: 'everyone', gate: 'opens when a person approves it', ...NOBODY, waiting: 1_100 },
    ],
    troubled: [],
    ...changes,
  };
}

/** Its text, tags taken away. */
function words(...rollouts: RolloutAnswer[]): string {
  const html = rolloutsPage({ rollouts: { schema: 'ratchet.rollouts/1', rollouts }, now: NOW, viewer: VIEWER });
  return html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
}

describe('the page of the rollouts', () => {
  let bench: WebBench;
  afterEach(() => bench.close());
  const init = { headers: { authorization: basic('ratchet', API_PASSWORD) } };

  it('shows what the fleet has on its way, and leads to the devices of a ring', async () => {
    bench = await createWebBench(RINGED);
    await bench.enroll('D1');
    await bench.enroll('D2');
    const page = await (await bench.ask('/rollouts', init)).text();
    expect(page).toContain('<h1>1 release on the way</h1>');
    expect(page).toContain('<a href="/rollouts" aria-current="page">');
    expect(page).toContain('canary to have been open long enough');
    const devices = /href="(\/devices\?policy=everyone&amp;ring=canary)"/.exec(page)?.[1] ?? '';
    expect(await (await bench.ask(devices.replace('&amp;', '&'), init)).text()).toContain('1 device</h1>');
  });

  it('says how to begin while nothing rolls out', async () => {
    bench = await createWebBench();
    const page = await (await bench.ask('/rollouts', init)).text();
    expect(page).toContain('Nothing rolls out yet');
    expect(page).toContain('rings:');
  });
});

describe('a rollout', () => {
  it('says which gate is open and why, which is next, what it waits for, and when time opens it', () => {
    const text = words(rollout({ waitsFor: '95 % of canary to run it; 4 of 5 do', opensAt: NOW + 3 * HOUR_MS, haltsWhen: '5 % fail' }));
    expect(text).toContain('canary open 2 days ago : it is the first');
    expect(text).toContain('pilot next opens when 95 % of those in canary that got it run it');
    expect(text).toContain('everyone closed opens when a person approves it');
    expect(text).toContain(
      'Next: pilot. It waits for 95 % of canary to run it; 4 of 5 do. By time it opens in 3 hours (2026-11-20 15:00 UTC).',
    );
    expect(text).toContain('4 run it 1 failed');
    expect(text).toContain('1,100 wait');
    expect(text).toContain('Halts by itself when 5 % fail.');
  });

  it('that waits for a person says that time does not open it, without the words of the verb', () => {
    const text = words(rollout({ waitsFor: 'a person to approve it: ratchet rollout approve' }));
    expect(text).toContain('It waits for a person to approve it. Time alone does not open it.');
  });

  it.each<[RolloutAnswer['state'], RegExp]>([
    ['paused', /paused Nobody new gets it; devices keep the dates they hold\. By jane, 2 days ago : exams\./],
    ['halted', /halted Nobody gets it, and it is taken back from whoever has not started\. By jane/],
  ])('that is %s says what that means, who said so and why, and no next ring', (state, expected) => {
    const text = words(rollout({ state, by: 'jane', because: 'exams' }));
    expect(text).toMatch(expected);
    expect(text).not.toContain('Next:');
    expect(text).toContain('pilot closed');
    expect(text).toContain('One of them is held by a person or halted.');
  });

  it('beside others is a row of its policy’s releases by ring, and what is stopped stands before what waits', () => {
    const text = words(rollout({ waitsFor: 'time' }), rollout({ release: 'iOS 18.7.2', state: 'halted' }));
    expect(text).toContain('iOS 18.7.2 halted open 4 of 5 closed 0 of 120 closed 0 of 1,100 iOS 26.6.1 open 4 of 5 next 0 of 120');
  });

  it('that is over, or skipped, is one line', () => {
    const done = rollout({ rings: rollout().rings.map((ring) => ({ ...ring, ...NOBODY, opened: NOW, verified: 3 })) });
    const text = words(done, rollout({ state: 'skipped', release: 'iOS 26.5' }));
    expect(text).toContain('Nothing is on the way');
    expect(text).toContain('Over');
    expect(text).toContain('3 of 3');
    expect(text).toContain('iOS 26.5 skipped');
    expect(text).not.toContain('Gate');
  });

  it('names the devices to look at, and what is expedited', () => {
    const troubled = Array.from({ length: 12 }, (_, index) => ({ id: `D${index}`, ring: 'canary', state: 'stuck', since: NOW - DAY_MS }));
    const text = words(
      rollout({ troubled, expedite: { due: '2026-11-27T18:00:00', rings: ['pilot'], by: 'jane', at: NOW, because: 'exploited' } }),
    );
    expect(text).toContain('12 devices to look at, the first 10');
    expect(text).toContain('D9 in canary: makes no progress since 1 day ago');
    expect(text).not.toContain('D10 ');
    expect(text).toContain('Rings up to pilot by 2026-11-27 18:00 on the device’s clock. By jane: exploited.');
  });

  it('writes out whatever names there are, and lets none of them be more than a name', () => {
    const name = '"><script>alert(1)</script>';
    const html = rolloutsPage({
      rollouts: {
        schema: 'ratchet.rollouts/1',
        rollouts: [
          rollout({
            ...{ policy: name, release: name, by: name, because: name, state: 'halted', haltsWhen: name },
            rings: [{ ring: name, gate: name, because: name, ...NOBODY, failed: 1 }],
            troubled: [{ id: name, ring: name, state: name, since: NOW }],
            expedite: { due: name, rings: [name], by: name, at: NOW, because: name },
          }),
        ],
      },
      now: NOW,
      viewer: VIEWER,
    });
    expect(html).not.toContain('<script>');
    expect(html).not.toMatch(/href="[^"]*[<>]/);
    expect(html.match(/&lt;script&gt;/g)?.length).toBeGreaterThan(10);
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import { PlanAnswer } from '../../src/engine/answers.ts';
import type { Limits } from '../../src/policy/policy.types.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Store } from '../../src/store/store.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { createWebBench, NOW, type WebBench, type WebOptions } from './bench.ts';

/** Rule 22 through the whole app, with seven devices. */

let bench: WebBench;
afterEach(() => bench.close());

async function open(limits: Limits, options: WebOptions = {}): Promise<void> {
  bench = await createWebBench({ policies: { limits }, ...options });
  for (let n = 1; n <= 7; n++) await bench.enroll(`D${n}`);
  await bench.settle();
}
const rows = () => bench.store.listEnrollments('', 100);
const reasons = async () => {
  const counts: Record<string, number> = {};
  for (const { decision } of await rows()) counts[decision.reason] = (counts[decision.reason] ?? 0) + 1;
  return counts;
};
const handedOut = async () => (await rows()).filter(({ decision }) => decision.isHandedOut).map(({ id }) => id);
/** The clock of the bench stands and wakes nobody: a resume does. */
async function tomorrow(days = 1): Promise<void> {
  bench.setNow(NOW + days * DAY_MS);
  await bench.api('/resume', { method: 'POST', body: '{}' }, { 'Content-Type': 'application/json' });
  await bench.settle();
}

describe('limits', () => {
  it('hand out to so many a day, and to the same ones as before and more on the next', async () => {
    await open({ newPerDay: 3 });
    const first = await handedOut();
    expect([first.length, (await reasons())['daily-limit']]).toEqual([3, 4]);
    await tomorrow(1);
    const second = await handedOut();
    expect(second).toEqual(expect.arrayContaining(first));
    expect([second.length, (await reasons())['daily-limit']]).toEqual([6, 1]);
    await tomorrow(2);
    expect(await handedOut()).toHaveLength(7);
  });

  it('put so many dates on a day, the others on the days after it', async () => {
    await open({ restartsPerDate: 3 });
    const dates = (await rows()).map(({ decision }) => decision.enforcement?.local.slice(0, 10)).sort();
    expect(dates).toEqual(['2026-11-27', '2026-11-27', '2026-11-27', '2026-11-28', '2026-11-28', '2026-11-28', '2026-11-29']);
    const late = (await rows()).find(({ decision }) => decision.enforcement?.local.startsWith('2026-11-29'));
    const why = (await (await bench.api(`/why/${late?.id}`)).json()) as { date: { steps: string[] } };
    expect(why.date.steps.join('\n')).toContain('because of the limit of devices on one date');
  });

  it('count on over a restart', async () => {
    const store = (clock: Parameters<NonNullable<WebOptions['openStore']>>[0]): Store => openSqliteStore({ file: ':memory:', clock });
    let kept: Store | undefined;
    await open({ newPerDay: 3 }, { openStore: (clock) => (kept = keepOpen(store(clock))) });
    await bench.ratchet.stop();
    bench = await createWebBench({ policies: { limits: { newPerDay: 3 } }, life: 1, openStore: () => kept as Store });
    await bench.enroll('D8');
    expect((await rows()).find(({ id }) => id === 'D8')?.decision.reason).toBe('daily-limit');
    expect(await handedOut()).toHaveLength(3);
  });

  it('show in a plan on which days devices are to install', async () => {
    await open({ restartsPerDate: 3 }, { policies: { mode: 'observe', limits: { restartsPerDate: 3 } } });
    const file = `mode: enforce\ntimeZone: Europe/Berlin\nlimits: {restartsPerDate: 3, newPerDay: 5}\npolicies:\n  - {name: everyone, target: latest, due: {days: 7, at: "18:00"}}\n`;
    const answer = PlanAnswer.parse(
      await (await bench.api('/plan', { method: 'POST', body: JSON.stringify({ file }) }, { 'Content-Type': 'application/json' })).json(),
    );
    expect(answer.difference).toMatchObject({
      handedOut: 7,
      restarts: [
        { date: '2026-11-27', before: 0, after: 3 },
        { date: '2026-11-28', before: 0, after: 3 },
        { date: '2026-11-29', before: 0, after: 1 },
      ],
      notes: [expect.stringMatching(/^2 of them are handed it on later days/)],
    });
    expect(await handedOut()).toEqual([]);
    expect(bench.ratchet.standing.load?.restartsOn('2026-11-27', '')).toBe(0);
  });
});

function keepOpen(store: Store): Store {
  return { ...store, close: async () => undefined };
}

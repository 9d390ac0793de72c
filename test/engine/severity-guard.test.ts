import { describe, expect, it } from 'vitest';
import { createAlerts } from '../../src/engine/alerts.ts';
import { createPlanner } from '../../src/engine/plan/plan.ts';
import { createSeverityKeeper, severitiesDigest } from '../../src/engine/schedule/severity-keeper.ts';
import { loadStanding } from '../../src/engine/standing.ts';
import { silentLogger } from '../../src/logger.ts';
import { emptySeverities, foldSofa } from '../../src/releases/severity.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { NOW, withPolicy } from '../decide/builders.ts';
import { createHouse } from './house.ts';

/** Rule 22 for what SOFA tells: real planner, store and decisions; the feed of iOS says what it is told to. */

const POLICIES = withPolicy({ due: { kind: 'days', days: 14, at: '18:00', severity: { exploited: 3 } } });

async function createSite(devices: number, acceptPlan?: string) {
  const house = createHouse({ policies: POLICIES });
  const { store, standing, clock, reconciler } = house;
  const ids = Array.from({ length: devices }, (_, n) => `D${String(n).padStart(3, '0')}`);
  for (const id of ids) await house.enroll({}, id);
  const alerts = createAlerts(store, clock, silentLogger);
  let now = NOW;
  let plans = 0;

  function process(accepted = acceptPlan) {
    const planner = createPlanner(store, standing, clock);
    const counting = {
      differenceOf: (change: Parameters<typeof planner.differenceOf>[0]) => {
        plans += 1;
        return planner.differenceOf(change);
      },
    };
    const onChanged = async () => {
      reconciler.wake(ids);
      await reconciler.idle();
    };
    const acting = { alerts, planner: counting, acceptPlan: accepted, onChanged, onNewer: () => undefined };
    return createSeverityKeeper({ store, standing, clock, log: silentLogger, ...acting });
  }

  let keeper = process();
  return {
    store,
    standing,
    get keeper() {
      return keeper;
    },
    plans: () => plans,
    /** SOFA tells of 40.6 and 40.5, with so many exploited CVEs. */
    async tells(exploited: Record<string, number>, afterMs = 0) {
      now += afterMs;
      house.setNow(now);
      const releases = ['40.6', '40.5'].map((version) => ({
        version,
        builds: [],
        cves: 9,
        critical: 0,
        exploited: exploited[version] ?? 0,
      }));
      const answer = { platform: 'iOS' as const, releases, droppedEntries: 0, digest: JSON.stringify(exploited) };
      await keeper.apply(foldSofa(standing.severitiesTold ?? emptySeverities(), answer, now));
    },
    /** A new process on the same store. */
    async restart(accepted?: string) {
      const loaded = await loadStanding(store, POLICIES, 'hash', () => 'digest', severitiesDigest);
      const { severities, severitiesTold } = loaded;
      Object.assign(standing, { severities, severitiesTold, severitiesDigest: loaded.severitiesDigest });
      keeper = process(accepted);
      await keeper.start();
    },
    dates: async () => [...new Set((await store.listEnrollments('', 100)).map(({ decision }) => decision.enforcement?.local.slice(0, 10)))],
    plan: async () => (await keeper.held())[0]?.difference.guard?.plan ?? 'none',
    alerts: async () => (await store.listAlerts()).map(({ key }) => key),
    acts: async () => (await store.listAudit(9)).map(({ act, by }) => `${act} by ${by}`),
  };
}

const LATER = ['2040-09-24'];
const NEARER = ['2040-09-13'];

describe('a severity that touches more than 50 devices and a tenth of the fleet', () => {
  it('waits: the one before it stays in force until a person accepts the plan', async () => {
    const site = await createSite(51);
    await site.tells({});
    expect(await site.dates()).toEqual(LATER);
    await site.tells({ '40.6': 1 }, HOUR_MS);
    expect([await site.dates(), await site.alerts()]).toEqual([LATER, ['severity-held iOS']]);
    expect((await site.store.listAlerts())[0]).toMatchObject({
      sentence: `What SOFA says of 40.6 exploited (iOS) is held, the severity before it stays in force: 51 devices would be handed it or have it sooner. To let it happen: ratchet severities accept ${await site.plan()}`,
      detail: { plan: await site.plan(), broughtForward: 51, handedOut: 0, limit: 50 },
    });
    const [held] = await site.keeper.held();
    expect(held).toMatchObject({ platform: 'iOS', releases: [{ version: '40.6', from: 'standard', to: 'exploited' }] });

    expect(await site.keeper.accept('000000000000', { by: 'jane' })).toMatchObject({
      ok: false,
      message: expect.stringContaining(await site.plan()),
    });
    expect(await site.dates()).toEqual(LATER);
    expect((await site.keeper.accept(await site.plan(), { by: 'jane', note: 'ticket' })).ok).toBe(true);
    expect([await site.dates(), await site.alerts(), await site.plan()]).toEqual([NEARER, [], 'none']);
    expect(await site.acts()).toEqual(['severity-accepted by jane', 'severity-held by sofa', 'severity by sofa']);
    expect(await site.keeper.accept('000000000000', { by: 'jane' })).toEqual({ ok: false, message: 'No severity is held.' });

    // Said once more it is not asked again.
    await site.tells({ '40.6': 1 }, 8 * HOUR_MS);
    expect([await site.dates(), await site.alerts()]).toEqual([NEARER, []]);
  });

  it('goes on waiting after a restart and with every read, planned anew only when its plan is old', async () => {
    const site = await createSite(51);
    await site.tells({ '40.6': 1 });
    const plan = await site.plan();
    const basis = site.standing.basis();
    await site.restart();
    expect([await site.dates(), await site.plan(), site.standing.basis()]).toEqual([LATER, plan, basis]);
    const before = site.plans();
    await site.tells({ '40.6': 1 }, HOUR_MS);
    expect([await site.dates(), site.plans() - before]).toEqual([LATER, 0]);
    await site.tells({ '40.6': 1 }, 8 * HOUR_MS);
    expect([await site.dates(), site.plans() - before, await site.alerts()]).toEqual([LATER, 1, ['severity-held iOS']]);
  });

  it('ends waiting when SOFA takes it back: believed after three days, as ever', async () => {
    const site = await createSite(51);
    await site.tells({ '40.6': 1 });
    await site.tells({}, DAY_MS);
    expect(await site.alerts()).toEqual(['severity-held iOS']);
    await site.tells({}, 3 * DAY_MS);
    expect([await site.dates(), await site.alerts(), await site.keeper.held()]).toEqual([LATER, [], []]);
  });

  it('is accepted by a start with its plan, and at once by any', async () => {
    const site = await createSite(51);
    await site.tells({ '40.6': 1 });
    await site.restart('000000000000');
    expect(await site.dates()).toEqual(LATER);
    await site.restart(await site.plan());
    expect([await site.dates(), await site.alerts()]).toEqual([NEARER, []]);
    expect((await site.acts())[0]).toBe('severity-accepted by --accept-plan');

    const demo = await createSite(51, 'any');
    await demo.tells({ '40.6': 1 });
    expect([await demo.dates(), await demo.alerts(), demo.plans()]).toEqual([NEARER, [], 0]);
  });
});

describe('a severity that touches fewer', () => {
  it('counts at once, as one of a release that nobody misses does', async () => {
    const few = await createSite(50);
    await few.tells({ '40.6': 1 });
    expect([await few.dates(), await few.alerts()]).toEqual([NEARER, []]);
    const many = await createSite(51);
    await many.tells({ '40.5': 1 });
    expect([await many.alerts(), many.standing.severities]).toEqual([[], many.standing.severitiesTold]);
  });
});

import type { Rollout } from '../../rollout/rollout.types.ts';
import type { Clock } from '../../runtime.ts';
import type { Store } from '../../store/store.ts';
import { DAY_MS, HOUR_MS, type Instant } from '../../time/local.ts';
import { utcDateOf } from '../../time/utc-date.ts';
import type { FleetAnswer } from '../answers.ts';
import { countedBy, FLEET_KEYS } from '../fleet-tally.ts';
import type { ForwardState } from '../forward/target.types.ts';
import type { Jobs } from '../jobs.ts';
import type { Show } from '../show/show.ts';
import type { Standing } from '../standing.ts';
import { type Behind, behindBy, daysBehind } from './days-behind.ts';
import { readingsByPolicy, readingsByReason, readingsByRing, readingsByVersion } from './fleet-readings.ts';
import { WINDOWS } from './label-values.ts';
import type { Meters, Reading } from './meters.ts';
import { METRICS } from './metrics-table.ts';

/** What the gauges are read from. */
export interface ScrapeSources {
  store: Pick<Store, 'countDevices' | 'countInbox' | 'countOpenCommands' | 'listFleetDays' | 'nextCommandDueAt'>;
  show: Pick<Show, 'fleet'>;
  standing: Standing;
  ddm: { waiting(): number | undefined };
  forwarding: { states(): readonly ForwardState[] };
  clock: Pick<Clock, 'now' | 'turn'>;
}

/**
 * Sets the gauges to what holds now and resolves to the exposition. The fleet is counted by the index of the lists, as its page is: nothing goes
 * through the devices one by one.
 */
export function createScrape({ registry, set }: Meters, jobs: Pick<Jobs, 'list'>): (sources: ScrapeSources) => Promise<string> {
  let exposure: { hour: number; readings: Reading<'ratchet_exposure_device_days'>[] } | undefined;
  let behind: { of: Standing['catalogue']; by: Behind } | undefined;

  async function scrape({ store, show, standing, ddm, forwarding, clock }: ScrapeSources): Promise<string> {
    const fleet = await show.fleet();
    await clock.turn();
    const counts = await store.countDevices(FLEET_KEYS);
    await clock.turn();
    if (behind === undefined || behind.of !== standing.catalogue) behind = { of: standing.catalogue, by: behindBy(standing.catalogue) };
    const now = clock.now();
    set('ratchet_devices', readingsByReason(counts));
    set(
      'ratchet_devices_behind',
      daysBehind(counts, behind.by, now).map(({ devices, ...labels }) => ({ labels, value: devices })),
    );
    setFleet(fleet);
    set('ratchet_exposure_device_days', await deviceDays(store, now));
    const commands = await store.countOpenCommands();
    set(
      'ratchet_commands',
      METRICS.ratchet_commands.labels.state.map((state) => ({ labels: { state }, value: commands[state] ?? 0 })),
    );
    const dueAt = await store.nextCommandDueAt();
    set('ratchet_commands_due_timestamp_seconds', dueAt === undefined ? [] : [one(dueAt / 1_000)]);
    set('ratchet_events_waiting', [one(await store.countInbox())]);
    setStanding(standing);
    setPlacing(standing, ddm.waiting(), now);
    setForward(forwarding.states());
    setJobs();
    return registry.metrics();
  }

  function setFleet(fleet: FleetAnswer): void {
    set('ratchet_devices_by_version', readingsByVersion(fleet.platforms));
    set('ratchet_devices_by_policy', readingsByPolicy(fleet.policies));
    set('ratchet_devices_by_ring', readingsByRing(fleet.rings));
    set('ratchet_devices_handed_out', [one(fleet.handedOut)]);
    set('ratchet_devices_holding', [one(fleet.holding)]);
    set('ratchet_devices_past_date', [one(fleet.overdue.devices)]);
    set('ratchet_devices_exposed', fleet.exposure ? [one(fleet.exposure.devices)] : []);
    set('ratchet_devices_exposure_known', fleet.exposure ? [one(fleet.exposure.of)] : []);
    set(
      'ratchet_state',
      METRICS.ratchet_state.labels.state.map((state) => ({ labels: { state }, value: state === fleet.state ? 1 : 0 })),
    );
    set('ratchet_paused_policies', [one(fleet.pausedPolicies.length)]);
    const alerts = countedBy(fleet.alerts, ({ key }) => key.split(' ', 1)[0] ?? key);
    set(
      'ratchet_alerts',
      [...alerts].map(([kind, raised]) => ({ labels: { kind }, value: raised.length })),
    );
  }

  /** Counted once a day, so once an hour is often enough to look. */
  async function deviceDays(store: ScrapeSources['store'], now: Instant): Promise<Reading<'ratchet_exposure_device_days'>[]> {
    const hour = Math.floor(now / HOUR_MS);
    if (exposure?.hour === hour) return exposure.readings;
    const readings: Reading<'ratchet_exposure_device_days'>[] = [];
    const days = await store.listFleetDays(utcDateOf(now - (Math.max(...Object.values(WINDOWS)) - 1) * DAY_MS), utcDateOf(now));
    for (const [window, length] of Object.entries(WINDOWS)) {
      const from = utcDateOf(now - (length - 1) * DAY_MS);
      const told = days.flatMap(({ day, exposed }) => (day < from || exposed === undefined ? [] : [exposed]));
      if (told.length > 0) readings.push({ labels: { window }, value: told.reduce((sum, devices) => sum + devices, 0) });
    }
    exposure = { hour, readings };
    return readings;
  }

  function setStanding({ catalogue, severitiesTold, clockSuspect, rollouts }: Standing): void {
    set('ratchet_clock_suspect', [one(clockSuspect === undefined ? 0 : 1)]);
    const all: Rollout[] = [...rollouts.values()].flatMap((byRelease) => [...byRelease.values()]);
    set(
      'ratchet_rollouts',
      METRICS.ratchet_rollouts.labels.state.map((state) => ({
        labels: { state },
        value: all.filter((each) => each.state === state).length,
      })),
    );
    const feeds = [
      { feed: 'releases', readAt: catalogue?.lastCheckedAt, doubt: catalogue?.doubt },
      ...(severitiesTold?.platforms ?? []).map(({ platform, goodAt, doubt }) => ({ feed: `sofa-${platform}`, readAt: goodAt, doubt })),
    ];
    const told = feeds.flatMap(({ feed, readAt, doubt }) => (readAt === undefined ? [] : [{ labels: { feed }, readAt, doubt }]));
    set(
      'ratchet_feed_last_read_timestamp_seconds',
      told.map(({ labels, readAt }) => ({ labels, value: readAt / 1_000 })),
    );
    set(
      'ratchet_feed_doubtful',
      told.map(({ labels, doubt }) => ({ labels, value: doubt === undefined ? 0 : 1 })),
    );
  }

  function setPlacing({ placing }: Standing, waiting: number | undefined, now: Instant): void {
    set('ratchet_declaration_server_up', placing === undefined ? [] : [one(placing.upSince <= now ? 1 : 0)]);
    set('ratchet_declarations_waiting', waiting === undefined ? [] : [one(waiting)]);
  }

  function setForward(states: readonly ForwardState[]): void {
    const readings = (value: (state: ForwardState) => number | undefined) =>
      states.flatMap((state) => {
        const found = value(state);
        return found === undefined ? [] : [{ labels: { target: state.name }, value: found }];
      });
    const seconds = (instant: Instant | undefined) => instant && instant / 1_000;
    set(
      'ratchet_forward_waiting',
      readings(({ waiting }) => waiting),
    );
    set(
      'ratchet_forward_waiting_bytes',
      readings(({ waitingBytes }) => waitingBytes),
    );
    set(
      'ratchet_forward_oldest_timestamp_seconds',
      readings(({ oldestAt }) => seconds(oldestAt)),
    );
    set(
      'ratchet_forward_last_success_timestamp_seconds',
      readings(({ okAt }) => seconds(okAt)),
    );
  }

  function setJobs(): void {
    const states = jobs.list();
    const readings = (value: (state: (typeof states)[number]) => number | undefined) =>
      states.flatMap((state) => {
        const found = value(state);
        return found === undefined ? [] : [{ labels: { name: state.name }, value: found / 1_000 }];
      });
    set(
      'ratchet_job_last_run_timestamp_seconds',
      readings(({ startedAt }) => startedAt),
    );
    set(
      'ratchet_job_last_duration_seconds',
      readings(({ tookMs }) => tookMs),
    );
    set(
      'ratchet_job_next_timestamp_seconds',
      readings(({ nextAt }) => nextAt),
    );
  }

  return scrape;
}

export function one(value: number): { labels: Record<never, string>; value: number } {
  return { labels: {}, value };
}

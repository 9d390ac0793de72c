import { ailmentOf } from './ailments.ts';
import type { DeviceSpec, DeviceWorld } from './device.types.ts';
import type { LegacyCause, LegacyEvent, PasscodeHabit } from './legacy.types.ts';
import { productKeyOf } from './legacy-list.ts';
import type { PlistDict } from './plist.ts';
import type { Presence } from './presence.ts';
import { compareVersionTexts, type Release } from './table.ts';
import type { RunningSystem } from './update-engine.ts';
import { instantOfWall, localTime, wallDayOf } from './zone.ts';

/** `none` also where the only thing that moves is a declaration's or the owner's own update. */
export type LegacyPhase = 'none' | 'downloading' | 'downloaded' | 'awaiting-passcode' | 'scheduled' | 'installing';

/** What follows a download. */
export type AfterDownload = 'nothing' | 'install' | 'install-later' | 'notify';

/** The one update a device works on because of commands. */
export interface LegacyJob {
  readonly phase: LegacyPhase;
  readonly version: string | undefined;
  start(release: Release, commandUuid: string, after: AfterDownload, maxUserDeferrals: number | undefined): void;
  /** What was downloaded is installed; an iPhone or iPad with a passcode asks for it first. */
  install(commandUuid: string): void;
  /** Some night soon. */
  installLater(commandUuid: string, maxUserDeferrals: number | undefined): void;
  /** A second command, while an install is scheduled, starts it. */
  installEarly(commandUuid: string): void;
  /** OSUpdateStatus. */
  items(): PlistDict[];
  /** The device has restarted, or was erased: nothing is left. */
  reset(): void;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** What Macs allow when the command doesn't say. */
const USER_DEFERRALS = 3;

export interface LegacyJobOptions {
  spec: DeviceSpec;
  world: DeviceWorld;
  presence: Presence;
  system: RunningSystem;
  /** Restarts into that version. False: something is installing already, or Apple has taken it back. */
  begin(version: string, cause: LegacyCause): boolean;
}

interface Work {
  release: Release;
  key: string;
  commandUuid: string;
  phase: LegacyPhase;
  after: AfterDownload;
  startedAt: number;
  endsAt: number;
  maxUserDeferrals: number | undefined;
  deferrals: number;
  scheduledAt?: number;
  notifiedAt: number[];
}

export function createLegacyJob({ spec, world, presence, system, begin }: LegacyJobOptions): LegacyJob {
  const { scheduler, prng } = world;
  const quirks = spec.legacy?.quirks;
  const isMac = spec.model.family === 'Mac';
  let work: Work | undefined;
  let hiccups = spec.hiccups;
  const timer = `${spec.id}/legacy/step`;
  const minutes = (min: number, max: number) => prng.int(min * 60, max * 60) * 1000;

  function tell(
    what: Exclude<LegacyEvent['what'], 'command' | 'scheduled' | 'restarted by owner'>,
    of: Work,
    cause: LegacyCause = 'command',
  ): void {
    const told = { kind: 'legacy', target: of.release.version, commandUuid: of.commandUuid } as const;
    if (what === 'restarted early') world.record({ ...told, what, cause: 'command' });
    else if (what === 'install started' || what === 'install failed') world.record({ ...told, what, cause });
    else world.record({ ...told, what });
  }

  /** Runs `next` when the device is on, unless the work it belongs to has gone meanwhile. */
  function later(at: number, next: (of: Work) => void): void {
    const of = work;
    const when = presence.nextReachable(Math.max(at, scheduler.now()));
    if (of === undefined || when === Number.POSITIVE_INFINITY) return;
    scheduler.at(when, timer, () => {
      if (work !== of || system.isRestarting) return;
      if (presence.isReachable(scheduler.now())) next(of);
      else later(scheduler.now(), next);
    });
  }

  function downloaded(of: Work): void {
    if (hiccups > 0 && prng.chance(0.5)) {
      hiccups--;
      work = undefined;
      tell('download failed', of);
      return;
    }
    of.phase = 'downloaded';
    tell('download finished', of);
    if (of.after === 'install') later(scheduler.now() + minutes(1, 10), restartSoon);
    else if (of.after === 'install-later') scheduleNight(of);
    else if (of.after === 'notify') tell('notified', of);
  }

  /** The countdown of a Mac, some minutes of any other. */
  function restartSoon(of: Work): void {
    of.phase = 'installing';
    later(scheduler.now() + minutes(isMac ? 5 : 1, isMac ? 60 : 5), (still) => go(still, 'command'));
  }

  function go(of: Work, cause: LegacyCause): void {
    const ailment = ailmentOf(spec, scheduler.now());
    if (ailment === 'insufficient-power' || ailment === 'install-failed' || hiccups > 0) {
      hiccups--;
      of.phase = 'downloaded';
      tell('install failed', of, cause);
      return;
    }
    of.phase = 'installing';
    if (begin(of.release.version, cause)) tell('install started', of, cause);
    else of.phase = 'downloaded';
  }

  function prompt(of: Work, habit: PasscodeHabit): void {
    of.phase = 'awaiting-passcode';
    tell('prompted', of);
    if (habit.answersAfterMs !== Number.POSITIVE_INFINITY)
      later(waking(scheduler.now() + habit.answersAfterMs), (still) => ask(still, habit));
  }

  /** The owner looks at the prompt. */
  function ask(of: Work, habit: PasscodeHabit): void {
    if (of.deferrals < habit.deferrals) {
      of.deferrals++;
      tell('deferred', of);
      later(waking(scheduler.now() + minutes(8 * 60, 20 * 60)), (still) => ask(still, habit));
    } else if (habit.when === 'now') go(of, 'owner');
    else schedule(of, nightAfter(scheduler.now(), 0, 1), 'owner');
  }

  function schedule(of: Work, at: number, cause: LegacyCause): void {
    of.phase = 'scheduled';
    of.scheduledAt = at;
    const { release, commandUuid } = of;
    const localAt = localTime(at, spec.timeZone);
    world.record({ kind: 'legacy', what: 'scheduled', target: release.version, commandUuid, cause, localAt });
    // A device that is off then does it in a night in which it is on.
    scheduler.at(at, timer, () => {
      if (work !== of || system.isRestarting) return;
      if (presence.isReachable(scheduler.now())) go(of, cause);
      else schedule(of, nightAfter(scheduler.now() + 12 * HOUR, 0, isMac ? 2 : 1), cause);
    });
  }

  function scheduleNight(of: Work): void {
    of.notifiedAt.push(scheduler.now());
    tell('notified', of);
    schedule(of, nightAfter(scheduler.now(), prng.int(0, Math.max(0, (of.maxUserDeferrals ?? USER_DEFERRALS) - 1)), 2), 'command');
  }

  /** Between `hour` and two hours later, of the first night after `at` or one `nights` later. */
  function nightAfter(at: number, nights: number, hour: number): number {
    const wall = wallDayOf(at, spec.timeZone) + hour * HOUR + minutes(0, 119);
    const tonight = instantOfWall(wall, spec.timeZone);
    return instantOfWall(wall + (nights + (tonight > at ? 0 : 1)) * DAY, spec.timeZone);
  }

  /** Owners look at their devices between 7 and 23. */
  function waking(at: number): number {
    const day = wallDayOf(at, spec.timeZone);
    const hour = Number(localTime(at, spec.timeZone).slice(11, 13));
    if (hour >= 7 && hour < 23) return at;
    return instantOfWall(day + (hour < 7 ? 0 : DAY) + 7 * HOUR + minutes(0, 120), spec.timeZone);
  }

  function progressOf(of: Work): number {
    if (of.phase !== 'downloading') return quirks?.oddNumbers ? 1.0000001 : 1;
    const part = (scheduler.now() - of.startedAt) / (of.endsAt - of.startedAt);
    return Math.round(Math.min(0.99, Math.max(0.01, part)) * 1e7) / 1e7;
  }

  return {
    get phase() {
      return work?.phase ?? 'none';
    },
    get version() {
      return work?.release.version;
    },
    start(release, commandUuid, after, maxUserDeferrals) {
      const startedAt = scheduler.now();
      const endsAt = startedAt + minutes(15, 150);
      const key = productKeyOf(spec, system, release);
      scheduler.cancel(timer);
      work = { release, key, commandUuid, phase: 'downloading', after, startedAt, endsAt, maxUserDeferrals, deferrals: 0, notifiedAt: [] };
      tell('download started', work);
      later(endsAt, downloaded);
    },
    install(commandUuid) {
      if (!work) return;
      work.commandUuid = commandUuid;
      if (work.phase === 'downloading') {
        work.after = 'install';
        return;
      }
      const habit = isMac ? undefined : spec.legacy?.passcode;
      if (habit) prompt(work, habit);
      else restartSoon(work);
    },
    installLater(commandUuid, maxUserDeferrals) {
      if (!work) return;
      Object.assign(work, { commandUuid, maxUserDeferrals });
      if (work.phase === 'downloading') work.after = 'install-later';
      else scheduleNight(work);
    },
    installEarly(commandUuid) {
      if (!work) return;
      work.commandUuid = commandUuid;
      scheduler.cancel(timer);
      tell('restarted early', work);
      go(work, 'command');
    },
    items() {
      if (!work) return [];
      const isThere = work.phase !== 'downloading';
      const isAuthorized = work.phase === 'installing' || (work.phase === 'scheduled' && !isMac);
      const hasDeferrals = isMac && work.after === 'install-later' && compareVersionTexts(system.osVersion, '12.3') >= 0;
      return [
        {
          ProductKey: work.key,
          IsDownloaded: quirks?.isDownloadedAsInteger ? Number(isThere) : isThere,
          DownloadPercentComplete: progressOf(work),
          Status: isAuthorized ? 'Installing' : isThere ? 'Idle' : 'Downloading',
          ...(hasDeferrals
            ? {
                MaxDeferrals: work.maxUserDeferrals ?? USER_DEFERRALS,
                DeferralsRemaining: Math.max(0, (work.maxUserDeferrals ?? USER_DEFERRALS) - work.notifiedAt.length),
                NextScheduledInstall: work.scheduledAt === undefined ? undefined : new Date(work.scheduledAt),
                PastNotifications: work.notifiedAt.map((at) => new Date(at)),
              }
            : {}),
        },
      ];
    },
    reset() {
      scheduler.cancel(timer);
      work = undefined;
    },
  };
}

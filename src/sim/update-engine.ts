import { ailmentOf, clockAhead } from './ailments.ts';
import type { DeviceSpec, DeviceWorld, InstallCause } from './device.types.ts';
import type { Presence } from './presence.ts';
import { canEnforceByDeclaration, compareVersionTexts, type Release, twinOf } from './table.ts';
import { instantOfLocal } from './zone.ts';

/** One enforcement declaration as the device holds it. */
export interface Enforcement {
  identifier: string;
  targetVersion: string;
  targetBuild?: string;
  /** yyyy-mm-ddThh:mm:ss in the device's zone. */
  targetLocal: string;
}

export type InstallState = 'none' | 'waiting' | 'downloading' | 'prepared' | 'installing' | 'failed';

/** The part of the device that an update changes. */
export interface RunningSystem {
  osVersion: string;
  build: string;
  /** Between restart and desktop: nobody answers. */
  isRestarting: boolean;
  /** What it ran before its last update. */
  before?: { osVersion: string; build: string };
  /** The background improvement on top of it, its version as this world writes it. */
  supplemental?: { extra: string; build: string };
}

export interface UpdateEngine {
  /** What holds now; called after every sync and every restart. */
  consider(enforcements: readonly Enforcement[]): void;
  /** Values of softwareupdate.install-state, install-reason, failure-reason and pending-version. */
  items(): Record<string, unknown>;
  readonly installState: InstallState;
  /** The owner installs what is newest, asked or not. */
  updateAlone(): void;
  /** An enforcement declaration wants something newer than what runs. */
  readonly isEnforcing: boolean;
  /** Installs now, because of a command. False: it is installing already, or the version isn't offered. */
  install(version: string, cause: 'command' | 'owner'): boolean;
  /** Forgets everything, as an erased device does. An install under way is lost with it. */
  reset(): void;
  /** Begins again with what holds, on a system that came from outside. */
  startOver(): void;
  /** The device's clock shows another time: dates come earlier or later than they were thought to. */
  clockChanged(): void;
}

interface Pending extends Enforcement {
  state: InstallState;
  /** The date has come; install as soon as prepared. */
  isDue: boolean;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Free text of the failures, after what is seen in public; count and timestamp come with it. */
const FAILURE_TEXT = {
  'insufficient-space': 'SUOSUErrorDomain Code=6 "Insufficient disk space to download the update"',
  'insufficient-network': 'download-failed: network-error (NSURLErrorDomain Code=-1001 "The request timed out.")',
  'insufficient-power': 'MSUErrorDomain Code=102 "BatteryTooLow"',
  'bootstrap-token-suspected': 'SUMacControllerError Code=7507 "[SUMacControllerErrorAccessRequestDenied=7507]"',
  'install-failed': 'MobileSoftwareUpdateErrorDomain Code=78 "The update could not be installed" (install-failed)',
} as const;

export interface UpdateEngineOptions {
  spec: DeviceSpec;
  world: DeviceWorld;
  presence: Presence;
  system: RunningSystem;
  /** Something a status report would tell has changed. */
  onChange(): void;
  /** Called before a Mac installs: it fetches the bootstrap token. */
  beforeInstall(): Promise<void>;
  /** After the restart, on the new system. */
  onRestarted(): void;
}

export function createUpdateEngine({
  spec,
  world,
  presence,
  system,
  onChange,
  beforeInstall,
  onRestarted,
}: UpdateEngineOptions): UpdateEngine {
  const { scheduler, prng, catalogue, switches } = world;
  let held: readonly Enforcement[] = [];
  let pending: Pending | undefined;
  let failure: { count: number; reason?: string; timestamp?: string } = { count: 0 };
  let hiccups = spec.hiccups;
  let isInstalling = false;
  let life = 0;
  const key = (what: string) => `${spec.id}/update/${what}`;
  const minutes = (min: number, max: number) => prng.int(min * 60, max * 60) * 1000;

  /** Runs `next` when the device is on, unless the update it belongs to has gone meanwhile. */
  function later(ms: number, next: (of: Pending) => void): void {
    const of = pending;
    const at = presence.nextReachable(scheduler.now() + ms);
    if (of === undefined || at === Number.POSITIVE_INFINITY) return;
    scheduler.at(at, key('step'), () => {
      if (pending !== of || system.isRestarting) return;
      if (presence.isReachable(scheduler.now())) next(of);
      else later(0, next);
    });
  }

  function enter(state: InstallState): void {
    if (!pending) return;
    pending.state = state;
    world.record({
      kind: 'state',
      installState: state,
      targetVersion: pending.targetVersion,
      targetLocal: pending.targetLocal,
      ...(state === 'failed' && failure.reason !== undefined ? { failure: failure.reason } : {}),
    });
    onChange();
  }

  function releaseFor(version: string): Release | undefined {
    const release = catalogue.releaseFor(spec.model, version, scheduler.now());
    return release && isSigned(release) ? release : undefined;
  }

  function isSigned(release: Release): boolean {
    if (switches.expirationDay === 'never') return true;
    const now = scheduler.now();
    const retires = catalogue.retiresAt(release, now);
    if (retires === Number.POSITIVE_INFINITY) return true;
    const day = Math.floor(retires / (24 * HOUR)) * 24 * HOUR;
    return now < (switches.expirationDay === 'inclusive' ? day + 24 * HOUR : day);
  }

  function download(of: Pending): void {
    // A version Apple doesn't offer this model: nothing is told, the device looks again every day.
    if (!releaseFor(of.targetVersion)) {
      later(24 * HOUR, download);
      return;
    }
    if (failure.count === 0 || switches.retriesShowDownloading) enter('downloading');
    later(minutes(15, 150), () => {
      const ailment = ailmentOf(spec, scheduler.now());
      if (ailment === 'insufficient-space' || ailment === 'insufficient-network') return fail(ailment, download);
      if (hiccups > 0 && prng.chance(0.5)) return stumble('download-failed: the connection was lost', download);
      enter('prepared');
      if (of.isDue) later(minutes(1, 10), install);
      else if (spec.owner.installsEarly && spec.trouble === undefined)
        later(minutes(60, 60 * 60), (still) => begin(still.targetVersion, 'owner'));
    });
  }

  function fail(reason: keyof typeof FAILURE_TEXT, again: (of: Pending) => void): void {
    failure = { count: failure.count + 1, reason: FAILURE_TEXT[reason], timestamp: timestamp() };
    enter('failed');
    later(minutes(4 * 60, 20 * 60), again);
  }

  function stumble(reason: string, again: (of: Pending) => void): void {
    hiccups--;
    failure = { count: failure.count + 1, reason, timestamp: timestamp() };
    enter('failed');
    later(minutes(30, 240), again);
  }

  function timestamp(): string {
    return rfc3339(scheduler.now() + clockAhead(spec, scheduler.now()));
  }

  /** The date has come, or an hour has passed since the device came back after it. */
  function enforce(): void {
    if (!pending || isInstalling) return;
    const now = scheduler.now();
    if (!presence.isReachable(now)) {
      const back = presence.nextReachable(now);
      if (back !== Number.POSITIVE_INFINITY) scheduler.at(back + HOUR, key('enforce'), enforce);
      return;
    }
    pending.isDue = true;
    if (pending.state === 'prepared') install(pending);
  }

  function install(of: Pending): void {
    if (isInstalling) return;
    const ailment = ailmentOf(spec, scheduler.now());
    switch (ailment) {
      case 'insufficient-power':
      case 'install-failed':
        fail(ailment, install);
        return;
      case 'bootstrap-token-suspected':
        void beforeInstall().then(() => {
          if (pending === of) fail('bootstrap-token-suspected', install);
        });
        return;
    }
    if (hiccups > 0) stumble('preparation-failed: the update could not be staged', install);
    else begin(of.targetVersion, 'enforced');
  }

  function begin(version: string, cause: InstallCause): boolean {
    const release = releaseFor(version);
    if (!release || isInstalling) return false;
    isInstalling = true;
    const mine = ++life;
    const from = system.osVersion;
    const targetLocal = pending?.targetLocal ?? '';
    pending ??= { identifier: '', targetVersion: version, targetLocal: '', state: 'prepared', isDue: false };
    pending.targetVersion = version;
    scheduler.cancel(key('step'));
    scheduler.cancel(key('enforce'));
    world.record({ kind: 'installing', from, to: version, cause, targetLocal });
    enter('installing');
    void beforeInstall();
    scheduler.at(scheduler.now() + minutes(2, 4), key('restart'), () => {
      if (mine !== life) return;
      system.isRestarting = true;
      scheduler.at(scheduler.now() + minutes(10, 40), key('restart'), () => {
        if (mine !== life) return;
        system.before = { osVersion: from, build: system.build };
        delete system.supplemental;
        system.osVersion = version;
        system.build = (spec.usesTwinBuilds ? twinOf(release) : undefined) ?? release.build;
        system.isRestarting = false;
        isInstalling = false;
        pending = undefined;
        failure = { count: 0 };
        world.record({ kind: 'installed', from, to: version, build: system.build, cause });
        consider(held);
        onRestarted();
      });
    });
    return true;
  }

  function arm(of: Pending): void {
    const local = instantOfLocal(of.targetLocal, spec.timeZone);
    if (local === undefined) return;
    const now = scheduler.now();
    const at = local - clockAhead(spec, now);
    scheduler.at(at > now ? at : now + (switches.pastDate === 'in-an-hour' ? HOUR : 0), key('enforce'), enforce);
  }

  function drop(): void {
    scheduler.cancel(key('step'));
    scheduler.cancel(key('enforce'));
    pending = undefined;
    failure = { count: 0 };
  }

  function consider(enforcements: readonly Enforcement[]): void {
    held = enforcements;
    // Single App Mode takes the declaration and does nothing.
    if (isInstalling || spec.trouble === 'overdue' || !canEnforceByDeclaration(spec.model.family, system.osVersion)) return;
    const next = enforcements
      .filter((item) => compareVersionTexts(item.targetVersion, system.osVersion) > 0)
      .sort((a, b) => (a.targetLocal < b.targetLocal ? -1 : a.targetLocal > b.targetLocal ? 1 : a.identifier < b.identifier ? -1 : 1))[0];
    if (!next) {
      if (!pending) return;
      drop();
      onChange();
      return;
    }
    if (pending && pending.targetVersion === next.targetVersion) {
      const isSameDate = pending.targetLocal === next.targetLocal;
      pending.identifier = next.identifier;
      if (isSameDate) return;
      pending.targetLocal = next.targetLocal;
      pending.isDue = false;
      arm(pending);
      onChange();
      return;
    }
    drop();
    pending = { ...next, state: 'none', isDue: false };
    enter('waiting');
    arm(pending);
    later(minutes(2, 40), download);
  }

  function reset(): void {
    life++;
    isInstalling = false;
    system.isRestarting = false;
    held = [];
    drop();
    scheduler.cancel(key('restart'));
  }

  return {
    consider,
    items() {
      const isEnforced = pending !== undefined && pending.identifier !== '';
      const version = {
        'os-version': pending?.targetVersion ?? '',
        'build-version': pending ? (releaseFor(pending.targetVersion)?.build ?? '') : '',
        ...(isEnforced && compareVersionTexts(system.osVersion, '27') >= 0 ? { 'target-local-date-time': pending?.targetLocal } : {}),
      };
      return {
        'softwareupdate.install-state': pending?.state ?? 'none',
        'softwareupdate.install-reason': !pending
          ? { reason: [] }
          : isEnforced
            ? { reason: ['declaration'], 'declaration-id': pending.identifier }
            : { reason: ['system-settings'] },
        'softwareupdate.failure-reason': { ...failure },
        'softwareupdate.pending-version': version,
      };
    },
    get isEnforcing() {
      return pending !== undefined && pending.identifier !== '';
    },
    install: begin,
    get installState() {
      return pending?.state ?? 'none';
    },
    updateAlone() {
      const newest = catalogue.newestFor(spec.model, scheduler.now());
      if (newest && !system.isRestarting && compareVersionTexts(newest.version, system.osVersion) > 0) begin(newest.version, 'owner');
    },
    reset,
    startOver() {
      const still = held;
      reset();
      consider(still);
    },
    clockChanged() {
      if (pending && !pending.isDue && !isInstalling && pending.identifier !== '') arm(pending);
    },
  };
}

function rfc3339(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

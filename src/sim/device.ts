import { clientCapabilities, hasFullReport } from './capabilities.ts';
import { createDdmClient, type DdmClient } from './ddm-client.ts';
import type { DeviceSpec, DeviceWorld } from './device.types.ts';
import { answerCommand } from './device-answers.ts';
import { canEnforce, createJudge, enforcementOf } from './device-judge.ts';
import { announcedToken, authenticate, FOREIGN, identityOf, TOPIC, tokenUpdateOf, userOf } from './device-messages.ts';
import { statusItemsOf } from './device-status.ts';
import type { LegacyPhase } from './legacy-job.ts';
import { createLegacyUpdates } from './legacy-updates.ts';
import { type PlistDict, readPlist, writePlist } from './plist.ts';
import { createPresence, type Presence } from './presence.ts';
import { createUpdateEngine, type InstallState, type RunningSystem } from './update-engine.ts';
import { bytesOf, type WireResponse } from './wire.ts';
import { instantOfWall, wallDayOf } from './zone.ts';

/** A device of the simulated world: it enrolls, polls, syncs, updates and sleeps, and speaks to the host only by the wire. */
export interface SimDevice {
  readonly spec: DeviceSpec;
  readonly osVersion: string;
  readonly build: string;
  readonly installState: InstallState;
  /** Where an update by commands is. */
  readonly legacyPhase: LegacyPhase;
  readonly ddm: DdmClient;
  readonly presence: Presence;
  readonly isEnrolled: boolean;
  /** Schedules the first sign of life. */
  start(): void;
  /** Apple's push service took a push for it. */
  push(): void;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Retries of a failed sync or report; Apple tells no figure. */
const RETRY_MIN_MS = 15 * MINUTE;
const RETRY_MAX_MS = 12 * HOUR;
/** More than a server should ever queue; ends a loop of two that misunderstand each other. */
const COMMANDS_MAX = 60;

export function createSimDevice(spec: DeviceSpec, world: DeviceWorld, horizonDays: number): SimDevice {
  const { scheduler, prng, switches } = world;
  const startedAt = scheduler.now();
  const presence = createPresence(spec.owner, spec.timeZone, prng.fork('presence'), startedAt, horizonDays, spec.goesDarkAt);
  const system: RunningSystem = { osVersion: spec.osVersion, build: spec.build, isRestarting: false };
  let certificate = `cert-${spec.id}-1`;
  let enrollments = 1;
  let isEnrolled = spec.enrollsAt === undefined;
  let hasLeft = false;
  let isBusy = false;
  let pausedUntil = 0;
  const todo = { poll: false, sync: false, full: false };
  let contactAt: number | undefined;
  let failures = 0;
  /** The user channel has said TokenUpdate since the listener is there. */
  let isUserKnown = false;

  const updates = createUpdateEngine({
    spec,
    world,
    presence,
    system,
    onChange: () => {
      if (ddm.isEnabled) contact(scheduler.now() + prng.int(1000, 20_000));
    },
    async beforeInstall() {
      if (spec.model.family === 'Mac' && spec.model.isAppleSilicon) await exchange({ MessageType: 'GetBootstrapToken' });
    },
    onRestarted() {
      legacy.reset();
      todo.poll = true;
      todo.sync = ddm.isEnabled;
      contact(scheduler.now() + prng.int(30_000, 10 * MINUTE));
    },
  });
  const legacy = createLegacyUpdates({ spec, world, presence, system, updates });
  const canUpdate = canEnforce(spec);
  const ddm = createDdmClient({
    exchange: (endpoint, data) =>
      exchange({ MessageType: 'DeclarativeManagement', Endpoint: endpoint, Data: data.length > 0 ? data : undefined }),
    judge: createJudge(spec, system, false),
    async pause() {
      const { syncPausedPerMille } = world.faults();
      if (syncPausedPerMille === 0 || prng.int(0, 999) >= syncPausedPerMille) return true;
      pausedUntil = scheduler.now() + prng.int(1, 180) * MINUTE;
      await scheduler.sleep(pausedUntil - scheduler.now());
      return canTalk();
    },
    onApplied: (configurations) =>
      updates.consider(canUpdate ? configurations.flatMap((declaration) => enforcementOf(declaration) ?? []) : []),
    statusItems: () => statusItemsOf(spec, system, updates.items()),
    capabilities: () => clientCapabilities(spec.model.family, system.osVersion, canUpdate),
    hasFullReport: () => hasFullReport(spec.model.family, system.osVersion),
    switches,
  });
  const userDdm = createDdmClient({
    exchange: (endpoint, data) =>
      exchange({ MessageType: 'DeclarativeManagement', Endpoint: endpoint, Data: data.length > 0 ? data : undefined, ...userOf(spec) }),
    judge: createJudge(spec, system, true),
    onApplied: () => {},
    statusItems: () => ({}),
    capabilities: () => clientCapabilities(spec.model.family, system.osVersion, false),
    hasFullReport: () => hasFullReport(spec.model.family, system.osVersion),
    switches,
  });

  async function exchange(message: PlistDict): Promise<WireResponse> {
    const response = await world.send('checkin', certificate, bytesOf(writePlist({ ...message, ...identityOf(spec) })));
    await scheduler.sleep(prng.int(20, 300));
    return response;
  }

  /** Wants to talk at `at`, or when it is reachable again; several wishes become one contact. */
  function contact(at: number): void {
    if (hasLeft) return;
    const when = presence.nextReachable(Math.max(at, scheduler.now()));
    if (when === Number.POSITIVE_INFINITY || (contactAt !== undefined && contactAt <= when)) return;
    contactAt = when;
    scheduler.at(when, `${spec.id}/contact`, () => {
      contactAt = undefined;
      return session();
    });
  }

  function canTalk(): boolean {
    return isEnrolled && !hasLeft && !system.isRestarting && presence.isReachable(scheduler.now());
  }

  async function session(): Promise<void> {
    if (isBusy) return contact(Math.max(pausedUntil, scheduler.now()) + 5000);
    // After a restart or an enrollment a contact is asked for anew.
    if (!canTalk()) return;
    isBusy = true;
    try {
      // In someone's DDM already: it asks before anything could be sent to it.
      const isForeign = spec.trouble === 'foreign-declarations';
      if (isForeign) await syncAndReport();
      if (todo.poll) {
        todo.poll = false;
        await poll(false);
        if (spec.userId !== undefined) await pollUser();
      }
      if (!isForeign) await syncAndReport();
    } finally {
      isBusy = false;
    }
    if (canTalk() && (todo.poll || todo.sync)) contact(scheduler.now() + 5000);
  }

  async function syncAndReport(): Promise<void> {
    if (!ddm.isEnabled || !canTalk()) return;
    let hasFailed = false;
    const isSyncing = todo.sync;
    if (isSyncing) {
      todo.sync = false;
      const result = await ddm.sync();
      world.record({ kind: 'sync', channel: 'device', result });
      hasFailed = result !== 'changed' && result !== 'unchanged';
      if (spec.userId !== undefined && switches.userChannelSyncs && canTalk()) {
        userDdm.enable();
        const userResult = await userDdm.sync();
        world.record({ kind: 'sync', channel: 'user', result: userResult });
        if (userResult === 'changed') await userDdm.report(false);
      }
    }
    if (!canTalk()) return;
    const isFull = todo.full;
    const installState = updates.installState;
    const status = await ddm.report(isFull);
    if (status !== undefined) world.record({ kind: 'report', channel: 'device', status, full: isFull, installState });
    if (status === undefined || status === 200) todo.full = false;
    else hasFailed = true;
    if (!hasFailed) {
      if (isSyncing) failures = 0;
      return;
    }
    const wait = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** failures++);
    scheduler.at(scheduler.now() + wait + prng.int(0, wait / 4), `${spec.id}/retry`, () => {
      todo.sync = ddm.isEnabled;
      contact(scheduler.now());
    });
  }

  async function pollUser(): Promise<void> {
    if (!isUserKnown) await tokenUpdate(userOf(spec));
    await poll(true);
  }

  async function poll(isUserChannel: boolean): Promise<void> {
    const who: PlistDict = isUserChannel ? { ...identityOf(spec), ...userOf(spec) } : identityOf(spec);
    let report: PlistDict = { Status: 'Idle' };
    for (let count = 0; count < COMMANDS_MAX && canTalk(); count++) {
      let response: WireResponse;
      try {
        response = await world.send('report', certificate, bytesOf(writePlist({ ...report, ...who })));
      } catch {
        return;
      }
      await scheduler.sleep(prng.int(20, 400));
      // What the server answers to the first of two is asked for again by the second.
      if (!isUserChannel && report.CommandUUID !== undefined && legacy.takesRepeat()) continue;
      if (response.status !== 200 || response.body.length === 0) return;
      report = handle(response.body, isUserChannel);
    }
  }

  function handle(body: Uint8Array, isUserChannel: boolean): PlistDict {
    const channel = isUserChannel ? 'user' : 'device';
    const envelope = readPlist(body);
    const command = (envelope.Command ?? {}) as PlistDict;
    const commandUuid = String(envelope.CommandUUID);
    const requestType = String(command.RequestType);
    const isLocked = !isUserChannel && prng.int(0, 999) < world.faults().notNowPerMille;
    const answer = isLocked
      ? { Status: 'NotNow' }
      : ((isUserChannel ? undefined : legacy.answer(command, commandUuid)) ?? answerCommand(spec, system, command, isUserChannel));
    world.record({ kind: 'command', channel, commandUuid, requestType, answer: String(answer.Status) });
    if (answer.Status === 'NotNow' && switches.pollsAfterNotNow && spec.trouble !== 'awaiting-configuration') {
      scheduler.at(scheduler.now() + prng.int(10, 180) * MINUTE, `${spec.id}/unlocked`, () => {
        todo.poll = true;
        contact(scheduler.now());
      });
    }
    if (requestType === 'DeclarativeManagement' && answer.Status === 'Acknowledged') {
      const which = isUserChannel ? userDdm : ddm;
      which.enable();
      if (!isUserChannel && announcedToken(command) !== (ddm.token ?? '')) todo.sync = true;
    }
    return { ...answer, CommandUUID: commandUuid };
  }

  async function enroll(what: 'enroll' | 're-enroll'): Promise<void> {
    isEnrolled = true;
    isBusy = true;
    world.record({ kind: 'enrollment', what });
    try {
      await exchange(authenticate(spec, system));
      await tokenUpdate({});
      if (spec.model.family === 'Mac' && !spec.isUserEnrollment && spec.trouble !== 'bootstrap-token-suspected') {
        await exchange({ MessageType: 'SetBootstrapToken', BootstrapToken: bytesOf(`bootstrap ${spec.id}`) });
      }
      if (spec.userId !== undefined) await tokenUpdate(userOf(spec));
    } catch {
      // No connection: a person would try again in the evening.
      isEnrolled = false;
      scheduler.schedule(scheduler.now() + 6 * HOUR, () => enroll(what));
      return;
    } finally {
      isBusy = false;
    }
    todo.poll = true;
    contact(scheduler.now() + prng.int(2000, 90_000));
    scheduleDaily();
  }

  async function tokenUpdate(channel: PlistDict): Promise<void> {
    if (channel.UserID !== undefined) isUserKnown = true;
    await exchange(tokenUpdateOf(spec, channel, enrollments));
  }

  /** The device's own contact, once a day: poll, compare tokens, report everything. */
  function scheduleDaily(): void {
    const wall = wallDayOf(scheduler.now(), spec.timeZone) + spec.owner.checkInMinute * MINUTE;
    const today = instantOfWall(wall, spec.timeZone);
    const next = today > scheduler.now() ? today : instantOfWall(wall + DAY, spec.timeZone);
    // A device that was off then does it soon after it is switched on.
    const at = presence.nextReachable(next) === next ? next : presence.nextReachable(next) + prng.int(1, 15) * MINUTE;
    if (at === Number.POSITIVE_INFINITY) return;
    scheduler.at(at, `${spec.id}/daily`, () => {
      daily();
      if (!hasLeft) scheduleDaily();
    });
  }

  function daily(): void {
    todo.poll = true;
    todo.sync = ddm.isEnabled;
    todo.full = ddm.isEnabled;
    contact(scheduler.now());
  }

  /** Runs `act` at the first moment from `at` on in which the device is there and idle. */
  function when(at: number, act: () => Promise<void>): void {
    const then = presence.nextReachable(at);
    if (then === Number.POSITIVE_INFINITY) return;
    scheduler.schedule(then, () => {
      if (!presence.isReachable(scheduler.now()) || isBusy || system.isRestarting || updates.installState === 'installing')
        return when(scheduler.now() + 10 * MINUTE, act);
      return act();
    });
  }

  async function checkOut(): Promise<void> {
    isBusy = true;
    world.record({ kind: 'enrollment', what: 'check-out' });
    try {
      await exchange({ MessageType: 'CheckOut', Topic: TOPIC });
    } catch {
      // Gone all the same.
    } finally {
      isBusy = false;
      hasLeft = true;
      isEnrolled = false;
      ddm.reset();
      updates.reset();
      legacy.reset();
    }
  }

  async function wipe(): Promise<void> {
    certificate = `cert-${spec.id}-${++enrollments}`;
    ddm.reset();
    userDdm.reset();
    updates.reset();
    legacy.reset();
    Object.assign(todo, { poll: false, sync: false, full: false });
    await enroll('re-enroll');
  }

  return {
    spec,
    ddm,
    presence,
    get osVersion() {
      return system.osVersion;
    },
    get build() {
      return system.build;
    },
    get installState() {
      return updates.installState;
    },
    get legacyPhase() {
      return legacy.phase;
    },
    get isEnrolled() {
      return isEnrolled;
    },
    start() {
      if (spec.enrollsAt !== undefined) when(spec.enrollsAt, () => enroll('enroll'));
      else {
        if (spec.trouble === 'foreign-declarations') {
          ddm.adopt('foreign-1', FOREIGN);
          todo.sync = true;
        }
        todo.poll = true;
        contact(spec.firstContactAt);
        scheduleDaily();
      }
      if (spec.checksOutAt !== undefined) when(spec.checksOutAt, checkOut);
      if (spec.wipedAt !== undefined) when(spec.wipedAt, wipe);
      if (spec.goesDarkAt !== undefined) scheduler.schedule(spec.goesDarkAt, () => world.record({ kind: 'enrollment', what: 'dark' }));
      legacy.start();
      if (spec.owner.updatesAloneAt !== undefined) when(spec.owner.updatesAloneAt, async () => updates.updateAlone());
    },
    push() {
      todo.poll = true;
      contact(scheduler.now() + prng.int(500, 15_000));
    },
  };
}

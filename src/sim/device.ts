import type { DeviceSpec, DeviceWorld } from './device.types.ts';
import { answerCommand } from './device-answers.ts';
import { createDeviceDdm } from './device-ddm.ts';
import { announcedToken, authenticate, FOREIGN, identityOf, sayCheckOut, tokenUpdateOf, userOf } from './device-messages.ts';
import { createLegacyUpdates } from './legacy-updates.ts';
import { installOlder, systemAtStart } from './older-systems.ts';
import { type PlistDict, readPlist, writePlist } from './plist.ts';
import { createPresence, nextCheckIn } from './presence.ts';
import type { SimDevice } from './sim-device.types.ts';
import { createUpdateEngine } from './update-engine.ts';
import { bytesOf, type WireResponse } from './wire.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Retries of a failed sync or report; Apple tells no figure. */
const RETRY_MIN_MS = { minutes: 15 * MINUTE, hours: 3 * HOUR } as const;
const RETRY_MAX_MS = 12 * HOUR;
/** More than a server should ever queue; ends a loop of two that misunderstand each other. */
const COMMANDS_MAX = 60;

export function createSimDevice(spec: DeviceSpec, world: DeviceWorld, horizonDays: number): SimDevice {
  const { scheduler, prng, switches, catalogue } = world;
  const startedAt = scheduler.now();
  const presence = createPresence(spec.owner, spec.timeZone, prng.fork('presence'), startedAt, horizonDays, spec.goesDarkAt);
  const system = systemAtStart(spec, switches);
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
      if (spec.model.family !== 'Mac' || !spec.model.isAppleSilicon) return;
      try {
        await exchange({ MessageType: 'GetBootstrapToken' });
      } catch {
        // No connection: what the Mac holds has to do.
      }
    },
    onRestarted() {
      legacy.reset();
      todo.poll = true;
      todo.sync = ddm.isEnabled;
      const isSilent = switches.afterUpdate === 'hours';
      contact(scheduler.now() + (isSilent ? prng.int(2 * HOUR, 20 * HOUR) : prng.int(30_000, 10 * MINUTE)));
    },
  });
  const legacy = createLegacyUpdates({ spec, world, presence, system, updates });
  const { ddm, userDdm } = createDeviceDdm({
    spec,
    world,
    system,
    updates,
    exchange,
    async pause() {
      const { syncPausedPerMille } = world.faults();
      if (syncPausedPerMille === 0 || prng.int(0, 999) >= syncPausedPerMille) return true;
      pausedUntil = scheduler.now() + prng.int(1, 180) * MINUTE;
      await scheduler.sleep(pausedUntil - scheduler.now());
      return canTalk();
    },
    onReported(report) {
      const { statusDoubledPerMille } = world.faults();
      if (statusDoubledPerMille > 0 && prng.int(0, 999) < statusDoubledPerMille) sendAgain(report);
    },
  });

  async function exchange(message: PlistDict): Promise<WireResponse> {
    const response = await world.send('checkin', certificate, bytesOf(writePlist({ ...message, ...identityOf(spec) })));
    await scheduler.sleep(prng.int(20, 300));
    return response;
  }

  /** As the network does it: whether the device is still on the air doesn't matter. */
  function sendAgain(report: Uint8Array): void {
    const enrollment = certificate;
    scheduler.schedule(scheduler.now() + prng.int(1000, 30 * MINUTE), async () => {
      if (hasLeft || !isEnrolled || enrollment !== certificate) return;
      try {
        await exchange({ MessageType: 'DeclarativeManagement', Endpoint: 'status', Data: report });
      } catch {
        // Lost after all.
      }
    });
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
    const wait = Math.min(RETRY_MAX_MS, RETRY_MIN_MS[switches.syncRetry] * 2 ** failures++);
    scheduler.at(scheduler.now() + wait + prng.int(0, wait / 4), `${spec.id}/retry`, () => {
      todo.sync = ddm.isEnabled;
      contact(scheduler.now());
    });
  }

  async function pollUser(): Promise<void> {
    try {
      if (!isUserKnown) await tokenUpdate(userOf(spec));
    } catch {
      return;
    }
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
      : ((isUserChannel ? undefined : legacy.answer(command, commandUuid)) ??
        answerCommand(spec, system, command, isUserChannel, { at: scheduler.now(), removedQuery: switches.removedQuery }));
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
    await exchange(tokenUpdateOf(spec, channel, enrollments));
    if (channel.UserID !== undefined) isUserKnown = true;
  }

  /** The device's own contact, once a day: poll, compare tokens, report everything. */
  function scheduleDaily(): void {
    const next = nextCheckIn(spec, scheduler.now());
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
      await sayCheckOut(exchange, scheduler);
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
    leaveDdm();
    updates.reset();
    legacy.reset();
    await enroll('re-enroll');
  }

  /** The enrollment ends, and its declarations with it; the next one has a certificate of its own. */
  function leaveDdm(): void {
    certificate = `cert-${spec.id}-${++enrollments}`;
    ddm.reset();
    userDdm.reset();
    updates.consider([]);
    Object.assign(todo, { poll: false, sync: false, full: false });
  }

  /** What was downloaded or is installing stays. */
  async function reEnroll(saysCheckOut: boolean): Promise<void> {
    if (saysCheckOut) {
      isBusy = true;
      world.record({ kind: 'enrollment', what: 'check-out' });
      try {
        await sayCheckOut(exchange, scheduler);
      } finally {
        isBusy = false;
      }
    }
    isEnrolled = false;
    leaveDdm();
    const gapMs = saysCheckOut ? prng.int(2 * MINUTE, 3 * HOUR) : 1000;
    scheduler.schedule(presence.nextReachable(scheduler.now() + gapMs), () => (isEnrolled ? undefined : enroll('re-enroll')));
  }

  async function restoreOlder(isWiped: boolean): Promise<void> {
    const from = system.osVersion;
    if (!installOlder(spec, system, catalogue, scheduler.now())) return;
    const { osVersion: to, build } = system;
    world.record({ kind: 'restored', from, to, build, isWiped });
    legacy.reset();
    if (isWiped) return wipe();
    updates.startOver();
    todo.poll = true;
    todo.sync = ddm.isEnabled;
    contact(scheduler.now() + prng.int(30_000, 30 * MINUTE));
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
    get certificate() {
      return certificate;
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
      const { restored, reEnrolled, clock, lie } = spec.mishaps ?? {};
      if (restored) when(restored.at, () => restoreOlder(restored.isWiped));
      if (reEnrolled) when(reEnrolled.at, () => reEnroll(reEnrolled.saysCheckOut));
      for (const at of clock ? [clock.from, clock.until] : []) scheduler.schedule(at, updates.clockChanged);
      // What it says next is another thing than before: a change to be told.
      for (const at of lie ? [lie.from, lie.until] : []) scheduler.schedule(at, () => ddm.isEnabled && contact(scheduler.now()));
      if (spec.goesDarkAt !== undefined) scheduler.schedule(spec.goesDarkAt, () => world.record({ kind: 'enrollment', what: 'dark' }));
      legacy.start();
      if (spec.owner.updatesAloneAt !== undefined) when(spec.owner.updatesAloneAt, async () => updates.updateAlone());
    },
    push() {
      todo.poll = true;
      contact(scheduler.now() + prng.int(500, 15_000));
    },
    enrollAgain() {
      when(scheduler.now() + prng.int(1, 10) * HOUR, () => reEnroll(false));
    },
  };
}

import { isOurs } from '../ddm/declarations.ts';
import { FOREIGN_ACTIVE_KEPT_MAX, type HeldForeignUpdate, known, observedWhen } from '../enrollment/state.ts';
import { DAY_MS, type Instant } from '../time/local.ts';
import { rfc3339 } from '../time/rfc3339.ts';
import type { Conflict, ConflictOutcome } from './conflict.types.ts';
import { foreignCommandOf } from './foreign-command.ts';
import type { Memory } from './input.ts';
import { lastingFor } from './lasting-declarations.ts';
import type { Enforcement } from './manifest.ts';
import { newerSystems } from './own-list.ts';
import { isWithDevice } from './situation.ts';
import type { Situation } from './situation.types.ts';
import { isAtLeast } from './versions.ts';

/** Most named for one device. */
const CONFLICTS_MAX = 8;
/** What was answered to Restrictions or ProfileList longer ago says nothing of today. */
const PROFILES_TOLD_MS = 90 * DAY_MS;

type Found = Omit<Conflict, 'firstSeenAt'>;

/**
 * What others are known to tell this device about updates, and what becomes of it beside ours. `ours`: the enforcement it is
 * to hold. Nothing hangs on the result: it is shown.
 */
export function conflictsOf(situation: Situation, ours: Enforcement | undefined): Conflict[] {
  const since = situation.input.memory.conflicts ?? {};
  const found = [enforcementsIn, settingsIn, commandsIn, deferralsIn, profilesIn].flatMap((find) => find(situation, ours));
  return found
    .slice(0, CONFLICTS_MAX)
    .map((each) => ({ ...each, firstSeenAt: Math.min(since[conflictKey(each)] ?? each.lastSeenAt, each.lastSeenAt) }));
}

/** What the next decision must know of them: since when each has been there. */
export function conflictsSince(conflicts: readonly Conflict[]): Pick<Memory, 'conflicts'> {
  if (conflicts.length === 0) return {};
  return { conflicts: Object.fromEntries(conflicts.map((conflict) => [conflictKey(conflict), conflict.firstSeenAt])) };
}

function conflictKey({ kind, identifier }: Found): string {
  return identifier === undefined ? kind : `${kind} ${identifier}`;
}

function enforcementsIn(situation: Situation, ours: Enforcement | undefined): Found[] {
  const told = heldUpdates(situation, 'enforcement').map(
    ({ value, observedAt }): Found => ({
      kind: 'enforcement',
      outcome: outcomeOf(value.local, ours),
      whose: value.server,
      identifier: value.identifier,
      ...textsOf(value),
      lastSeenAt: observedAt,
    }),
  );
  const pending = pendingByDeclaration(situation, ours);
  const isNews = pending !== undefined && told.every(({ identifier }) => identifier !== pending.identifier);
  const newer = [...told, ...(isNews ? [pending] : [])].filter(({ version }) => version === undefined || !isAtLeast(situation, version));
  const refused = refusedByDeclaration(situation);
  if (refused === undefined) return newer;
  return newer.length === 0 ? [refused] : newer.map((each) => ({ ...each, outcome: refused.outcome }));
}

/** What it pends because a declaration that is not ours says so, whoever's that is: told in any wiring, and in observe mode. */
function pendingByDeclaration({ enrollment }: Situation, ours: Enforcement | undefined): Found | undefined {
  const { installReason, pendingVersion } = enrollment.facts;
  const identifier = installReason?.value.declarationId;
  if (installReason === undefined || identifier === undefined || isOurs(identifier)) return undefined;
  const pending = pendingVersion?.value;
  const local = pending?.targetLocalDateTime;
  return {
    kind: 'enforcement',
    outcome: outcomeOf(local, ours),
    identifier,
    ...(pending?.osVersion ? { version: pending.osVersion } : {}),
    ...(pending?.buildVersion ? { build: pending.buildVersion } : {}),
    ...(local === undefined ? {} : { local }),
    lastSeenAt: installReason.observedAt,
  };
}

/** Error 103 to a command of ours: an enforcement is in force that we did not hand out. */
function refusedByDeclaration({ commandProgress }: Situation): Found | undefined {
  const failure = commandProgress?.failure;
  if (failure?.reason !== 'foreign-update-declaration') return undefined;
  return { kind: 'enforcement', outcome: 'theirs-refuses-ours', lastSeenAt: failure.at };
}

const WALL_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/;

/** Of several enforcements newer than what it runs a device obeys the one with the earliest date first; the others queue. */
function outcomeOf(local: string | undefined, ours: Enforcement | undefined): ConflictOutcome {
  if (ours === undefined) return 'theirs-alone';
  if (local === undefined || !WALL_TIME.test(local)) return 'earlier-first';
  return local < ours.local ? 'theirs-first' : 'ours-first';
}

function settingsIn(situation: Situation): Found[] {
  const theirs = heldUpdates(situation, 'settings');
  const ours = theirs.length === 0 ? [] : Object.keys(lastingFor(situation).settings ?? {});
  return theirs.map(({ value, observedAt }) => {
    const keys = (value.keys ?? []).filter((key) => ours.includes(key));
    return {
      kind: 'settings',
      outcome: keys.length > 0 ? 'combined' : 'beside',
      whose: value.server,
      identifier: value.identifier,
      ...(keys.length > 0 ? { keys } : {}),
      ...(value.deferralDays === undefined ? {} : { days: value.deferralDays }),
      lastSeenAt: observedAt,
    };
  });
}

function commandsIn(situation: Situation, ours: Enforcement | undefined): Found[] {
  const outcome = outcomeOfCommand(situation, ours);
  const answered = foreignCommandOf(situation.input);
  if (answered !== undefined) {
    const { commandUuid, action, status, at } = answered;
    const said = [action, status].filter((text) => text !== '').join(', ');
    return [{ kind: 'update-command', outcome, identifier: commandUuid, ...(said ? { action: said } : {}), lastSeenAt: at }];
  }
  const pending = pendingByCommand(situation);
  return pending ? [{ ...pending, outcome }] : [];
}

function outcomeOfCommand(situation: Situation, ours: Enforcement | undefined): ConflictOutcome {
  if (situation.channel === 'commands') return 'ours-waits';
  if (ours === undefined) return 'theirs-alone';
  return isWithDevice(situation, ours.identifier) ? 'ours-refuses-it' : 'theirs-until-ours';
}

/** It pends an update because of a command, and none of ours was sent in this enrollment. */
function pendingByCommand({ enrollment, input, version }: Situation): Omit<Found, 'outcome'> | undefined {
  const { installReason, pendingVersion } = enrollment.facts;
  if (!installReason?.value.reason.includes('mdm') || input.control.restored !== undefined) return undefined;
  if (input.commands.some(({ requestType, leasedAt }) => requestType === 'ScheduleOSUpdate' && leasedAt !== undefined)) return undefined;
  const pending = pendingVersion?.value.osVersion;
  if (pending && isAtLeast({ version }, pending)) return undefined;
  return { kind: 'update-command', ...(pending ? { version: pending } : {}), lastSeenAt: installReason.observedAt };
}

/** By what its restrictions were answered to be; for Macs, which don't tell these, by their own list. */
function deferralsIn({ enrollment, now, version }: Situation): Found[] {
  const told = enrollment.facts.deferral;
  if (told?.value.isForced && now - told.observedAt < PROFILES_TOLD_MS) {
    const { days, profiles } = told.value;
    const whose = profiles.join(', ');
    return [
      {
        kind: 'deferral',
        outcome: 'hides-only',
        ...(whose ? { whose } : {}),
        ...(days === undefined ? {} : { days }),
        lastSeenAt: told.observedAt,
      },
    ];
  }
  const hidden = newerSystems(enrollment, version).filter(({ item }) => isToCome(item.deferredUntil, now));
  const [newest] = hidden;
  if (newest?.item.deferredUntil === undefined) return [];
  return [
    {
      kind: 'deferral',
      outcome: 'hides-only',
      ...(newest.item.version ? { version: newest.item.version } : {}),
      until: newest.item.deferredUntil,
      lastSeenAt: observedWhen(enrollment, 'availableUpdates'),
    },
  ];
}

/** The year 1 stands for none. */
function isToCome(until: string | undefined, now: Instant): boolean {
  return until !== undefined && /^\d{4}-\d\d-\d\dT/.test(until) && until > rfc3339(now);
}

function profilesIn({ enrollment, now }: Situation): Found[] {
  const told = enrollment.facts.updateProfiles;
  if (told === undefined || told.value.length === 0 || now - told.observedAt >= PROFILES_TOLD_MS) return [];
  return [{ kind: 'profile', outcome: 'declaration-wins', whose: told.value.join(', '), lastSeenAt: told.observedAt }];
}

interface Held {
  value: HeldForeignUpdate;
  observedAt: Instant;
}

/** Those it was answered and is not known to have given back. */
function heldUpdates({ enrollment }: Situation, kind: HeldForeignUpdate['kind']): Held[] {
  return Object.values(enrollment.foreignUpdates ?? {})
    .filter(({ value, observedAt }) => value.kind === kind && !isGone(enrollment, value.identifier, observedAt))
    .sort((a, b) => (a.value.identifier < b.value.identifier ? -1 : 1));
}

/** The last full report does not call it active, and nothing told since names it. */
function isGone(enrollment: Situation['enrollment'], identifier: string, heldAt: Instant): boolean {
  const active = enrollment.facts.foreignActive;
  if (active === undefined || active.observedAt <= heldAt || active.value.length >= FOREIGN_ACTIVE_KEPT_MAX) return false;
  if (active.value.includes(identifier)) return false;
  const isNamedSince = observedWhen(enrollment, 'foreignDeclarations') > active.observedAt;
  return !(isNamedSince && known(enrollment, 'foreignDeclarations')?.includes(identifier));
}

function textsOf({ version, build, local }: HeldForeignUpdate): Pick<Found, 'version' | 'build' | 'local'> {
  return {
    ...(version === undefined ? {} : { version }),
    ...(build === undefined ? {} : { build }),
    ...(local === undefined ? {} : { local }),
  };
}

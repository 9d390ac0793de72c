import { NamedEnrollment, toldBy } from '../../enrollment/named.ts';
import { ERROR } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import { decodeMessage } from '../../mdm/decode-message.ts';
import { enrollmentRefOf } from '../../mdm/enrollment-ref.ts';
import type { Clock, DecodePlist } from '../../runtime.ts';
import { InboxFullError, type Store } from '../../store/store.ts';
import { MINUTE_MS } from '../../time/local.ts';
import type { NamedCounts, NameEnrollments } from '../operate/name-enrollments.ts';

/** What nano2nano sends; no other check-in is part of a migration. */
const TAKEN: ReadonlySet<string> = new Set(['Authenticate', 'TokenUpdate', 'SetBootstrapToken']);
/** A run of nano2nano that sends nothing for so long is over. */
const RUN_OVER_MS = MINUTE_MS;
const TIMER = 'nano2nano-run';

export type CheckinResult =
  /** On disk, or nothing new: 200. */
  | { kind: 'kept' }
  /** 400: nothing stored. */
  | { kind: 'malformed'; message: string }
  /** 503: nothing stored; nano2nano goes on with the next one and does not repeat it. */
  | { kind: 'unavailable'; message: string };

/** One check-in of the records of another server: what NanoMDM's /migration takes. */
export type ReceiveCheckin = (raw: Uint8Array, by: string) => Promise<CheckinResult>;

export interface ReceiveCheckinOptions {
  nameEnrollments: NameEnrollments;
  store: Pick<Store, 'audit'>;
  clock: Pick<Clock, 'now' | 'at'>;
  decodePlist: DecodePlist;
  log: Logger;
}

interface Run extends NamedCounts {
  by: string;
  checkins: number;
  userChannels: number;
  refused: number;
}

/**
 * Takes what nano2nano PUTs. It tells of enrollments that began long ago, in an order and at a time that say nothing: so
 * it is a record of the server, never an event of the device. Nobody enrolls anew by it, and what was heard goes before it.
 */
export function createReceiveCheckin({ nameEnrollments, store, clock, decodePlist, log }: ReceiveCheckinOptions): ReceiveCheckin {
  let run: Run | undefined;

  async function runOf(by: string): Promise<Run> {
    clock.at(clock.now() + RUN_OVER_MS, TIMER, () => void endRun());
    if (run !== undefined) return run;
    await store.audit({ at: clock.now(), by, act: 'import', detail: { from: 'nano2nano', begun: true } });
    run = { by, checkins: 0, new: 0, changed: 0, known: 0, userChannels: 0, refused: 0 };
    return run;
  }

  /** One line for the run: it sends up to three check-ins for each device, one after the other. */
  async function endRun(): Promise<void> {
    if (run === undefined) return;
    const { by, ...counts } = run;
    run = undefined;
    log.info({ ...counts }, 'nano2nano has sent nothing for a minute: its run is over');
    await store
      .audit({ at: clock.now(), by, act: 'import', detail: { from: 'nano2nano', ...counts } })
      .catch((error: unknown) => log.error({ [ERROR]: error }, 'the end of a run of nano2nano could not be noted'));
  }

  async function take(raw: Uint8Array, current: Run): Promise<CheckinResult> {
    const read = await readCheckin(raw, decodePlist);
    if ('message' in read) {
      current.refused += 1;
      return { kind: 'malformed', message: read.message };
    }
    if (read.named === undefined) {
      current.userChannels += 1;
      return { kind: 'kept' };
    }
    const counts = await nameEnrollments([read.named], { by: current.by, from: 'nano2nano', isAuditedElsewhere: true });
    for (const key of ['new', 'changed', 'known'] as const) current[key] += counts[key];
    return { kind: 'kept' };
  }

  return async function receiveCheckin(raw, by) {
    try {
      const current = await runOf(by);
      current.checkins += 1;
      return await take(raw, current);
    } catch (error) {
      if (run) run.refused += 1;
      if (!(error instanceof InboxFullError)) log.error({ [ERROR]: error }, 'a check-in of nano2nano was not stored; answered 503');
      const why = error instanceof InboxFullError ? 'Too many events wait to be looked at' : 'The store is not writable';
      return { kind: 'unavailable', message: `${why}; run nano2nano again later.` };
    }
  };
}

/** `named` undefined: a user channel, whose device counts. Nothing of a message is quoted but the name of its type. */
async function readCheckin(
  raw: Uint8Array,
  decodePlist: DecodePlist,
): Promise<{ named: NamedEnrollment | undefined } | { message: string }> {
  const nothing = 'Nothing was stored.';
  let plist: unknown;
  try {
    plist = await decodePlist(raw);
  } catch {
    return { message: `Expected a property list, the check-in of a device, as nano2nano sends it. ${nothing}` };
  }
  const message = decodeMessage(plist, 'check-in');
  if (!message.ok) return { message: `This is no check-in of a device: ${message.detail}. ${nothing}` };
  const { kind } = message.value;
  if (!TAKEN.has(kind)) return { message: `Expected Authenticate, TokenUpdate or SetBootstrapToken, found ${kind}. ${nothing}` };
  const enrollment = enrollmentRefOf(plist);
  if (enrollment === undefined) return { message: `The check-in names no device: neither UDID nor EnrollmentID is in it. ${nothing}` };
  const { id, type, parentId } = enrollment;
  if (parentId !== undefined) return { named: undefined };
  const named = NamedEnrollment.safeParse({ id, type, ...toldBy(message.value) });
  if (named.success) return { named: named.data };
  return {
    message: `The id in it is none: ${id.length} characters, expected a UDID without blanks, commas, colons and slashes. ${nothing}`,
  };
}

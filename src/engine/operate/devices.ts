import type { OrderedBy, Overrides } from '../../decide/overrides.types.ts';
import { isInstall, isOutstanding } from '../../delivery/outbox-entry.ts';
import { type EnrollmentState, known } from '../../enrollment/state.ts';
import { REASONS } from '../../reasons/reasons.ts';
import type { Clock } from '../../runtime.ts';
import type { Gathered, Store } from '../../store/store.ts';
import { DAY_MS, isTimeZone, LATEST_ZONE_MS, localOf } from '../../time/local.ts';
import { isUtcDate, utcDateOf } from '../../time/utc-date.ts';
import type { DeviceActAnswer } from '../device-answers.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import { overridesOf } from '../show/overrides.ts';

/** So far ahead a device may be exempted or given time: longer is a policy's `except`, where everybody sees it. */
export const UNTIL_DAYS_MAX = 366;

export type DeviceVerb = DeviceActAnswer['act'];

export interface DeviceAct {
  act: DeviceVerb;
  /** Enrollment id or serial number. */
  device: string;
  /** yyyy-mm-dd: the last day of an exemption, the first on which its date may fall. */
  until?: string;
  by: string;
  note?: string;
}

export type DeviceActOutcome =
  | { ok: true; answer: DeviceActAnswer }
  | { ok: false; because: 'unknown' | 'wrong-day' | 'makes-no-sense'; message: string };

export interface OperateDevicesOptions {
  store: Pick<Store, 'findEnrollment' | 'loadForReconcile' | 'saveOverrides'>;
  reconciler: Pick<Reconciler, 'wake' | 'settle'>;
  clock: Pick<Clock, 'now'>;
}

interface Change {
  overrides: Overrides;
  /** What is done, without who does it. */
  text: string;
}

type Refused = Extract<DeviceActOutcome, { ok: false }>;

/** Everything a person does to one device, with its audit line and its entry in the timeline. It is then decided anew. */
export function createOperateDevices({ store, reconciler, clock }: OperateDevicesOptions) {
  let last: Promise<unknown> = Promise.resolve();

  /** One act after the other: each writes all that is ordered for its device, and must know what the one before it wrote. */
  return function actInTurn(given: DeviceAct): Promise<DeviceActOutcome> {
    const turn = last.then(() => actOnDevice(given));
    last = turn.catch(() => undefined);
    return turn;
  };

  async function actOnDevice(given: DeviceAct): Promise<DeviceActOutcome> {
    const { act, until, by, note } = given;
    const id = await store.findEnrollment(given.device);
    const gathered = id === undefined ? undefined : await load(id);
    if (id === undefined || gathered?.state === undefined)
      return { ok: false, because: 'unknown', message: `No device has the id or serial number "${given.device}".` };
    const now = clock.now();
    const change = changeBy(given, gathered, { now, today: todayOf(gathered.state, now) });
    if ('ok' in change) return change;
    const serial = known(gathered.state, 'serialNumber');
    const before = overridesOf(gathered.overrides, now);
    const detail = {
      ...{ device: id, ...(serial ? { serial } : {}) },
      ...(until === undefined ? {} : { until }),
      ...(note === undefined ? {} : { note }),
      ...(before.length === 0 ? {} : { before }),
    };
    const entry = { at: now, kind: 'operator', text: `${change.text}, by ${by}${note === undefined ? '' : `: ${note}`}.` };
    await store.saveOverrides(id, change.overrides, { at: now, by, act: `device-${act}`, detail }, entry);
    reconciler.wake([id]);
    await reconciler.settle(id);
    const after = await load(id);
    const { reason = 'inventory-missing', enforcement, isHandedOut, channel } = after?.decision ?? {};
    const overrides = overridesOf(after?.overrides, now);
    // Of an exempt device it is a forecast.
    const isMeant = isHandedOut || (channel === 'commands' && reason !== 'exempt');
    const date = enforcement !== undefined && isMeant ? { date: enforcement.local } : {};
    const notes = notesOf(act, after, date.date);
    const stands = { reason, sentence: REASONS[reason].sentence, ...date, ...(notes.length === 0 ? {} : { notes }), overrides };
    return { ok: true, answer: { schema: 'ratchet.device-act/1', act, device: id, text: `${change.text}.`, ...stands } };
  }

  /** On the device's own clock; where it does not tell its zone, the one that is not over everywhere. */
  function todayOf(state: EnrollmentState, now: number): string {
    const zone = known(state, 'timeZone');
    return zone !== undefined && isTimeZone(zone) ? localOf(now, zone).slice(0, 10) : utcDateOf(now - LATEST_ZONE_MS);
  }

  async function load(id: string): Promise<Gathered | undefined> {
    return (await store.loadForReconcile([id]))[0];
  }
}

/** What the act can't reach (rule 18): what the device fetched or was sent before. */
function notesOf(act: DeviceVerb, after: Gathered | undefined, date: string | undefined): string[] {
  const holds = after?.decision?.holds;
  const takesBack = act === 'exempt' || act === 'more-time';
  const isCommanded = after?.commands.some((entry) => isInstall(entry) && entry.state !== 'pending' && isOutstanding(entry));
  return [
    ...(holds === undefined || holds === date
      ? []
      : [`It still has the date ${wallText(holds)}, and may install at it, until it learns of this at its next contact.`]),
    ...(takesBack && isCommanded ? ['An install command is with it or on its way, which can’t be taken back.'] : []),
  ];
}

function wallText(local: string): string {
  return `${local.slice(0, 16).replace('T', ' ')} device time`;
}

interface Moment {
  now: number;
  /** yyyy-mm-dd where the device is. */
  today: string;
}

function changeBy({ act, until = '', by, note }: DeviceAct, gathered: Gathered, moment: Moment): Change | Refused {
  const { now } = moment;
  const { overrides = {}, decision } = gathered;
  const word: OrderedBy = { by, at: now, ...(note === undefined ? {} : { note }) };
  switch (act) {
    case 'recheck':
      return { overrides, text: 'Decided anew' };
    case 'ask':
      return { overrides: { ...overrides, asked: word }, text: 'Asked what it runs' };
    case 'pause':
      return { overrides: { ...overrides, paused: word }, text: 'Paused: nothing new for it, what it holds stays' };
    case 'resume': {
      const { asked, moreTime } = overrides;
      const { holds, isHandedOut } = decision ?? {};
      // Taken back, and still with the device: without it the next date would come nearer than the one it has.
      const staysFor = moreTime && holds !== undefined && isHandedOut === false && holds >= moreTime.until ? holds : undefined;
      const ended = overridesOf(overrides, now).filter(({ kind }) => kind !== 'more-time' || staysFor === undefined);
      const words: string[] = ended.map(({ kind }) => ENDED[kind]);
      if (staysFor !== undefined) words.push(`more time stays, because the device still has the date ${wallText(staysFor)}`);
      return {
        overrides: { ...(asked ? { asked } : {}), ...(staysFor === undefined ? {} : { moreTime }) },
        text: `Resumed: ${words.join(', ') || 'nothing was ordered for it'}`,
      };
    }
    case 'exempt':
      return (
        dayProblem(until, moment) ?? {
          overrides: { ...overrides, exempt: { ...word, until } },
          text: `Exempt from updates to the end of ${until}`,
        }
      );
    case 'more-time': {
      const date = decision?.enforcement?.local;
      if (date === undefined) return senseless(`This device has no date that could be put off (${decision?.reason ?? 'not decided yet'}).`);
      const day = date.slice(0, 10);
      const problem = dayProblem(until, moment);
      if (problem === undefined && until <= day)
        return wrongDay(`until is "${until}"; expected a day after ${day}, on which its date is now.`);
      return problem ?? { overrides: { ...overrides, moreTime: { ...word, until } }, text: `Given more time: no date before ${until}` };
    }
  }
}

const ENDED = { paused: 'its pause has ended', exempt: 'its exemption has ended', 'more-time': 'it is given no more time' } as const;

function dayProblem(until: string, { now, today }: Moment): Refused | undefined {
  const last = utcDateOf(now + UNTIL_DAYS_MAX * DAY_MS);
  if (isUtcDate(until) && until >= today && until <= last) return undefined;
  return wrongDay(`until is "${until}"; expected a day such as ${last.slice(0, 4)}-01-31, from ${today} to ${last}.`);
}

function wrongDay(message: string): Refused {
  return { ok: false, because: 'wrong-day', message: `${message} Nothing was changed.` };
}

function senseless(message: string): Refused {
  return { ok: false, because: 'makes-no-sense', message: `${message} Nothing was changed.` };
}

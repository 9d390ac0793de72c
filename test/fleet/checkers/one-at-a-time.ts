import type { WorldEvent } from '../../../src/sim/world.types.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';
import { createTold } from './told.ts';
import { createUnderWay, isInstallAction } from './under-way.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** What came while a call of the host was under way could not stop it any more. */
const CALL_MS = 5_000;
/** For so long an answer to OSUpdateStatus tells what a device is doing. */
const FRESH_MS = 30 * MINUTE;
const UNDER_WAY: ReadonlySet<string> = new Set(['Downloading', 'Installing']);

/**
 * Promise 3: at most one update command is under way; no install is commanded while one was known to go on, nor after
 * another without the device having told what it made of that; and no second command starts what was set for the night.
 */
export const oneAtATime: CheckerKind = { promise: 3, title: 'one update command at a time', file: 'one-at-a-time.ts', create };

/** Macs go on telling of a night that has passed and brought nothing. */
function isToCome(word: string, sentAt: number): boolean {
  const [what, at = ''] = word.split(' ');
  return what === 'Scheduled' && Date.parse(at) > sentAt - DAY;
}

function create({ fleet, violate }: Watched): Checker {
  const underWay = createUnderWay(fleet);
  const told = createTold();
  /** Of each ScheduleOSUpdate: whether what the device does was known, and was nothing, when it was sent. */
  const knewOf = new Map<string, 'nothing' | 'something under way' | 'nothing fresh'>();

  function knownOf(device: string, at: number): 'nothing' | 'something under way' | 'nothing fresh' {
    if ([at - CALL_MS, at].every((by) => wasUnderWay(device, at, by))) return 'something under way';
    return told.hasStatusSince(device, at - FRESH_MS - CALL_MS, false) ? 'nothing' : 'nothing fresh';
  }

  function wasUnderWay(device: string, at: number, by: number): boolean {
    const last = told.progress(device, by);
    if (last === undefined || last.sentAt <= at - DAY || told.hasNewVersionSince(device, last.sentAt)) return false;
    return last.words.some((word) => UNDER_WAY.has(word) || isToCome(word, last.sentAt));
  }

  function onSchedule({ device, at, commandUuid, action = '' }: WorldEvent & { kind: 'enqueue' }): void {
    const sent = underWay.sent(device, 'ScheduleOSUpdate').filter((each) => each.commandUuid !== commandUuid);
    for (const other of underWay.of(device, 'ScheduleOSUpdate', at))
      if (other.commandUuid !== commandUuid) violate(device, `got ${commandUuid} while ${other.commandUuid} may still be on its way`);
    knewOf.set(commandUuid, knownOf(device, at));
    if (!isInstallAction(action)) return;
    if (knewOf.get(commandUuid) === 'something under way')
      violate(device, `got ${action} and had told ${told.progress(device, at)?.words.join(', ')}`);
    const before = sent.filter((each) => each.isInstall).at(-1);
    const hasBegunAnew = before?.isOver === true && before.answeredAt === undefined;
    if (before === undefined || hasBegunAnew) return;
    const since = before.answeredAt ?? before.at;
    if (!told.hasStatusSince(device, since, true) && !told.hasNewVersionSince(device, since))
      violate(device, `got ${action} again and has not told what it made of ${before.commandUuid}`);
  }

  return {
    onEvent(event) {
      if (event.kind === 'enqueue' && event.requestType === 'ScheduleOSUpdate' && event.result !== 'exists') onSchedule(event);
      if (event.kind === 'legacy' && event.what === 'restarted early') {
        const knew = knewOf.get(event.commandUuid);
        if (knew !== 'nothing') violate(event.device, `restarted early by ${event.commandUuid}; known of it was ${knew}`);
      }
      underWay.note(event);
      told.note(event);
    },
  };
}

import type { AlertEpisode } from '../../store/store.ts';
import { daysAfter, type Instant, instantOf, localOf } from '../../time/local.ts';
import { toldAlert } from './episodes.ts';
import type { AlertMessage } from './message.ts';
import type { AlertTarget, DigestTime } from './target.types.ts';

/** What is told once a day. Pure. */

/** In the message; the text of a chat lists fewer. */
const LISTED_MAX = 100;

/** The day whose digest is due, if one is: `last` is the day of the last one. Each local day has one, whatever its clocks do. */
export function digestDue(last: string, { at, timeZone }: DigestTime, now: Instant): string | undefined {
  const today = localOf(now, timeZone).slice(0, 10);
  const isTime = now >= instantOf(`${today}T${at}:00`, timeZone);
  const day = isTime ? today : dayAfter(today, -1);
  return day > last ? day : undefined;
}

/** The day that counts as told where nothing is remembered: the first digest comes with its next time. */
export function digestDayAtStart(digest: DigestTime, now: Instant): string {
  return digestDue('', digest, now) as string;
}

/** `last`, unless a clock that was far ahead wrote it: then no digest would come for years. */
export function digestDayToGoOn(last: string, digest: DigestTime, now: Instant): string {
  const latest = digestDayAtStart(digest, now);
  return last > dayAfter(latest, 1) ? latest : last;
}

/** When the digest after that of `last` is due. */
export function nextDigestAt(last: string, { at, timeZone }: DigestTime): Instant {
  return instantOf(`${dayAfter(last, 1)}T${at}:00`, timeZone);
}

function dayAfter(day: string, days: number): string {
  return daysAfter(`${day}T00:00:00`, days, '00:00').slice(0, 10);
}

/** Undefined where there is nothing to tell this target. */
export function digestFor(
  target: Pick<AlertTarget, 'kinds'>,
  episodes: readonly AlertEpisode[],
  { id, at, day }: { id: string; at: Instant; day: string },
): AlertMessage | undefined {
  const told = episodes.map((episode) => ({ episode, alert: toldAlert(episode) })).filter(({ alert }) => isWanted(target, alert.kind));
  // What is cleared and not yet over for good may come back: it is told of when it is settled.
  const raised = told.filter(({ episode }) => episode.clearedAt === undefined).map(({ alert }) => alert);
  const over = told.filter(({ episode }) => episode.isOver).map(({ alert }) => alert);
  if (raised.length + over.length === 0) return undefined;
  const listed = { raised: raised.slice(0, LISTED_MAX), over: over.slice(0, LISTED_MAX) };
  const more = raised.length + over.length - listed.raised.length - listed.over.length;
  return { schema: 'ratchet.alert/1', id, at, event: 'digest', day, ...listed, more };
}

export function isWanted({ kinds }: Pick<AlertTarget, 'kinds'>, kind: string): boolean {
  return kinds === undefined || (kinds as readonly string[]).includes(kind);
}

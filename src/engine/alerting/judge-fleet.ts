import type { Severities, SofaPlatform, ToldRelease } from '../../releases/severity.types.ts';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../../time/local.ts';
import { utcDateOf } from '../../time/utc-date.ts';

/** What of the fleet as a whole is worth an alert. Pure. */

/** Who has talked to us since this process began. */
export interface Contacts {
  startedAt: Instant;
  /** The last webhook. */
  webhookAt?: Instant;
  /** The first and the last request of devices on the -dm listener that no webhook went with. */
  aloneSince?: Instant;
  aloneAt?: Instant;
}

/** The webhook of a request may come a moment before it or after it. */
const TOGETHER_MS = 5 * MINUTE_MS;
/** A server that posts each request of a device by the webhook, too, and does not for so long, posts nothing. */
const ALONE_MS = HOUR_MS;
/** One webhook may be lost: devices must have come a second time. */
const ALONE_APART_MS = 10 * MINUTE_MS;
/** Silence of a fleet in which so many devices were seen within a week. A fleet of four may be off for its holidays. */
const SILENCES = [
  { devices: 50, ms: DAY_MS },
  { devices: 5, ms: 3 * DAY_MS },
] as const;
/** More than these need not be counted. */
export const ACTIVE_DEVICES_COUNTED = SILENCES[0].devices;
export const ACTIVE_WITHIN_MS = 7 * DAY_MS;

export function heardWebhook({ startedAt }: Contacts, now: Instant): Contacts {
  return { startedAt, webhookAt: now };
}

export function heardDdm(contacts: Contacts, now: Instant): Contacts {
  const { webhookAt, aloneSince } = contacts;
  if (aloneSince !== undefined) return { ...contacts, aloneAt: now };
  if (webhookAt !== undefined && now - webhookAt < TOGETHER_MS) return contacts;
  return { ...contacts, aloneSince: now, aloneAt: now };
}

export interface Silence {
  /** Since when nothing was heard, as far as this process knows. */
  since: Instant;
  sentence: string;
}

/** `postsDdm`: the server posts each request of a device by the webhook, too. `active`: devices seen within a week. */
export function silenceOf(contacts: Contacts, postsDdm: boolean, active: number, now: Instant): Silence | undefined {
  const { startedAt, webhookAt, aloneSince, aloneAt } = contacts;
  const since = webhookAt ?? startedAt;
  if (postsDdm && aloneSince !== undefined && aloneAt !== undefined) {
    if (now - aloneSince >= ALONE_MS && aloneAt - aloneSince >= ALONE_APART_MS)
      return {
        since,
        sentence: 'Devices ask for their declarations and no event comes by the webhook: the MDM server does not post to it.',
      };
  }
  const silence = SILENCES.find(({ devices }) => active >= devices);
  if (silence === undefined || now - since < silence.ms) return undefined;
  const many = active >= ACTIVE_DEVICES_COUNTED ? `${active} devices or more` : `${active} devices`;
  return {
    since,
    sentence: `No event has come by the webhook for ${Math.floor((now - since) / HOUR_MS)} hours, though ${many} were seen within the last week.`,
  };
}

/** So long a release counts as new. */
const NEWS_MS = 14 * DAY_MS;

export interface ExploitedNews {
  platform: SofaPlatform;
  /** Newest first, at least one. */
  versions: string[];
  /** CVEs known to be exploited, in the release that fixes the most. */
  exploited: number;
}

/** Releases that fix something exploited and are new, or are known to fix it since a short while; the platforms in order. */
export function exploitedNews(severities: Severities | undefined, now: Instant): ExploitedNews[] {
  return (severities?.platforms ?? []).flatMap(({ platform, releases }): ExploitedNews[] => {
    const fresh = releases.filter((release) => release.exploited > 0 && isNews(release, now));
    if (fresh.length === 0) return [];
    return [{ platform, versions: fresh.map(({ version }) => version), exploited: Math.max(...fresh.map((release) => release.exploited)) }];
  });
}

/** With the first answer of a feed all releases of years are told at once: then only their own dates say which are new. */
function isNews({ releaseDate, firstToldAt, severeSince, isTold }: ToldRelease, now: Instant): boolean {
  if (!isTold) return false;
  const isLaterKnown = severeSince > firstToldAt && now - severeSince < NEWS_MS;
  return isLaterKnown || (releaseDate !== undefined && releaseDate >= utcDateOf(now - NEWS_MS));
}

/** "1 device", "3 devices" */
export function devicesText(count: number): string {
  return count === 1 ? '1 device' : `${count} devices`;
}

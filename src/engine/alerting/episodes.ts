import type { Alert, AlertEpisode } from '../../store/store.ts';
import { type Instant, MINUTE_MS } from '../../time/local.ts';
import { ALERT_KINDS, type AlertKindSpec, kindOf } from './kinds.ts';
import type { AlertMessage, ToldAlert } from './message.ts';

/** What is told of alerts, and when. Pure: `ids` gives a new one with each call. */

/** An alert that comes back within this is the same one: it is told once when it begins and once when it is over for so long. */
export const OVER_AFTER_MS = 15 * MINUTE_MS;
/** Ended episodes that wait for the digest; beyond, the oldest goes. */
const OVER_KEPT_MAX = 500;

export interface Followed {
  /** All of them, as they are now. */
  episodes: AlertEpisode[];
  changed: AlertEpisode[];
  forgotten: string[];
  /** What is to be told at once. */
  messages: AlertMessage[];
  /** When time alone changes something. */
  nextAt?: Instant;
}

/** `raised`: the alerts as they are stored now. */
export function followAlerts(raised: readonly Alert[], before: readonly AlertEpisode[], now: Instant, ids: () => string): Followed {
  const alerts = new Map(raised.map((alert) => [alert.key, alert]));
  const episodes: AlertEpisode[] = [];
  const changed: AlertEpisode[] = [];
  const messages: AlertMessage[] = [];
  const keep = (episode: AlertEpisode, was?: AlertEpisode): void => {
    episodes.push(episode);
    if (episode !== was) changed.push(episode);
  };
  const begin = ({ key, at, sentence, detail }: Alert): void => {
    const episode: AlertEpisode = { id: ids(), key, since: at, sentence, detail };
    keep(episode);
    messages.push(...toldAtOnce(episode, { id: episode.id, event: 'raised', at: now }));
  };

  for (const episode of before) {
    const alert = alerts.get(episode.key);
    if (episode.isOver) keep(episode, episode);
    else if (alert !== undefined) {
      alerts.delete(episode.key);
      if (isAnew(episode, alert)) {
        // It is about something else now: what it was about is over without a word.
        keep({ ...episode, clearedAt: alert.at, isOver: true });
        begin(alert);
      } else keep(goneOn(episode, alert), episode);
    } else if (episode.clearedAt === undefined) keep({ ...episode, clearedAt: now });
    else if (now - episode.clearedAt < OVER_AFTER_MS) keep(episode, episode);
    else {
      const over: AlertEpisode = { ...episode, isOver: true };
      keep(over);
      messages.push(...toldAtOnce(over, { id: ids(), event: 'resolved', at: now }));
    }
  }
  for (const alert of alerts.values()) begin(alert);

  const over = episodes.filter(({ isOver }) => isOver);
  const forgotten = over.slice(0, Math.max(0, over.length - OVER_KEPT_MAX)).map(({ id }) => id);
  const ends = episodes.flatMap(({ clearedAt, isOver }) => (clearedAt === undefined || isOver ? [] : [clearedAt + OVER_AFTER_MS]));
  return {
    episodes: episodes.filter(({ id }) => !forgotten.includes(id)),
    changed: changed.filter(({ id }) => !forgotten.includes(id)),
    forgotten,
    messages,
    ...(ends.length === 0 ? {} : { nextAt: Math.min(...ends) }),
  };
}

function isAnew({ key, detail }: AlertEpisode, alert: Alert): boolean {
  const kind = kindOf(key);
  const { anewBy }: AlertKindSpec = kind === undefined ? UNKNOWN : ALERT_KINDS[kind];
  return anewBy !== undefined && detail[anewBy] !== alert.detail[anewBy];
}

/** Still raised, or again. */
function goneOn(episode: AlertEpisode, { sentence, detail }: Alert): AlertEpisode {
  const isSame = episode.sentence === sentence && JSON.stringify(episode.detail) === JSON.stringify(detail);
  if (isSame && episode.clearedAt === undefined) return episode;
  const { clearedAt: _gone, ...rest } = episode;
  return { ...rest, sentence, detail };
}

const UNKNOWN: AlertKindSpec = {
  title: 'An alert of another version',
  sentence: '',
  remedy: 'See the documentation of the version that raised it.',
  urgency: 'digest',
};

function toldAtOnce(episode: AlertEpisode, head: { id: string; event: 'raised' | 'resolved'; at: Instant }): AlertMessage[] {
  const alert = toldAlert(episode);
  return alert.urgency === 'immediate' ? [{ schema: 'ratchet.alert/1', ...head, alert }] : [];
}

/** With what the table of kinds says of it. */
export function toldAlert({ key, since, sentence, detail, clearedAt }: Omit<AlertEpisode, 'id'>): ToldAlert {
  const kind = kindOf(key);
  const { title, remedy, urgency }: AlertKindSpec = kind === undefined ? UNKNOWN : ALERT_KINDS[kind];
  return {
    key,
    kind: kind ?? (key.split(' ', 1)[0] as string),
    title,
    sentence,
    remedy,
    urgency: urgency === 'immediate' ? 'immediate' : 'digest',
    since,
    ...(clearedAt === undefined ? {} : { until: clearedAt }),
    detail,
  };
}

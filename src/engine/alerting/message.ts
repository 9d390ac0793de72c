import { z } from 'zod';
import { rfc3339 } from '../../time/rfc3339.ts';

/** What targets are sent: as JSON to a webhook, as text to what Slack and its likes take. */

const instant = z.int().describe('Milliseconds since 1970.');

export const ToldAlert = z.object({
  key: z.string().describe('The kind and, behind a blank, what it is about. One alert of a key is raised at a time.'),
  kind: z.string().describe('One of those in the documentation; later versions may have more.'),
  title: z.string(),
  sentence: z.string().describe('What it says, with its numbers and names.'),
  remedy: z.string().describe('What a person does about it; commands in backticks.'),
  urgency: z.enum(['immediate', 'digest']),
  since: instant,
  until: instant.optional().describe('It is not raised any more since then.'),
  detail: z.record(z.string(), z.unknown()).describe('Differs by kind.'),
});
export type ToldAlert = z.infer<typeof ToldAlert>;

const head = {
  schema: z.literal('ratchet.alert/1'),
  id: z.string().describe('Of the message: the same when it is sent again. Whoever has it already leaves it.'),
  at: instant,
};

export const AlertMessage = z
  .discriminatedUnion('event', [
    z.object({ ...head, event: z.literal('raised'), alert: ToldAlert }).describe('An alert was raised.'),
    z.object({ ...head, event: z.literal('resolved'), alert: ToldAlert }).describe('It is over, and was for a quarter of an hour.'),
    z
      .object({
        ...head,
        event: z.literal('digest'),
        day: z.string().describe('yyyy-mm-dd, in the zone of the settings.'),
        raised: z.array(ToldAlert).describe('All that are raised now.'),
        over: z.array(ToldAlert).describe('Those that ended since the last digest.'),
        more: z.int().describe('How many of these are left out.'),
      })
      .describe('Once a day, when there is something to tell.'),
    z
      .object({ ...head, event: z.literal('dropped'), count: z.int() })
      .describe('So many older messages were given up because too many waited, or for too long.'),
    z.object({ ...head, event: z.literal('test'), by: z.string() }).describe('Somebody tries whether it arrives.'),
  ])
  .describe('A message to a webhook of `alerts:`.');
export type AlertMessage = z.infer<typeof AlertMessage>;

/** A time beside each list of a digest stays readable in a chat. */
const LISTED_IN_TEXT_MAX = 20;

/** In a few plain lines; the first is a heading. */
export function messageText(message: AlertMessage): string[] {
  switch (message.event) {
    case 'raised': {
      const { title, sentence, remedy } = message.alert;
      const said = wordsIn(message.alert);
      return [title, sentence, ...(said === undefined ? [] : [`It says: ${said}`]), `What to do: ${remedy}`];
    }
    case 'resolved': {
      const { title, sentence, since, until } = message.alert;
      return [`Over: ${title}.`, `It was: ${sentence} From ${timeText(since)} to ${timeText(until ?? message.at)}.`];
    }
    case 'digest':
      return digestText(message);
    case 'dropped':
      return [
        `${message.count} older ${message.count === 1 ? 'message was' : 'messages were'} dropped: this target did not take them in time. ratchet alerts lists what is raised now.`,
      ];
    case 'test':
      return [`A test of Ratchet’s alerts, sent by ${message.by}. Nothing is wrong.`];
  }
}

/** The words that an alert goes back to: an error of the MDM server, the reason of a hold, the first problem of a file. */
export function wordsIn({ detail }: Pick<ToldAlert, 'detail'>): string | undefined {
  const { message, because, problems } = detail;
  const [first] = Array.isArray(problems) ? problems : [];
  const words = [message, because, first].find((text): text is string => typeof text === 'string' && text !== '');
  return words === undefined || words.length <= WORDS_MAX ? words : `${words.slice(0, WORDS_MAX)}…`;
}

const WORDS_MAX = 500;

function digestText({ day, raised, over, more }: AlertMessage & { event: 'digest' }): string[] {
  const listed = (alerts: readonly ToldAlert[], line: (alert: ToldAlert) => string): string[] => {
    const left = alerts.length - LISTED_IN_TEXT_MAX;
    return [...alerts.slice(0, LISTED_IN_TEXT_MAX).map(line), ...(left > 0 ? [`• and ${left} more`] : [])];
  };
  const now = `${raised.length === 1 ? '1 alert is' : `${raised.length === 0 ? 'no' : raised.length} alerts are`} raised`;
  return [
    `Ratchet on ${day}: ${now}${over.length === 0 ? '' : `, ${over.length} ended since the last digest`}.`,
    ...listed(raised, ({ title, sentence, since }) => `• ${title}, since ${timeText(since)}: ${sentence}`),
    ...listed(over, ({ title, since, until }) => `• Over: ${title}, ${timeText(since)} to ${timeText(until ?? since)}`),
    ...(more > 0 ? [`${more} more: ratchet alerts has them all.`] : []),
  ];
}

/** "2026-11-20 12:00Z" */
function timeText(at: number): string {
  return `${rfc3339(at).slice(0, 16).replace('T', ' ')}Z`;
}

/** The first line bold; whatever of it came from a device or a feed is nothing but text there. */
export function slackText(message: AlertMessage): string {
  const [first = '', ...rest] = messageText(message).map(escapeSlack);
  return [`*${first.replaceAll('*', '')}*`, ...rest].join('\n');
}

/** Slack reads `<`, `>` and `&`; Mattermost also takes a bare @channel for a call of everybody. */
function escapeSlack(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '@\u200b');
}

import { ImportAnswer } from '../engine/answers.ts';
import type { NamedFrom } from '../engine/operate/name-enrollments.ts';
import type { NamedEnrollment } from '../enrollment/named.ts';
import type { ApiClient } from './api-client.ts';
import type { ApiFailure } from './read-source.types.ts';
import { counted, printable } from './text.ts';

/** Enrollments of one call: a server that is busy answers it well within the time-out. */
export const CHUNK = 500;
const MALFORMED_SHOWN_MAX = 20;

export interface ImportFlags extends Record<string, unknown> {
  nanomdm?: string | boolean;
  ledger?: string;
  acceptSooner?: boolean;
  dryRun?: boolean;
  by?: string;
  note?: string;
  json?: boolean;
}

/** Sends enrollments to the running server, some at a time, and sums up what it says. */
export interface Sender {
  /** Undefined: all that was given so far is sent or waits for more. */
  add(named: readonly NamedEnrollment[]): Promise<ApiFailure | undefined>;
  /** Sends the rest. */
  finish(): Promise<ApiFailure | undefined>;
  sum: { new: number; changed: number; known: number };
  sent(): number;
}

export function createSender(
  client: ApiClient,
  { by, note, dryRun }: ImportFlags,
  from: NamedFrom,
  progress: (sent: number) => void,
): Sender {
  const sum = { new: 0, changed: 0, known: 0 };
  let waiting: NamedEnrollment[] = [];
  let sent = 0;

  async function send(): Promise<ApiFailure | undefined> {
    const enrollments = waiting.slice(0, CHUNK);
    const body = { enrollments, ...(from === 'list' ? {} : { from }), ...(dryRun ? { dryRun } : {}), by, note };
    const answer = await client.post('enrollments', body, ImportAnswer);
    if (!answer.ok) return answer;
    waiting = waiting.slice(CHUNK);
    sent += enrollments.length;
    sum.new += answer.value.new;
    sum.changed += answer.value.changed ?? 0;
    sum.known += answer.value.known;
    progress(sent);
    return undefined;
  }

  return {
    sum,
    sent: () => sent,
    async add(named) {
      waiting.push(...named);
      while (waiting.length >= CHUNK) {
        const failure = await send();
        if (failure) return failure;
      }
      return undefined;
    },
    finish: async () => (waiting.length === 0 ? undefined : send()),
  };
}

/** What stands on stdout for people. */
export function importText(answer: ImportAnswer): string {
  const { new: added, changed = 0, known, disabled = 0, userChannels = 0, duplicates = 0, malformed = [], dryRun = false } = answer;
  const parts = [`${added} new`, ...(changed > 0 ? [`${changed} changed`] : []), `${known} known already`];
  if (disabled > 0) parts.push(`${disabled} of them not enrolled any more`);
  if (duplicates > 0) parts.push(`${duplicates} more than once`);
  if (userChannels > 0) parts.push(`${counted(userChannels, 'user channel')} left out (their devices count)`);
  if (malformed.length > 0) parts.push(`${malformed.length} malformed`);
  return `${dryRun ? 'Dry run, nothing was written: ' : ''}${parts.join(', ')}.\n`;
}

/** What could not be used, a line each, for stderr. `isRefused`: no object names the rest. */
export function malformedText(malformed: readonly { at: string; reason: string }[], isRefused = false): string[] {
  const lines = malformed.slice(0, MALFORMED_SHOWN_MAX).map(({ at, reason }) => printable(`skipped ${at}: ${reason}`));
  const more = malformed.length - lines.length;
  return more > 0 ? [...lines, `… and ${more} more${isRefused ? '' : '; --json names them all'}`] : lines;
}

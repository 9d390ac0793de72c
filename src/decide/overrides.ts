import type { Instant, LocalDateTime } from '../time/local.ts';
import { momentsOf } from './device-clock.ts';
import type { DecideInput } from './input.ts';
import type { Situation } from './situation.types.ts';

/** yyyy-mm-dd on the device's own clock. */
export type LocalDate = string;

/** Who ordered it, when, and why. */
export interface OrderedBy {
  by: string;
  at: Instant;
  note?: string;
}

/**
 * What a person ordered for one device, each until it is over or taken back. It outlives an enrollment: it is about the
 * device, not about how it is managed. Nothing of it makes a date come sooner.
 */
export interface Overrides {
  /** Nothing new; what it holds stays. */
  paused?: OrderedBy | undefined;
  /** No update to the end of that day; what has not started is taken back. */
  exempt?: (OrderedBy & { until: LocalDate }) | undefined;
  /** No date of it lies before that day. */
  moreTime?: (OrderedBy & { until: LocalDate }) | undefined;
  /** It is to be asked what it runs, once. */
  asked?: OrderedBy | undefined;
}

/** When an exemption is over wherever the device may be; undefined: there is none, or it is over. */
export function exemptUntil({ input, now, zone, zoneAssumed }: Situation): Instant | undefined {
  const { exempt } = input.overrides ?? {};
  if (exempt === undefined) return undefined;
  const endsAt = momentsOf(`${exempt.until}T23:59:59`, { zone, zoneAssumed }).latestAt;
  return now < endsAt ? endsAt : undefined;
}

/** The first moment of the day before which no date of the device may lie: device wall time. */
export function notBeforeOrdered({ input }: Pick<Situation, 'input'>): LocalDateTime | undefined {
  const { moreTime } = input.overrides ?? {};
  return moreTime && `${moreTime.until}T00:00:00`;
}

/** A date that a person put off since it was made. */
export function isSoonerThanOrdered(local: LocalDateTime, situation: Pick<Situation, 'input'>): boolean {
  const from = notBeforeOrdered(situation);
  return from !== undefined && local < from;
}

/** When a person last wanted it asked what it runs; 0: never. One that lies ahead of our clock would be asked for again and again. */
export function askedByPersonAt({ overrides, now }: DecideInput): Instant {
  const at = overrides?.asked?.at ?? 0;
  return at <= now ? at : 0;
}

/** As evidence: who, when and why. */
export function wordOf({ by, at, note }: OrderedBy): Record<string, unknown> {
  return { by, at, ...(note === undefined ? {} : { note }) };
}

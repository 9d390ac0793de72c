import type { Instant, LocalDateTime } from '../time/local.ts';
import { momentsOf } from './device-clock.ts';
import type { DecideInput } from './input.ts';
import type { OrderedBy } from './overrides.types.ts';
import type { Situation } from './situation.types.ts';

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

/** When that day has begun wherever the device may be; 0: no date was put off. */
export function orderedAt(situation: Pick<Situation, 'input' | 'zone' | 'zoneAssumed'>): Instant {
  const from = notBeforeOrdered(situation);
  return from === undefined ? 0 : momentsOf(from, situation).latestAt;
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

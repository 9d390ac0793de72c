import type { Instant } from '../time/local.ts';

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

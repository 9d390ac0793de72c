import type { Instant } from '../time/local.ts';

/**
 * One thing known of a device, with when and how it was observed. Facts merge so that the order and
 * number of deliveries don't matter: the greatest (observedAt, source rank, value) is kept, and facts
 * observed before the newest Authenticate are void whenever that becomes known.
 */
export interface Fact<T = unknown> {
  value: T;
  observedAt: Instant;
  source: FactSource;
}

export type FactSource =
  | 'device-list'
  | 'authenticate'
  | 'token-update'
  | 'device-information'
  | 'security-info'
  | 'bootstrap-token'
  | 'update-command'
  | 'status-report'
  | 'ddm-answer'
  | 'url';

/** Decides only between observations of the very same millisecond. */
const RANK: Record<FactSource, number> = {
  'device-list': -1,
  authenticate: 0,
  'token-update': 1,
  'bootstrap-token': 2,
  'security-info': 3,
  'device-information': 4,
  'update-command': 5,
  'ddm-answer': 6,
  'status-report': 7,
  url: 8,
};

/** The one of two facts that wins. Commutative, associative, idempotent. */
export function mergeFact<T>(held: Fact<T> | undefined, heard: Fact<T>): Fact<T> {
  if (held === undefined) return heard;
  if (held.observedAt !== heard.observedAt) return held.observedAt > heard.observedAt ? held : heard;
  if (held.source !== heard.source) return RANK[held.source] > RANK[heard.source] ? held : heard;
  if (held.value === heard.value) return held;
  return JSON.stringify(held.value) >= JSON.stringify(heard.value) ? held : heard;
}

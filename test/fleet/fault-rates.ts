import { type FeedFaults, NO_FEED_FAULTS } from '../../src/sim/feed.ts';
import type { WorldFaults } from '../../src/sim/world.types.ts';
import type { FleetOptions } from './harness.ts';

type NumberNames<T> = { [Name in keyof T]-?: T[Name] extends number ? Name : never }[keyof T] & string;

/** A fault by its name in `WorldFaults`, those of the feed as "feed.…", and the store's. */
export type FaultName = NumberNames<WorldFaults> | `feed.${keyof FeedFaults}` | 'storeErrorPerMille';

/** Rates in thousandths; what is not named does not happen. */
export type FaultRates = Partial<Record<FaultName, number>>;

/** How often each may happen at most, in thousandths. A new fault of the world is drawn from the line it gets here on. */
export const FAULT_RATES_MAX: Readonly<Record<FaultName, number>> = {
  webhookLostPerMille: 300,
  webhookDoubledPerMille: 200,
  webhookDelayedPerMille: 200,
  apiErrorPerMille: 200,
  apiTimeoutPerMille: 100,
  pushUnavailablePerMille: 300,
  pushLostPerMille: 300,
  notNowPerMille: 500,
  syncPausedPerMille: 200,
  'feed.emptyPerMille': 300,
  'feed.shrunkenPerMille': 300,
  'feed.olderPerMille': 300,
  'feed.outagePerMille': 300,
  'feed.wrongDatesPerMille': 300,
  'feed.reorderedPerMille': 300,
  'feed.unknownKeysPerMille': 300,
  'feed.oldNamesPerMille': 300,
  'feed.buildTwicePerMille': 300,
  pushLatePerMille: 200,
  statusDoubledPerMille: 200,
  queueLostPerMille: 30,
  hostDownPerMille: 20,
  pushOutagePerMille: 20,
  hostClockPerMille: 10,
  hostRestoredPerMille: 1_000,
  restoredOlderPerMille: 100,
  reEnrolledPerMille: 100,
  asleepPerMille: 100,
  shortagePerMille: 150,
  stubbornPerMille: 150,
  wrongVersionPerMille: 100,
  deviceClockPerMille: 100,
  storeErrorPerMille: 50,
};

export const FAULT_NAMES = Object.keys(FAULT_RATES_MAX) as [FaultName, ...FaultName[]];

/** The rates as a fleet takes them. */
export function fleetFaultsOf(rates: FaultRates): Required<Pick<FleetOptions, 'faults' | 'storeErrorPerMille'>> {
  const world: Record<string, number> = {};
  const feed: FeedFaults = { ...NO_FEED_FAULTS };
  let storeErrorPerMille = 0;
  for (const [name, rate] of Object.entries(rates)) {
    if (name === 'storeErrorPerMille') storeErrorPerMille = rate;
    else if (name.startsWith('feed.')) feed[name.slice('feed.'.length) as keyof FeedFaults] = rate;
    else world[name] = rate;
  }
  return { faults: { ...world, feed } as Partial<WorldFaults>, storeErrorPerMille };
}

import { NO_FEED_FAULTS } from './feed.ts';
import type { WorldFaults } from './world.types.ts';

/** A world in which nothing goes wrong by accident. */
export const NO_FAULTS: WorldFaults = {
  notNowPerMille: 0,
  syncPausedPerMille: 0,
  statusDoubledPerMille: 0,
  webhookLostPerMille: 0,
  webhookDoubledPerMille: 0,
  webhookDelayedPerMille: 0,
  apiErrorPerMille: 0,
  apiTimeoutPerMille: 0,
  pushUnavailablePerMille: 0,
  pushLostPerMille: 0,
  pushLatePerMille: 0,
  queueLostPerMille: 0,
  hostRestoredPerMille: 0,
  hostDownPerMille: 0,
  pushOutagePerMille: 0,
  hostClockPerMille: 0,
  restoredOlderPerMille: 0,
  reEnrolledPerMille: 0,
  asleepPerMille: 0,
  shortagePerMille: 0,
  stubbornPerMille: 0,
  wrongVersionPerMille: 0,
  deviceClockPerMille: 0,
  feed: NO_FEED_FAULTS,
};

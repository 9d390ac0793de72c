import type { RequestType, UpdateAsked } from '../delivery/outbox-entry.ts';
import type { Instant } from '../time/local.ts';

/** A command to put into the outbox, by type; the engine gives it its UUID and builds its plist. */
export interface CommandWant {
  requestType: RequestType;
  attempt: number;
  because: string;
  /** For DeviceInformation. */
  queries?: string[];
  /** For DeviceInformation: asked before it was known what the device is, so of what everything knows only. */
  isBlind?: boolean;
  /** For ScheduleOSUpdate. */
  update?: UpdateAsked;
  maxUserDeferrals?: number;
  priority?: 'Low' | 'High';
  /** Never to be enqueued from then on. */
  notAfter?: Instant;
}

export interface Wants {
  commands: CommandWant[];
  /** CommandUUIDs that wait to be sent and that nobody needs any more. */
  takeBack: string[];
  /** Push the device now. */
  push?: { because: string };
  /** When wants may change by time alone. */
  lookAgainAt: Instant[];
}

import type { Instant } from '../time/local.ts';

/** An update command that Ratchet did not send, by the device's answer to it. */
export interface ForeignCommand {
  commandUuid: string;
  /** When it was answered. */
  at: Instant;
  /** What the device said it does; "" when it did not say. */
  action: string;
  status: string;
}

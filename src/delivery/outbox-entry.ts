import type { MdmError } from '../mdm/messages.ts';
import type { Instant } from '../time/local.ts';

/**
 * One command on its way to one enrollment. This is *delivery*, which is ours; what the device makes of it
 * is *progress*, which it reports. "We sent it" never turns into "it is installing".
 *
 *   pending → leased → enqueued → answered | lost
 *      └→ superseded | expired      └→ refused
 */
export type DeliveryState = 'pending' | 'leased' | 'enqueued' | 'answered' | 'lost' | 'expired' | 'superseded' | 'refused';

/** Commands this version sends. ScheduleOSUpdate and its kin come with the commands for older systems. */
export type RequestType = 'DeviceInformation' | 'SecurityInfo' | 'DeclarativeManagement';

export interface OutboxEntry {
  /** Belongs to this one attempt; only an ambiguous enqueue is resent, with the same value. */
  commandUuid: string;
  enrollmentId: string;
  requestType: RequestType;
  /** The finished MDM command, XML plist; emptied when it ended. */
  plist: string;
  state: DeliveryState;
  createdAt: Instant;
  /** 1 for the first attempt of what is wanted, counted up while attempts fail. */
  attempt: number;
  /** Not to be sent before. */
  notBefore: Instant;
  /** When it may first have been sent. */
  leasedAt?: Instant;
  leaseUntil?: Instant;
  /** How often the enqueue was tried. */
  enqueueTries: number;
  /** A try ended without telling whether the host took it: it can't be taken back, and only the same UUID is resent. */
  maybeQueued?: boolean;
  /** The host confirmed that it has the command. */
  enqueuedAt?: Instant;
  endedAt?: Instant;
  /** Status of the device's answer: Acknowledged, Error, CommandFormatError or another string. */
  answer?: string;
  errorChain?: MdmError[];
  lastError?: string;
  notNowAt?: Instant;
  notNowCount: number;
  /** First and last Idle since the confirmed enqueue with no NotNow between them. */
  firstIdleAt?: Instant;
  lastIdleAt?: Instant;
  /** Counted up by every change: what a commit was based on. */
  revision: number;
}

export function isEnded(entry: OutboxEntry): boolean {
  return (
    entry.state === 'answered' ||
    entry.state === 'lost' ||
    entry.state === 'expired' ||
    entry.state === 'superseded' ||
    entry.state === 'refused'
  );
}

/** It may be in the host's queue, on the device, or on its way there. */
export function isOutstanding(entry: OutboxEntry): boolean {
  return !isEnded(entry);
}

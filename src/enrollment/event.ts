import type { ForeignUpdate } from '../ddm/foreign-update.ts';
import type { StatusReport } from '../ddm/status-report.types.ts';
import type { EnrollmentType, MdmMessage } from '../mdm/messages.ts';
import type { Instant } from '../time/local.ts';

/**
 * One thing heard of an enrollment, after decoding and redaction. Stored in the inbox as it is here;
 * the fold never sees XML. Any event may be lost, late, doubled or out of order.
 */
export interface EnrollmentEvent {
  /** When it happened as well as we can tell: see `createStampReader` in observed-at.ts. */
  observedAt: Instant;
  /** When we had it, by our clock. */
  receivedAt: Instant;
  /** Our clock was in doubt then: what it says of both moments is nothing to go by. */
  isClockDoubted?: true;
  /** The host's id of the event, for the log. */
  eventId?: string;
  /** Tags in the query of the URL the device talks to. */
  urlTags?: string[];
  body: EventBody;
}

export type EventBody =
  /** A check-in or command report of the device channel. `DeclarativeManagement` keeps its endpoint only. */
  | { kind: 'message'; message: MdmMessage; tokenUpdateTally?: number }
  /** A DDM status report, from our own -dm listener or from the webhook's copy. */
  | { kind: 'status-report'; report: StatusReport }
  /** Our -dm listener answered the device 200. */
  | { kind: 'ddm-answer'; endpoint: 'tokens' | 'declaration-items'; token: string }
  | { kind: 'ddm-answer'; endpoint: 'declaration'; identifier: string }
  /** Our -dm listener was asked: a sign of life the next decision must know of. */
  | { kind: 'ddm-contact' }
  /** Our -dm listener answered 500 because handing this body out would break a promise. */
  | { kind: 'ddm-refused'; identifier: string }
  /** Our -dm listener was asked by an enrollment we have not sent a DeclarativeManagement command. */
  | { kind: 'ddm-uninvited'; endpoint: string }
  /** It was answered another server's declaration about software updates. `server`: what people call that one. */
  | { kind: 'foreign-update'; update: ForeignUpdate; server: string }
  /** A user channel of this device talked: a sign of life and nothing else. */
  | { kind: 'user-channel' }
  /** A person's list or the server's records name it: nothing was heard of it, so this is no sign of life. */
  | { kind: 'named'; serialNumber?: string; records?: ServerRecords }
  /** The push service says the device is gone (410 Unregistered). */
  | { kind: 'push-gone' };

/** The enrollment an event belongs to: user channels are folded into their device. */
export interface EventSubject {
  id: string;
  type: EnrollmentType;
}

/** What the MDM server has on record of an enrollment that it had before us. */
export interface ServerRecords {
  /** Of its Authenticate, whenever that was. */
  productName?: string;
  model?: string;
  modelName?: string;
  deviceName?: string;
  /** The version it enrolled with says nothing of the one it runs: it is shown, and no fact. */
  enrolledWith?: { osVersion: string; buildVersion?: string };
  enrolledAt?: Instant;
  /** A sign of life that the server saw. */
  lastSeenAt?: Instant;
  /** Not enrolled any more, at this time at the latest. */
  leftAt?: Instant;
  bootstrapToken?: 'escrowed';
}

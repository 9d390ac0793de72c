import type { EnrollmentRef, MdmMessage, UndecodableReason } from '../mdm/messages.ts';
import type { DecodePlist } from '../runtime.ts';

/**
 * The MDM server we stand beside. One folder per server; only main.ts and tests import an implementation.
 */
export interface Host {
  readonly name: string;
  readonly capabilities: HostCapabilities;
  /**
   * Queues one raw MDM command for one enrollment, without pushing where the host allows that.
   * Never rejects: everything that can happen is an answer (the truth table of the server's enqueue API).
   */
  enqueue(enrollmentId: string, commandUuid: string, plist: string, given?: EnqueueGiven): Promise<EnqueueAnswer>;
  /** Sends an APNs push to each id; at most `capabilities.pushIdsMax` ids. Never rejects. */
  push(enrollmentIds: readonly string[]): Promise<PushAnswer>;
  /** Asks the server who it is and whether our credential is good. Changes nothing. Never rejects. */
  probe(): Promise<HostProbe>;
}

/** What is known of a command before it is queued. Only servers that don't refuse duplicates need it. */
export interface EnqueueGiven {
  /** An earlier try with this CommandUUID ended ambiguously: it may be in the queue, or delivered already. */
  maybeQueued?: boolean;
}

/** What differs between servers, as data (src/hosts/capabilities.ts has the table). */
export interface HostCapabilities {
  /** Versions of the server that the adapter is written for, for people. */
  serverVersionRange: string;
  /** Ids one push call takes. */
  pushIdsMax: number;
  /** Enqueue can't leave the push out. */
  pushesOnEnqueue: boolean;
  /**
   * A CommandUUID used before: `refused`, so resending the same one is a safe probe; or taken again, which makes the
   * server lose one command and send another twice.
   */
  duplicates: 'refused' | 'corrupt-queue';
  /** The API tells what is queued for a device. */
  namesQueue: boolean;
  /** The API tells which devices there are. */
  listsDevices: boolean;
  /** The webhook can be signed (HMAC); otherwise only Basic shows who calls. */
  webhookSigned: boolean;
  /** The webhook counts the TokenUpdates since the last Authenticate. */
  webhookHasTally: boolean;
  /** The webhook carries DeclarativeManagement check-ins. */
  webhookCarriesDdm: boolean;
  /** Requests of -dm and our answers can be signed (HMAC); otherwise only Basic shows who asks. */
  ddmSigned: boolean;
  /** How -dm names a user channel: `with-device` "UDID:UserID" and its type; `bare` the UserID alone. */
  ddmUserChannelIds: 'with-device' | 'bare';
}

export type EnqueueAnswer =
  /** Accepted: in the queue (a failed push alone is still this). */
  | { kind: 'queued' }
  /** The server knows this CommandUUID: an earlier attempt was accepted. */
  | { kind: 'already-queued' }
  /** The server understood and will never take this command. */
  | { kind: 'refused'; message: string }
  /** Not queued, try the same UUID later (the server said so). */
  | { kind: 'retry'; message: string }
  /** No telling whether it was queued (timeout, reset): resend the same UUID only. */
  | { kind: 'ambiguous'; message: string }
  /** An earlier try may have reached the device, and nothing tells: never resend it. Only when `maybeQueued` was given. */
  | { kind: 'unknowable'; message: string }
  /** 401: our credential is wrong; nothing was queued. */
  | { kind: 'unauthorized'; message: string };

export interface PushAnswer {
  /** Per id: undefined when the push service took it. */
  errors: Map<string, PushError>;
}

export interface PushError {
  /** `gone`: 410 Unregistered, likely unenrolled or erased. `unknown-id`: the server has no push data. `later`: try again. `credential`: ours or Apple's certificate. */
  kind: 'gone' | 'unknown-id' | 'later' | 'credential';
  message: string;
}

export interface HostProbe {
  reachable: boolean;
  authorized?: boolean;
  version?: string;
  message?: string;
}

/** How calls of a server are read: beside the command API, the other half of an adapter. */
export interface HostWire {
  /** Opens a webhook body. Anything else than a call of this server is `ok: false` (answered 400, nothing stored). */
  readEnvelope(jsonText: string): { ok: true; value: WebhookEnvelope } | { ok: false; message: string };
  /** Decodes and reduces its payload. Never rejects. */
  decodeWebhook(envelope: WebhookEnvelope, decodePlist: DecodePlist): Promise<WebhookEvent>;
  /** How bodies are signed; undefined for a server that signs nothing. */
  readonly signature: BodySignature | undefined;
}

/** HMAC over a whole body, in a header. */
export interface BodySignature {
  /** Name of the header, lower case. */
  readonly header: string;
  /** Value of that header for a body. */
  sign(bytes: Uint8Array, key: string): string;
  /** In constant time, against any of the keys (rotation). */
  verify(header: string | undefined, bytes: Uint8Array, keys: readonly string[]): boolean;
}

/** One webhook call, opened but with its payload still to be decoded by the mdm room. */
export interface WebhookEnvelope {
  topic: string;
  /** When the server made the event, epoch ms; undefined when absent or unreadable. */
  createdAt?: number;
  /** The server's id of the event, when it has one (its HTTP trace id on NanoMDM 0.9+). */
  eventId?: string;
  /** `ids` as the server normalised them (NanoMDM 0.9+). */
  ids?: EnrollmentRef;
  udid?: string;
  /** EnrollmentID of the plist (User Enrollment). */
  enrollmentId?: string;
  tokenUpdateTally?: number;
  status?: string;
  commandUuid?: string;
  /** `tag` of the query of the URL the device talks to; "" where there is a query without one. */
  urlTag?: string;
  /** Raw body of the device's request, base64. */
  rawPayload: string;
}

/** A webhook after decoding and redaction: what is stored and folded. */
export type WebhookEvent =
  | {
      kind: 'event';
      topic: string;
      enrollment: EnrollmentRef;
      createdAt?: number;
      eventId?: string;
      tokenUpdateTally?: number;
      /** As in the envelope. */
      urlTag?: string;
      message: MdmMessage;
    }
  /** A topic we don't know: answered 200 and dropped. */
  | { kind: 'ignored'; topic: string }
  /** Put aside with its reason. */
  | { kind: 'undecodable'; topic: string; reason: UndecodableReason; detail: string };

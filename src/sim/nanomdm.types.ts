import type { UpdateAsked } from './legacy-asked.ts';
import type { NanoMdmStore } from './nanomdm-store.ts';
import type { PlistDict } from './plist.ts';
import type { Outgoing, WireRequest, WireResponse } from './wire.ts';

/** What Apple's push service says to one push. `unreachable`: the server can't reach Apple. */
export type PushOutcome = 'ok' | 'unregistered' | 'bad-device-token' | 'unavailable' | 'unreachable';

export interface NanoMdmOptions {
  now: () => number;
  /** Uniform in [0, 1). */
  random: () => number;
  /** Password of the API, user `nanomdm`; without it there is no API. */
  apiKey?: string;
  /** `head`: 0.9 and later. `0.8`: no ids, event_id "", no HMAC, status of -dm passed through. */
  dialect?: 'head' | '0.8';
  version?: string;
  webhookUrl?: string;
  webhookHmacKey?: string;
  /** -dm; ends in "/", or its last element is replaced, as in NanoMDM. */
  dmUrl?: string;
  dmSendHmacKey?: string;
  dmRecvHmacKey?: string;
  /** -cert-header; its value is taken as the certificate, whatever it says. */
  certHeader?: string;
  /** False: no push certificate was uploaded. */
  hasPushCertificate?: boolean;
  /** The key-value backend's defect: a result for an unknown UUID loses the queue. On by default, as in filekv and inmem. */
  losesQueueOnUnknownResult?: boolean;
  /** Webhook and -dm calls. */
  fetch: Outgoing;
  /** Called for each push to an enrollment with push data; the default is `ok`. */
  push?: (enrollmentId: string) => PushOutcome;
  observe?: (event: HostEvent) => void;
}

/** What a watcher of the server can see. */
export type HostEvent =
  /** With what a ScheduleOSUpdate asks for. */
  | ({ kind: 'enqueue'; id: string; commandUuid: string; requestType: string; result: 'queued' | 'exists' } & Partial<UpdateAsked>)
  | { kind: 'push'; id: string; outcome: PushOutcome | 'unknown-id' }
  | { kind: 'deliver'; id: string; commandUuid: string; requestType: string; raw: Uint8Array }
  /** `status` 0: no answer; `sentAt` is its created_at, cut to the millisecond. */
  | { kind: 'webhook'; id: string; topic: string; eventId: string; status: number; sentAt: number; message: PlistDict }
  | { kind: 'dm'; id: string; method: string; endpoint: string; status: number; body: Uint8Array; request: Uint8Array };

export interface SimNanoMdm {
  /** One request of a device or an API client. */
  handle(request: WireRequest): Promise<WireResponse>;
  /** Puts an enrollment there as if it had enrolled before anybody listened (no webhook). */
  restore(enrollment: { id: string; type: 'Device' | 'User Enrollment (Device)'; certificate: string; bootstrapToken?: Uint8Array }): void;
  /** Overrides the push outcome of one enrollment; undefined takes it back. */
  setPushOutcome(id: string, outcome: PushOutcome | undefined): void;
  readonly store: NanoMdmStore;
  /** Settles when no webhook call is open. */
  quiet(): Promise<void>;
}

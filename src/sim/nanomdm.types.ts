import type { HostEvent, PushOutcome, SimHost } from './host.types.ts';
import type { NanoMdmStore } from './nanomdm-store.ts';
import type { Outgoing } from './wire.ts';

export interface NanoMdmOptions {
  now: () => number;
  /** What the server's own clock shows, epoch ms; the default is `now`. */
  clock?: () => number;
  /** Uniform in [0, 1). */
  random: () => number;
  /** Password of the API; without it there is no API. */
  apiKey?: string;
  /** Inside NanoHUB: its user and realm, and a webhook without event_id (nanohub/nanohub.go leaves WithEventID out). */
  isInsideHub?: boolean;
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
  /** What GET /v1/pushcert tells; absent: this version does not know that question yet (405). */
  pushCertificate?: 'none' | { topic: string; notAfter: number };
  /** The key-value backend's defect: a result for an unknown UUID loses the queue. On by default, as in filekv and inmem. */
  losesQueueOnUnknownResult?: boolean;
  /** Webhook and -dm calls. */
  fetch: Outgoing;
  /** Called for each push to an enrollment with push data; the default is `ok`. */
  push?: (enrollmentId: string) => PushOutcome;
  observe?: (event: HostEvent) => void;
}

/** A SimHost with all that it remembers open to tests. */
export interface SimNanoMdm extends SimHost {
  readonly store: NanoMdmStore;
}

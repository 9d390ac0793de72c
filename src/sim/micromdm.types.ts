import type { HostEvent, PushOutcome } from './host.types.ts';
import type { Outgoing } from './wire.ts';

export interface MicroMdmOptions {
  now: () => number;
  /** What the server's own clock shows, epoch ms; the default is `now`. */
  clock?: () => number;
  /** Uniform in [0, 1). */
  random: () => number;
  /** Password of the API, user `micromdm`; without it there is no API. */
  apiKey?: string;
  version?: string;
  /** -command-webhook-url; userinfo is sent as Basic. */
  webhookUrl?: string;
  /** -dm; ends in "/", or its last element is replaced. Userinfo is sent as Basic. */
  dmUrl?: string;
  /** False: no push certificate was uploaded. */
  hasPushCertificate?: boolean;
  /** DER of it in base64, which GET /v1/config/certificate tells; absent: none was uploaded. */
  pushCertificate?: string;
  /** Webhook and -dm calls. */
  fetch: Outgoing;
  /** Runs what the server does a moment after it has answered; the default is the end of the current turn. */
  later?: (run: () => void) => void;
  /** Called for each push to an enrollment with push data; the default is `ok`. */
  push?: (enrollmentId: string) => PushOutcome;
  observe?: (event: HostEvent) => void;
}

import type { UpdateAsked } from './legacy-asked.ts';
import type { PlistDict } from './plist.ts';
import type { WireRequest, WireResponse } from './wire.ts';

/** Which server a world has. */
export type ServerName = 'nanomdm' | 'nanohub' | 'micromdm';

/** What Apple's push service says to one push. `unreachable`: the server can't reach Apple. */
export type PushOutcome = 'ok' | 'unregistered' | 'bad-device-token' | 'unavailable' | 'unreachable';

/** What befalls a server, or what it has stored. */
export type HostAccident =
  | 'queue lost'
  | 'copied'
  | 'put back'
  | 'down'
  | 'up'
  | 'pushes fail'
  | 'pushes work'
  | 'clock wrong'
  | 'clock right';

/** What a watcher of the server can see. */
export type HostEvent =
  /** With what a ScheduleOSUpdate asks for. */
  | ({
      kind: 'enqueue';
      id: string;
      commandUuid: string;
      requestType: string;
      result: 'queued' | 'exists' | 'doubled';
    } & Partial<UpdateAsked>)
  | { kind: 'push'; id: string; outcome: PushOutcome | 'unknown-id' }
  | { kind: 'deliver'; id: string; commandUuid: string; requestType: string; raw: Uint8Array }
  /** `status` 0: no answer; `sentAt` is when it was sent, and its created_at unless the server's clock is wrong. */
  | {
      kind: 'webhook';
      id: string;
      topic: string;
      eventId: string;
      status: number;
      sentAt: number;
      createdAt?: number;
      message: PlistDict;
    }
  | { kind: 'dm'; id: string; method: string; endpoint: string; status: number; body: Uint8Array; request: Uint8Array };

/** A simulated MDM server, as the world and suites for real servers use it. */
export interface SimHost {
  /** One request of a device or an API client. */
  handle(request: WireRequest): Promise<WireResponse>;
  /** Puts an enrollment there as if it had enrolled before anybody listened (no webhook). */
  restore(enrollment: { id: string; type: 'Device' | 'User Enrollment (Device)'; certificate: string; bootstrapToken?: Uint8Array }): void;
  /** Overrides the push outcome of one enrollment; undefined takes it back. */
  setPushOutcome(id: string, outcome: PushOutcome | undefined): void;
  /** CommandUUIDs waiting for an enrollment, those delivered and not answered included. */
  queued(id: string): readonly string[];
  /** Whether it takes this certificate for that device's. */
  isTrusted(id: string, certificate: string): boolean;
  /** Whether it knows how to push that device: a copy of its store from before its enrollment does not. */
  canPush(id: string): boolean;
  /** Forgets what is queued for one enrollment, as a damaged store does. */
  loseQueue(id: string): void;
  /** Copies all it has stored; the returned function puts that back, once. */
  copyStore(): () => void;
  /** Settles when no webhook call is open. */
  quiet(): Promise<void>;
}

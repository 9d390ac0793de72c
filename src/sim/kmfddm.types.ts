import type { KmfddmStore } from './kmfddm-store.ts';
import type { WireRequest, WireResponse } from './wire.ts';

export interface SimKmfddmOptions {
  /** Chance: the order in which it lists. */
  shuffle<T>(items: T[]): T[];
  now(): number;
  /** Password of its API; absent: it has none. */
  apiKey?: string;
  /** Where its API is, `/v1` when it stands alone; inside NanoHUB `/api/v1/ddm`. */
  apiPrefix?: string;
  /** User of its API: `kmfddm`, inside NanoHUB `nanohub`. */
  apiUser?: string;
  /** Inside NanoHUB devices' requests come by another way than HTTP. */
  isInside?: boolean;
  /** It changed what these enrollments have, and was not told to keep quiet: a command and a push. An error is told inside NanoHUB alone. */
  notify?(enrollmentIds: string[]): string | undefined;
}

export interface SimKmfddm {
  readonly store: KmfddmStore;
  handle(request: WireRequest): WireResponse;
  /** A request of a device, by its `Endpoint`. */
  ofDevice(enrollmentId: string | undefined, method: string, endpoint: string, body: Uint8Array): WireResponse;
}

import type { DdmEndpoint } from '../ddm/endpoint.ts';

/** Header of every request to it: one that comes to our own listener with it was sent by a Ratchet, by this one most likely. */
export const ASKED_BY_RATCHET = 'X-Ratchet-Upstream';

/** A request of a device's declarative management, as the MDM server sends it on. */
export interface UpstreamRequest {
  endpoint: DdmEndpoint;
  /** X-Enrollment-ID. */
  enrollmentId: string;
  /** X-Enrollment-Type; absent below NanoMDM 0.9. */
  type?: string;
  /** X-Enrollment-ParentID, for user channels. */
  parentId?: string;
  /** Body of a status report; else empty. */
  body: Uint8Array;
}

export type UpstreamAnswer =
  | { kind: 'answer'; body: string }
  /** It answered something else than 200: 404 for a declaration that it does not have. */
  | { kind: 'refused'; status: number; message: string }
  /** Not reached, no answer in time, or one whose signature is wrong. */
  | { kind: 'down'; message: string };

/** The declarative-management server that we stand in front of (KMFDDM, or any other that an MDM server's `-dm` may name). */
export interface DdmUpstream {
  /** What people call it: its URL without credentials. */
  readonly name: string;
  /** Never rejects. */
  ask(request: UpstreamRequest): Promise<UpstreamAnswer>;
}

import type { ItemLists } from '../ddm/union.ts';
import type { Instant } from '../time/local.ts';

/** What was last heard of the declarative-management server that we stand in front of, device by device. */
export interface UpstreamStore {
  findUpstream(enrollmentId: string): Promise<UpstreamManifest | undefined>;
  saveUpstream(enrollmentId: string, manifest: UpstreamManifest): Promise<void>;
  /** Ids of others for which it listed something. */
  listUpstreamHolders(except: string, limit: number): Promise<string[]>;
}

export interface UpstreamManifest {
  /** What it listed for the device. */
  lists: ItemLists;
  /** When it last said so. */
  heardAt: Instant;
  /** Of the union that was last answered to the device, and since when it is that. */
  token: string;
  changedAt: Instant;
}

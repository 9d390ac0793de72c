import type { Placement } from '../decide/placement.ts';
import type { Instant } from '../time/local.ts';

/** What of ours is kept in a declaration server that answers devices in our place, device by device. */
export interface PlacementStore {
  findPlacement(enrollmentId: string): Promise<Placement | undefined>;
  /** In place of what was noted; notes the groups among its identifiers as ours. */
  savePlacement(enrollmentId: string, placement: Placement, groups: readonly string[]): Promise<void>;
  /** Enrollments whose committed manifest is not what is placed, without those that are to keep what they have; goes through all. */
  listUnplaced(): Promise<UnplacedRow[]>;
  /** Enrollments with a placement, after `afterId` in id order. */
  listPlaced(afterId: string, limit: number): Promise<PlacedRow[]>;
  countPlaced(): Promise<number>;
  /** Names of noted groups whose declarations are in no manifest and placed for nobody. */
  listUnusedGroups(limit: number): Promise<string[]>;
  forgetGroup(name: string): Promise<void>;
  /** It is about to be written: it is not there as it is to be. Whoever had it placed before that is to be told. */
  noteGroupWritten(name: string, at: Instant): Promise<void>;
  /** When a group was last written; undefined: nobody knows. */
  findGroupWritten(name: string): Promise<Instant | undefined>;
  /** The same of all. */
  listGroupsWritten(): Promise<Map<string, Instant>>;
  /** Nothing that was noted counts any more: all is placed anew. Groups stay noted. */
  voidPlacements(): Promise<void>;
}

export interface UnplacedRow {
  enrollmentId: string;
  /** A date that is placed is to be taken back, or another is to take its place. */
  isWithdrawal: boolean;
}

export interface PlacedRow {
  enrollmentId: string;
  placement: Placement;
}

import type { Placement } from '../decide/placement.ts';

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
  /**
   * It is about to be written: it is not there as it is to be. Whoever had it placed before that is to be told. Resolves to the
   * number of this write: writes of all groups are counted, since no clock can be trusted to tell what came first.
   */
  noteGroupWrite(name: string): Promise<number>;
  /** The number of the last write of any group; 0: there was none. */
  countGroupWrites(): Promise<number>;
  /** The number of the last write of each group that was written. */
  listGroupWrites(): Promise<Map<string, number>>;
  /** The same of one; 0: nobody knows of any. */
  findGroupWrite(name: string): Promise<number>;
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

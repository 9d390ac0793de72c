import type { SofaOptions } from '../../../src/sim/sofa-feed.ts';
import type { EditSpec, ExpediteSpec, StopSpec } from '../acts.ts';
import type { CheckerKind } from '../checkers/checker.types.ts';
import type { DeviceActSpec } from '../device-acts.ts';
import type { FleetParts, FleetPolicy } from '../harness.ts';
import type { NeighbourSpec } from '../neighbour.ts';

/**
 * A rule broken on purpose, from outside and only here: its checker must see it within 50 seeds. A checker that stays
 * silent with its rule broken checks nothing.
 */
export interface Control {
  checker: CheckerKind;
  /** What the broken app does, for the table. */
  title: string;
  breakRule(parts: FleetParts): void;
  /** Where the demo's seven days would hide it. */
  policy?: FleetPolicy;
  devices?: number;
  withdraws?: 'always';
  sofa?: SofaOptions;
  neighbour?: NeighbourSpec;
  isOnDisk?: boolean;
  /** A person says stop, and some time later resume. */
  stop?: StopSpec;
  /** A person skips a release. */
  skip?: StopSpec;
  /** A person expedites a release. */
  expedite?: ExpediteSpec;
  /** A person changes the policies. */
  edits?: readonly EditSpec[];
  /** A person acts on single devices. */
  deviceActs?: readonly DeviceActSpec[];
}

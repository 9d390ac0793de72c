import type { VersionText } from '../os/version.ts';
import type { Instant } from '../time/local.ts';
import type { GateOutcome } from './outcomes.ts';

/** One request at the gate, and what became of it. What the device said of itself is kept only where Apple's root vouches for it. */
export interface GateContact {
  at: Instant;
  outcome: GateOutcome;
  /** What it said is signed by a device of Apple. */
  isVerified: boolean;
  serialNumber?: string;
  udid?: string;
  productName?: string;
  /** "26.3.1 (a)", as far as it told. */
  osVersion?: string;
  buildVersion?: string;
  policy?: string;
  /** What it was told to install. */
  requires?: VersionText;
  /** Setup Assistant will have it updated in any case (from macOS 26.1). */
  isMandatoryAnyway?: true;
  /** What was wrong with it, or why it could not be passed on; for people. */
  problem?: string;
  /** HTTP status of the server behind; absent: it was not asked, or could not be reached. */
  answered?: number;
}

import type { decide } from '../decide/decide.ts';
import type { PolicySet } from '../policy/policy.types.ts';
import type { Catalogue } from '../releases/catalogue.types.ts';
import type { Instant } from '../time/local.ts';
import type { Span } from './exposure.ts';
import type { ReplayDevice } from './fleet.ts';
import type { RecordedAnswer, RecordedFeed } from './history.ts';
import type { Laggard } from './naive.ts';
import type { Broken } from './promises.ts';
import type { ReleaseResult } from './tally.ts';

export interface ReplayOptions {
  /** Oldest first. */
  history: Iterable<RecordedAnswer>;
  /** Oldest first; without any, severities are not told. */
  sofa?: Iterable<RecordedFeed>;
  policies: PolicySet;
  /** The devices as they are when the replay begins. */
  fleet(catalogue: Catalogue, policies: PolicySet): readonly ReplayDevice[];
  /** Devices are there from here on; what was recorded before is only read. Default: the first answer. */
  from?: Instant;
  /** Default: the last answer. */
  to?: Instant;
  seed: string;
  /** The one of src/decide; tests plant broken ones. */
  decide?: typeof decide;
  /** Looks at every cohort every day as well, as Ratchet does: the result must be the same. */
  looksDaily?: boolean;
  onProgress?(now: Instant): void;
}

export interface ReplayResult {
  from: Instant;
  to: Instant;
  devices: number;
  /** Devices too old for update declarations: by commands nothing is replayed. */
  notReplayed: number;
  answers: number;
  /** Decisions that were made; each stood for a whole cohort. */
  decisions: number;
  linesSet: number;
  movedLater: { withoutCause: number; audited: number };
  broken: { count: number; examples: readonly Broken[] };
  approvals: number;
  releases: ReleaseResult[];
  exposure: { all: Span; exploited?: Span; overdue: Span };
  naive: {
    datesMovedLater: number;
    datesSet: number;
    exposure: { all: Span; exploited?: Span; overdue: Span };
    laggard?: Laggard & { model: string };
  };
}

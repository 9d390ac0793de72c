import type { ReasonName } from '../reasons/reasons.ts';
import type { Situation } from './situation.types.ts';

/** What is done with an enforcement the device may hold, when a check objects. */
export type Effect =
  /** Take it back, unless it has started (rule 18). */
  | 'withdraw'
  /** Leave what it holds; hand out nothing new. */
  | 'keep'
  /** Don't answer the device at all with declarations of ours. */
  | 'none';

/** Why a check objects. The first objection is the decision. */
export interface Objection {
  reason: ReasonName;
  effect: Effect;
  /** What it is based on, as shown by `why`. */
  evidence: Record<string, unknown>;
}

export interface Check {
  name: string;
  run(situation: Situation): Objection | undefined;
}

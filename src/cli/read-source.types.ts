import type { AttemptsAnswer, InboxAnswer, PlanAnswer, ReleasesAnswer, RolloutsAnswer, TagsAnswer, WhyAnswer } from '../engine/answers.ts';
import type { BlackoutsAnswer } from '../engine/blackout-answers.ts';
import type { GateAnswer } from '../engine/gate-answers.ts';
import type { ReleasesBundle } from '../releases/bundle.ts';
import type { ExitCode } from './exit-code.ts';

/** Where the verbs that only read get their answers: the running server, or a data folder while none runs. */
export interface ReadSource {
  why(idOrSerial: string): Promise<ApiResult<WhyAnswer>>;
  plan(wanted?: PlanWanted): Promise<ApiResult<PlanAnswer>>;
  /** `since` is a duration such as 30d, already checked. */
  attempts(wanted: { device?: string; since: string }): Promise<ApiResult<AttemptsAnswer>>;
  inbox(): Promise<ApiResult<InboxAnswer>>;
  tags(): Promise<ApiResult<TagsAnswer>>;
  /** `since` as for attempts. */
  gate(wanted: { device?: string; since: string }): Promise<ApiResult<GateAnswer>>;
  blackouts(): Promise<ApiResult<BlackoutsAnswer>>;
  rollouts(): Promise<ApiResult<RolloutsAnswer>>;
  releases(): Promise<ApiResult<ReleasesAnswer>>;
  releasesBundle(): Promise<ApiResult<ReleasesBundle>>;
}

/** Which plan: nothing of it is what is in force, now. */
export interface PlanWanted {
  /** Text of a valid ratchet.yaml, and how it is called in messages. */
  file?: string;
  name?: string;
  /** Another time, epoch ms. */
  at?: number;
}

export type ApiResult<T> = { ok: true; value: T } | ApiFailure;

export interface ApiFailure {
  ok: false;
  /** 3: not reached, or no sense in the answer. 2: the server understood and refused. */
  exitCode: ExitCode;
  /** Nobody answered at all: what can be read elsewhere may be. */
  isUnreached: boolean;
  /** One sentence and what to do. */
  message: string;
}

import type { MachineClock } from '../runtime.ts';
import type { Instant } from '../time/local.ts';

/** What Ratchet does again and again by itself; named as their wake-ups are. */
export const JOB_NAMES = ['sweep', 'recheck', 'releases', 'sofa', 'rollouts', 'dispatch'] as const;
export type JobName = (typeof JOB_NAMES)[number];

/** `failed`: with an error, which is in the log; it is tried again. */
export const JOB_RESULTS = ['ok', 'failed'] as const;
export type JobResult = (typeof JOB_RESULTS)[number];

/** How a job fared since the process began. */
export interface JobState {
  name: JobName;
  /** Of the last run that is over; absent: there was none. */
  startedAt?: Instant;
  tookMs?: number;
  result?: JobResult;
  /** Absent: nothing is planned; events may begin one all the same. */
  nextAt?: Instant;
}

export interface Jobs {
  /** Runs it and notes when, for how long, and whether it rejected. What it resolves or rejects to is passed on. */
  run<Result>(name: JobName, work: () => Promise<Result>): Promise<Result>;
  /** In the order of their names above. */
  list(): JobState[];
}

/** For parts that are tried alone. */
export const unwatchedJobs: Pick<Jobs, 'run'> = { run: (_name, work) => work() };

/**
 * `clock` is the one to go by in place of the given one: it tells when each job wakes next. `onRun` is called with every run
 * that is over.
 */
export function createJobs(machine: MachineClock, onRun: (name: JobName, result: JobResult) => void): Jobs & { clock: MachineClock } {
  const states = new Map<JobName, JobState>(JOB_NAMES.map((name) => [name, { name }]));
  const nextAt = new Map<string, Instant>();
  return {
    clock: {
      now: () => machine.now(),
      elapsed: () => machine.elapsed(),
      turn: () => machine.turn(),
      at(instant, key, run) {
        nextAt.set(key, instant);
        machine.at(instant, key, () => {
          nextAt.delete(key);
          run();
        });
      },
      cancel(key) {
        nextAt.delete(key);
        machine.cancel(key);
      },
    },
    async run(name, work) {
      const [startedAt, began] = [machine.now(), machine.elapsed()];
      let result: JobResult = 'failed';
      try {
        const outcome = await work();
        result = 'ok';
        return outcome;
      } finally {
        states.set(name, { name, startedAt, tookMs: machine.elapsed() - began, result });
        onRun(name, result);
      }
    },
    list: () =>
      [...states.values()].map((state) => {
        const next = nextAt.get(state.name);
        return next === undefined ? state : { ...state, nextAt: next };
      }),
  };
}

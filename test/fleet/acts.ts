import { compareVersionTexts } from '../../src/sim/table.ts';
import { HOUR_MS } from '../../src/time/local.ts';
import { createExpediting } from './expediting.ts';
import type { EditHow, Fleet, FleetPolicy } from './harness.ts';

/** Who can't hasten a release for so long no longer wants to. */
const EXPEDITES_FOR_MS = 24 * HOUR_MS;

/** What a person does while a fleet runs. */
export interface Act {
  /** Epoch ms. */
  at: number;
  what: 'stop' | 'resume' | 'edit' | 'skip' | 'unskip' | 'expedite' | 'unexpedite';
  /** Of an edit. */
  edit?: EditSpec;
  /** Of `skip` and `unskip`, once it is done: which rollout. */
  rollout?: { policy: string; release: string };
  /** Of `expedite` and `unexpedite`. */
  expedite?: ExpediteSpec;
  /** What of it is said: of which release under which policy, by when on each device's clock, for which rings. */
  expedited?: Expedited;
}

export interface Expedited {
  policy: string;
  /** "iOS 27.0.1" */
  release: string;
  /** "2026-11-27T18:00" */
  due: string;
  /** Names; absent: all. */
  rings?: string[];
}

/** In hours after the start. */
export interface StopSpec {
  afterHours: number;
  forHours: number;
}

/** The whole policy as it is from then on; `load`: the file, `apply`: over the file. */
export interface EditSpec {
  afterHours: number;
  how: EditHow;
  policy: FleetPolicy;
}

/** The release that most devices miss is due within so many hours; it may be taken back. */
export interface ExpediteSpec {
  afterHours: number;
  inHours: number;
  isFirstRingOnly?: boolean | undefined;
  undoAfterHours?: number | undefined;
}

export interface ActsSpec {
  stop?: StopSpec | undefined;
  skip?: StopSpec | undefined;
  expedite?: ExpediteSpec | undefined;
  edits?: readonly EditSpec[] | undefined;
}

export function actsOf({ stop, skip, expedite, edits = [] }: ActsSpec, startedAt: number): Act[] {
  const pair = (spec: StopSpec | undefined, first: Act['what'], second: Act['what']): Act[] => {
    if (spec === undefined) return [];
    const at = startedAt + spec.afterHours * HOUR_MS;
    return [
      { at, what: first },
      { at: at + spec.forHours * HOUR_MS, what: second },
    ];
  };
  return [
    ...pair(stop, 'stop', 'resume'),
    ...pair(skip, 'skip', 'unskip'),
    ...expediteOf(expedite, startedAt),
    ...edits.map((edit): Act => ({ at: startedAt + edit.afterHours * HOUR_MS, what: 'edit', edit })),
  ];
}

function expediteOf(expedite: ExpediteSpec | undefined, startedAt: number): Act[] {
  if (expedite === undefined) return [];
  const { afterHours, undoAfterHours } = expedite;
  const at = startedAt + afterHours * HOUR_MS;
  const undo: Act[] = undoAfterHours === undefined ? [] : [{ at: at + undoAfterHours * HOUR_MS, what: 'unexpedite', expedite }];
  return [{ at, what: 'expedite', expedite }, ...undo];
}

/** A person who looks at rollouts so often: lets those with a ring by hand go on, and goes on after a halt. Until the end. */
export function attendRollouts(fleet: Fleet, everyMs: number): void {
  const { scheduler } = fleet;
  async function look(): Promise<void> {
    for (const { release, policy, state, waitsFor } of (await fleet.ratchet.show.rollouts()).rollouts) {
      const act = state === 'halted' ? 'resume' : waitsFor?.startsWith('a person') ? 'approve' : undefined;
      if (act) await fleet.ratchet.rollouts.act({ act, release, policy, by: 'simulation' });
    }
  }
  scheduler.schedule(scheduler.now() + everyMs, () => {
    look().catch(() => undefined);
    attendRollouts(fleet, everyMs);
  });
}

/** Carries acts out, each when its time has come. */
export function scheduleActs(fleet: Fleet, acts: readonly Act[]): void {
  let skipped: Act['rollout'];
  const expediting = createExpediting(fleet);
  /** Who has changed the policies again says nothing of the change before. */
  const lastEdit = () => acts.findLast(({ what, at }) => what === 'edit' && at <= fleet.scheduler.now());

  /** Resolves to whether it is done, or there is nothing to do. */
  async function carryOut(act: Act): Promise<boolean> {
    const { ratchet } = fleet;
    switch (act.what) {
      case 'stop':
      case 'resume':
        return (await ratchet.operate[act.what]({ by: 'simulation' })).ok;
      case 'edit':
        return act.edit === undefined || (await fleet.edit(act.edit.policy, act.edit.how));
      case 'skip': {
        skipped ??= newestOf((await ratchet.show.rollouts()).rollouts);
        return skipped !== undefined && (await ratchet.rollouts.act({ act: 'skip', ...skipped, by: 'simulation' })).ok;
      }
      case 'unskip':
        return skipped === undefined || (await ratchet.rollouts.act({ act: 'resume', ...skipped, by: 'simulation' })).ok;
      case 'expedite':
        return act.expedite === undefined || (await expediting.say(act, act.expedite));
      case 'unexpedite':
        return expediting.takeBack(act);
    }
  }

  const detailsOf = ({ expedite }: Act): ReturnType<Doing['detailsOf']> => {
    const expedited = expedite && expediting.said();
    return { ...(skipped && expedite === undefined ? { rollout: skipped } : {}), ...(expedited ? { expedited } : {}) };
  };

  const isMoot = ({ what, at, edit }: Act): boolean => {
    if (what === 'edit') return lastEdit()?.edit !== edit;
    if (what === 'expedite' && fleet.scheduler.now() > at + EXPEDITES_FOR_MS) return true;
    // Whoever wanted to take it back by now skips, or hastens, nothing any more.
    const back = what === 'skip' ? 'unskip' : what === 'expedite' ? 'unexpedite' : undefined;
    return acts.some((other) => other.what === back && other.at > at && other.at <= fleet.scheduler.now());
  };
  for (const act of acts) scheduleAct(fleet, act, { carryOut, isMoot, detailsOf });
}

interface Doing {
  carryOut(act: Act): Promise<boolean>;
  /** Something later has made it pointless. */
  isMoot(act: Act): boolean;
  detailsOf(act: Act): Pick<Act, 'rollout' | 'expedited'>;
}

/** Carries an act out when its time has come; who gets no answer within an hour says it again. */
function scheduleAct(fleet: Fleet, act: Act, doing: Doing, at = act.at): void {
  const { scheduler, notes } = fleet;
  let isDone = false;
  const asDone = (): Act => ({ ...act, at: scheduler.now(), ...doing.detailsOf(act) });
  async function say(): Promise<void> {
    try {
      isDone = await doing.carryOut(act);
    } catch {
      return;
    }
    if (!isDone) return;
    if (act.edit) fleet.policies.end(scheduler.now(), act.edit.policy);
    for (const listener of notes) listener.onAct?.(asDone());
  }
  scheduler.schedule(at, () => {
    if (doing.isMoot(act)) return;
    if (act.edit) fleet.policies.begin(scheduler.now(), act.edit.policy);
    // What is hastened is chosen first.
    if (act.expedite === undefined) for (const listener of notes) listener.onActBegun?.({ ...asDone(), at });
    void say();
    scheduler.schedule(at + HOUR_MS, () => {
      if (!isDone) scheduleAct(fleet, act, doing, at + HOUR_MS);
    });
  });
}

/** The one whose release is the newest, the first of them by name. "iOS 27.0.1": a version comes last. */
function newestOf(rollouts: readonly { policy: string; release: string }[]): Act['rollout'] {
  const versionOf = (release: string) => release.split(' ').at(-1) ?? '';
  const [newest] = [...rollouts].sort(
    (a, b) =>
      compareVersionTexts(versionOf(b.release), versionOf(a.release)) || (`${a.policy} ${a.release}` < `${b.policy} ${b.release}` ? -1 : 1),
  );
  return newest && { policy: newest.policy, release: newest.release };
}

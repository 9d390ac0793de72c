import { ERROR } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import type { Policy, Ring } from '../../policy/policy.types.ts';
import { slotOf } from '../../policy/rings.ts';
import { changeRollout, type RolloutAct } from '../../rollout/acts.ts';
import { fillPlaces, openPlaces } from '../../rollout/fill.ts';
import { type HealthByRing, moveRollout, newRollout, STALLED_MS } from '../../rollout/move.ts';
import type { Rollout, RolloutDemand } from '../../rollout/rollout.types.ts';
import type { Clock } from '../../runtime.ts';
import type { AuditEntry, Store } from '../../store/store.ts';
import { MINUTE_MS } from '../../time/local.ts';
import type { Alerts } from '../alerts.ts';
import { type Jobs, unwatchedJobs } from '../jobs.ts';
import type { Standing } from '../standing.ts';
import type { ExpediteActGiven, ExpediteAnswer, JudgeExpedite } from './expedite.ts';

const LOOK_EVERY_MS = 10 * MINUTE_MS;
const RETRY_MS = MINUTE_MS;
/** Demands of devices that are decided together become one look. */
const SOON_MS = 1_000;
const PAGE = 1_000;

/** Begins rollouts, opens their rings, halts them. What follows for each device is decided there, anew. */
export interface Rollouts {
  /** Devices want releases whose rollout has not begun. */
  demand(demands: readonly RolloutDemand[]): void;
  /** An act of a person. */
  act(given: RolloutActGiven): Promise<RolloutActAnswer>;
  /** Rule 23, through the change guard. */
  expedite(given: ExpediteActGiven): Promise<ExpediteAnswer>;
  start(): void;
  stop(): Promise<void>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

export interface RolloutActGiven {
  act: RolloutAct;
  release: string;
  /** May be left out where only one policy rolls that release out. */
  policy?: string | undefined;
  by: string;
  because?: string | undefined;
  /** The ring that an approval is to open; absent: whichever is next. */
  ring?: string | undefined;
}

export type RolloutActAnswer = { ok: true; rollout: Rollout } | { ok: false; message: string };

export interface RolloutsOptions {
  store: Store;
  standing: Standing;
  clock: Clock;
  alerts: Alerts;
  log: Logger;
  judgeExpedite: JudgeExpedite;
  /** Every device is to be decided anew. */
  onChanged(): Promise<void>;
  jobs?: Pick<Jobs, 'run'>;
}

type WithRings = Policy & { rings: Ring[]; halt: NonNullable<Policy['halt']> };

export function createRollouts(options: RolloutsOptions): Rollouts {
  const { store, standing, clock, alerts, log, judgeExpedite, onChanged, jobs = unwatchedJobs } = options;
  const demands = new Map<string, RolloutDemand>();
  let isStopped = false;
  /** One look after the other. */
  let last: Promise<unknown> = Promise.resolve();

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  }

  function lookAt(at: number): void {
    if (!isStopped) clock.at(at, 'rollouts', () => void inTurn(() => jobs.run('rollouts', look)).catch(onError));
  }

  function onError(error: unknown): void {
    log.error({ [ERROR]: error }, 'rollouts could not be moved; trying again');
    lookAt(clock.now() + RETRY_MS);
  }

  async function look(): Promise<void> {
    let next = clock.now() + LOOK_EVERY_MS;
    // By a clock in doubt nothing opens.
    if (standing.clockSuspect === undefined) next = Math.min(next, await move());
    lookAt(next);
  }

  /** Resolves to when to look again. */
  async function move(): Promise<number> {
    const changed: Rollout[] = [];
    const audit: AuditEntry[] = [];
    let next = Number.POSITIVE_INFINITY;
    for (const policy of standing.policies.policies.filter(hasRings)) {
      for (const before of await rolloutsOf(policy)) {
        const health = await store.rolloutHealth(before);
        const topped = await topUp(policy, before, health);
        const { rollout, recheckAt, waitsFor, stillSince } = moveRollout(topped, policy.rings, policy.halt, health, clock.now());
        await tellStalled(rollout, waitsFor, stillSince);
        if (recheckAt !== undefined) next = Math.min(next, recheckAt);
        if (rollout === standing.rollouts.get(policy.name)?.get(rollout.release)) continue;
        changed.push(rollout);
        audit.push(...auditOf(before, rollout));
      }
    }
    for (const [policy, byRelease] of standing.rollouts)
      if (!standing.policies.policies.some((each) => each.name === policy && hasRings(each)))
        for (const rollout of byRelease.values()) await tellStalled(rollout);
    if (changed.length > 0) await save(changed, audit);
    for (const rollout of changed) demands.delete(keyOf(rollout));
    return next;
  }

  /** What has begun, and what devices ask for. */
  async function rolloutsOf(policy: WithRings): Promise<Rollout[]> {
    const begun = standing.rollouts.get(policy.name) ?? new Map<string, Rollout>();
    const wanted = [...demands.values()].filter((demand) => demand.policy === policy.name && !begun.has(demand.release));
    return [...begun.values(), ...wanted.map((demand) => newRollout(demand, {}, clock.now()))];
  }

  async function topUp(policy: WithRings, rollout: Rollout, health: HealthByRing): Promise<Rollout> {
    const places = openPlaces(rollout, policy.rings, health);
    return places.length === 0 ? rollout : fillPlaces(rollout, places, await candidates(rollout));
  }

  /** Devices that wait for this release, by lot; last those that get an older one meanwhile: it will be late on them. */
  async function candidates({ policy, release }: Rollout): Promise<string[]> {
    const idle: string[] = [];
    const busy: string[] = [];
    for (let after = ''; ; ) {
      const rows = await store.listEnrollments(after, PAGE);
      for (const { id, decision } of rows) {
        if (decision.policy !== policy || decision.waitsForRelease !== release) continue;
        (decision.reason === 'ring-not-open' ? idle : busy).push(id);
      }
      const end = rows.at(-1);
      if (end === undefined) break;
      after = end.id;
      await clock.turn();
    }
    const byLot = (ids: string[]) => ids.sort((a, b) => slotOf(policy, a) - slotOf(policy, b));
    return [...byLot(idle), ...byLot(busy)];
  }

  async function save(changed: readonly Rollout[], audit: readonly AuditEntry[]): Promise<void> {
    const revision = await store.saveRollouts(changed, audit);
    standing.setRollouts(changed, revision);
    for (const rollout of changed) await tell(rollout);
    await onChanged();
  }

  async function tell({ policy, release, state, because }: Rollout): Promise<void> {
    const key = `rollout-halted ${policy} ${release}` as const;
    if (state !== 'halted') return alerts.clear(key);
    await alerts.raise(key, `The rollout of ${release} under ${policy} is halted: it is taken back from whoever has not started.`, {
      policy,
      release,
      ...(because ? { because } : {}),
    });
  }

  /** Rule 24: waiting ends by atLatest, or somebody is told of it. */
  async function tellStalled({ policy, release }: Rollout, waitsFor?: string, stillSince?: number): Promise<void> {
    const key = `rollout-stalled ${policy} ${release}` as const;
    if (stillSince === undefined || clock.now() - stillSince < STALLED_MS) return alerts.clear(key);
    const sentence = `The rollout of ${release} under ${policy} stands still: its next ring waits for ${waitsFor}.`;
    await alerts.raise(key, sentence, { policy, release, since: stillSince });
  }

  /** The rollout a person means, or why it is none. */
  function find({ release, policy }: RolloutActGiven): { rollout: Rollout; rings: readonly Ring[] } | string {
    const all = [...standing.rollouts.values()].flatMap((byRelease) => [...byRelease.values()]);
    const found = all.filter((rollout) => isMeant(rollout, release) && (policy === undefined || rollout.policy === policy));
    const [rollout] = found;
    if (rollout === undefined) {
      const names = all.map((each) => `${each.release} under ${each.policy}`).join(', ');
      return `No rollout of "${release}"${policy === undefined ? '' : ` under ${policy}`}. There are: ${names || 'none'}.`;
    }
    if (found.length > 1)
      return `${release} rolls out more than once: ${found.map((each) => `${each.release} under ${each.policy}`).join(', ')}. Say --policy, and the release in full.`;
    const rings = standing.policies.policies.find(({ name }) => name === rollout.policy)?.rings ?? [];
    return { rollout, rings };
  }

  return {
    demand(given) {
      if (given.length === 0) return;
      for (const demand of given) demands.set(keyOf(demand), demand);
      lookAt(clock.now() + SOON_MS);
    },
    act: (given) =>
      inTurn(async () => {
        const found = find(given);
        if (typeof found === 'string') return { ok: false, message: found };
        const { by, because, ring, act } = given;
        const change = changeRollout(found.rollout, found.rings, act, { by, because, ring, now: clock.now() });
        if (!change.ok) return change;
        const { policy, release, state } = change.rollout;
        const detail = { policy, release, before: found.rollout.state, after: state, ...(because === undefined ? {} : { because }) };
        await save([change.rollout], [{ at: clock.now(), by, act: `rollout ${act}`, detail }]);
        lookAt(clock.now() + SOON_MS);
        return change;
      }),
    expedite: (given) =>
      inTurn(async () => {
        const { audit, ...answer } = await judgeExpedite(given);
        if (!answer.ok) return answer;
        if (given.isPreview) return { ...answer, kind: 'previewed' };
        if (answer.kind === 'held') {
          if (audit) await store.audit(audit);
          return answer;
        }
        await save([answer.rollout], audit ? [audit] : []);
        lookAt(clock.now() + SOON_MS);
        return answer;
      }),
    start() {
      lookAt(clock.now() + SOON_MS);
    },
    async stop() {
      isStopped = true;
      clock.cancel('rollouts');
      await last;
    },
    async idle() {
      // What is asked for is begun, without waiting for the time to look.
      if (demands.size > 0) await inTurn(look).catch(onError);
      await last;
    },
  };
}

function keyOf({ policy, release }: Pick<Rollout, 'policy' | 'release'>): string {
  return `${policy}\n${release}`;
}

/** "iOS 27.0.1", or only its version where that says it. */
function isMeant({ release, version }: Rollout, text: string): boolean {
  return release === text || version === text;
}

function hasRings(policy: Policy): policy is WithRings {
  return policy.rings !== undefined && policy.halt !== undefined && policy.mode === 'enforce';
}

/** What happened by itself. */
function auditOf(before: Rollout, after: Rollout): AuditEntry[] {
  const { policy, release, changedAt: at, because } = after;
  const opened = after.openings.slice(before.openings.length);
  return [
    ...opened.map((opening) => ({ at: opening.at, by: 'ratchet', act: 'rollout open', detail: { policy, release, ...opening } })),
    ...(after.state === before.state ? [] : [{ at, by: 'ratchet', act: `rollout ${after.state}`, detail: { policy, release, because } }]),
  ];
}

import { BY, listFields } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import type { PolicySet } from '../../policy/policy.types.ts';
import type { Clock } from '../../runtime.ts';
import type { Store } from '../../store/store.ts';
import type { Alerts } from '../alerts.ts';
import type { GivenPolicies, Planner } from '../plan/plan.ts';
import type { PlanDifference } from '../plan-answers.ts';
import { shortHash } from '../reconcile/reconcile-one.ts';
import type { Standing } from '../standing.ts';
import { ACCEPT_ANY } from './accept.ts';

/** Who changes the policies, and why, for the audit log. */
export interface PoliciesAct {
  by: string;
  note?: string;
  /** The plan a person says yes to. */
  accept?: string;
}

export type PoliciesOutcome =
  | { kind: 'applied' | 'held'; difference: PlanDifference }
  | { kind: 'unchanged' }
  /** Another plan was accepted than this would be. */
  | { kind: 'refused'; message: string };

/** Puts policies into force, one change after the other; a large one waits for a person (rule 22). */
export interface OperatePolicies {
  /** Those a person brings. */
  apply(given: GivenPolicies, act: PoliciesAct): Promise<PoliciesOutcome>;
  /** Those of the file that the server was started with, now or again; `isStart`: nothing has been decided yet. */
  load(given: GivenPolicies, isStart?: boolean): Promise<PoliciesOutcome>;
  /** That file has problems (formatted): what is in force stays so, and an alert says why. */
  refuse(file: string, problems: readonly string[]): Promise<void>;
}

export interface OperatePoliciesOptions {
  store: Store;
  standing: Standing;
  planner: Planner;
  clock: Pick<Clock, 'now'>;
  alerts: Alerts;
  log: Logger;
  /** Said at the start: the plan that the file's change may be, or `any`. */
  acceptPlan: string | undefined;
  /** Of the policies in the file the server was started with, as last read. */
  configHash: string;
  /** Every device is to be decided anew. */
  onChanged(): Promise<void>;
}

export function createOperatePolicies(options: OperatePoliciesOptions): OperatePolicies {
  const { store, standing, planner, clock, alerts, log, acceptPlan, onChanged } = options;
  let { configHash } = options;
  let last: Promise<unknown> = Promise.resolve();

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  }

  async function change(
    given: GivenPolicies,
    { by, note, accept }: PoliciesAct,
    { isStart = false, isAsked = false }: { isStart?: boolean; isAsked?: boolean },
  ): Promise<PoliciesOutcome> {
    if (given.hash === standing.policiesHash) {
      const { policies } = await store.loadSite();
      if (policies !== undefined) await store.saveSite({ policies: { ...policies, configHash } });
      await settle();
      return { kind: 'unchanged' };
    }
    const { difference } = await planner.compare(given);
    const { guard } = difference;
    if (guard === undefined) throw new TypeError('a plan for now has its guard');
    // Who said yes has looked at another plan. A setting may be left from the change before.
    if (isAsked && accept !== undefined && accept !== guard.plan)
      return {
        kind: 'refused',
        message: `Plan ${accept} is not what ${given.file} would do now: that is plan ${guard.plan}. Look at it (ratchet plan), then accept that one. Nothing was changed.`,
      };
    const isAccepted = accept === guard.plan || (accept === ACCEPT_ANY && !isAsked);
    if (guard.isHeld && !isAccepted) {
      await hold(given, by, difference, guard);
      return { kind: 'held', difference };
    }
    const at = clock.now();
    await store.audit({ at, by, act: 'apply', detail: { ...auditOf(given, difference), ...(note ? { note } : {}) } });
    await store.saveSite({ policies: { hash: given.hash, at, by, set: given.policies, configHash }, heldPolicies: undefined });
    standing.policies = given.policies;
    standing.policiesHash = given.hash;
    await settle();
    log.info({ policies: given.policies.policies.length, mode: given.policies.mode }, 'policies put into force');
    // A start makes everyone due by itself, once.
    if (!isStart) await onChanged();
    return { kind: 'applied', difference };
  }

  async function hold(
    given: GivenPolicies,
    by: string,
    difference: PlanDifference,
    { plan, limit }: NonNullable<PlanDifference['guard']>,
  ): Promise<void> {
    const at = clock.now();
    const { handedOut, broughtForward } = difference;
    const { heldPolicies: before } = await store.loadSite();
    await store.audit({ at, by, act: 'apply-held', detail: auditOf(given, difference) });
    await store.saveSite({ heldPolicies: { plan, file: given.file, hash: given.hash, at, handedOut, broughtForward, limit } });
    await alerts.clear('policies-refused');
    if (before?.plan !== plan) await alerts.clear('policies-held');
    await alerts.raise(
      'policies-held',
      `A change of the policies is held, those before it stay in force. To let it happen: ratchet apply ${given.file} --accept ${plan}`,
      { file: given.file, plan, handedOut, broughtForward, limit },
    );
  }

  /** What is in force is what was meant: nothing waits any more. */
  async function settle(): Promise<void> {
    if ((await store.loadSite()).heldPolicies !== undefined) await store.saveSite({ heldPolicies: undefined });
    for (const key of ['policies-held', 'policies-refused']) await alerts.clear(key);
  }

  return {
    apply: (given, act) => inTurn(() => change(given, act, { isAsked: true })),
    load: (given, isStart = false) =>
      inTurn(() => {
        configHash = given.hash;
        return change(given, { by: given.file, ...(acceptPlan === undefined ? {} : { accept: acceptPlan }) }, { isStart });
      }),
    refuse: (file, problems) =>
      inTurn(async () => {
        log.warn({ file, ...listFields(problems) }, 'the file of policies has problems and was not loaded');
        await alerts.clear('policies-refused');
        await alerts.raise('policies-refused', 'The file of policies has problems and was not loaded: those before it stay in force.', {
          file,
          problems: problems.slice(0, 5),
        });
      }),
  };
}

function auditOf(given: GivenPolicies, difference: PlanDifference): Record<string, unknown> {
  const { handedOut, broughtForward, putOff, takenBack, other, inForce, guard } = difference;
  const { plan, fleet } = guard ?? {};
  return { ...namesOf(given), before: inForce, plan, fleet, handedOut, broughtForward, putOff, takenBack, other };
}

function namesOf({ file, sha256, hash, policies }: GivenPolicies): Record<string, unknown> {
  return {
    file,
    ...(sha256 === undefined ? {} : { sha256 }),
    hash,
    policies: policies.policies.map(({ name }) => name),
    mode: policies.mode,
  };
}

/** Policies as the server is started with them. */
export function givenBy(given: { policies: PolicySet; policiesBy: string; policiesSha256?: string }): GivenPolicies {
  const { policies, policiesBy: file, policiesSha256: sha256 } = given;
  return { policies, hash: shortHash(policies), file, ...(sha256 === undefined ? {} : { sha256 }) };
}

/**
 * What is in force at a start. A new store takes what the file says. Otherwise those that were in force stay so; when the
 * file has been changed since (`isChanged`), it is loaded as soon as devices can be decided, through the same guard as
 * while running. A file that is as it was when other policies were applied over it changes nothing.
 */
export async function policiesAtStart(
  store: Store,
  given: GivenPolicies,
  now: number,
  log: Logger,
): Promise<{ policies: GivenPolicies['policies']; hash: string; isChanged: boolean }> {
  const { policies: inForce, heldPolicies } = await store.loadSite();
  const { policies, hash, file } = given;
  if (inForce === undefined) {
    await store.audit({ at: now, by: file, act: 'apply', detail: { ...namesOf(given), before: null } });
    await store.saveSite({ policies: { hash, at: now, by: file, set: policies, configHash: hash } });
    return { policies, hash, isChanged: false };
  }
  if (inForce.hash === hash) {
    const isSettled = (inForce.configHash ?? hash) === hash && heldPolicies === undefined;
    return { policies, hash, isChanged: !isSettled };
  }
  const isChanged = inForce.configHash !== hash;
  if (!isChanged)
    log.warn(
      { file, [BY]: inForce.by },
      'other policies than those of the file stay in force: they were applied over it, and it is as it was',
    );
  return { policies: inForce.set, hash: inForce.hash, isChanged };
}

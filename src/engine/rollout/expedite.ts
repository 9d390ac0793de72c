import { formatVersion } from '../../os/version.ts';
import type { Policy } from '../../policy/policy.types.ts';
import { expedite, undoExpedite } from '../../rollout/expedite.ts';
import { newRollout } from '../../rollout/move.ts';
import type { Rollout } from '../../rollout/rollout.types.ts';
import type { Clock } from '../../runtime.ts';
import type { AuditEntry } from '../../store/store.ts';
import { isLocalDateTime, latestInstantOf } from '../../time/local.ts';
import { ACCEPT_ANY } from '../operate/accept.ts';
import type { Planner } from '../plan/plan.ts';
import type { PlanDifference } from '../plan-answers.ts';
import { shortHash } from '../reconcile/reconcile-one.ts';
import { byPolicy, type Standing } from '../standing.ts';

export interface ExpediteActGiven {
  /** "iOS 26.6.1", or its version. */
  release: string;
  policy?: string | undefined;
  /** By when, yyyy-mm-ddThh:mm[:ss] on each device's clock; absent: the expedite is taken back. */
  due?: string | undefined;
  rings?: readonly string[] | undefined;
  by: string;
  because?: string | undefined;
  /** The plan a person says yes to. */
  accept?: string | undefined;
  /** Only says what it would do. */
  isPreview?: boolean;
}

export type ExpediteAnswer =
  | { ok: true; kind: 'expedited' | 'held' | 'undone' | 'previewed'; rollout: Rollout; difference?: PlanDifference }
  | { ok: false; message: string };

/** What an expedite would do, judged by the change guard; `rollout` is to be put into force unless it is held. */
export type JudgeExpedite = (given: ExpediteActGiven) => Promise<ExpediteAnswer & { audit?: AuditEntry }>;

export interface JudgeExpediteOptions {
  standing: Standing;
  planner: Pick<Planner, 'differenceOf'>;
  clock: Pick<Clock, 'now'>;
  /** `any` accepts whatever it does: demos and simulations. */
  acceptPlan: string | undefined;
}

export function createJudgeExpedite({ standing, planner, clock, acceptPlan }: JudgeExpediteOptions): JudgeExpedite {
  /** The one rollout that is meant, begun or not, or why there is none. */
  function find({ release, policy: name, due }: ExpediteActGiven): { policy: Policy; rollout: Rollout } | string {
    const policies = standing.policies.policies.filter((policy) => name === undefined || policy.name === name);
    if (policies.length === 0) return name === undefined ? 'No policies are in force.' : `There is no policy named "${name}".`;
    const releases = (standing.catalogue?.releases ?? []).filter(
      ({ key, version }) => key === release || formatVersion(version) === release,
    );
    if (releases.length === 0) return `Apple’s list has no release "${release}". ratchet releases shows what it has.`;
    const found = policies.flatMap((policy) =>
      releases.flatMap(({ key, version, platform }) => {
        const begun = standing.rollouts.get(policy.name)?.get(key);
        if (due === undefined) return begun?.expedite === undefined ? [] : [{ policy, rollout: begun }];
        const demand = { policy: policy.name, release: key, version: formatVersion(version), clockStartAt: clock.now() };
        return isEnforcing(policy) && mayMean(policy, platform) ? [{ policy, rollout: begun ?? newRollout(demand, {}, clock.now()) }] : [];
      }),
    );
    const [first] = found;
    if (first === undefined)
      return due === undefined
        ? `"${release}" is not expedited.`
        : `No policy in mode enforce means ${release}: nothing would come sooner.`;
    if (found.length > 1)
      return `${release} may be meant under several: ${found.map(({ rollout }) => `${rollout.release} under ${rollout.policy}`).join(', ')}. Say --policy, and the release in full.`;
    return first;
  }

  function isEnforcing({ mode }: Policy): boolean {
    return mode === 'enforce' && standing.policies.mode === 'enforce';
  }

  return async (given) => {
    const { due, rings, by, because, accept } = given;
    const now = clock.now();
    const local = due === undefined ? undefined : localOf(due);
    if (due !== undefined && local === undefined)
      return {
        ok: false,
        message: `"${due}" is no local time. Expected yyyy-mm-ddThh:mm on the device’s clock, such as 2026-11-27T18:00.`,
      };
    if (local !== undefined && latestInstantOf(local) <= now) return { ok: false, message: `${due} has passed everywhere.` };
    const found = find(given);
    if (typeof found === 'string') return { ok: false, message: found };
    const { policy, rollout: before } = found;
    const changed =
      local === undefined ? undoExpedite(before) : expedite(before, policy.rings ?? [], { due: local, rings, by, because, now });
    if (!changed.ok) return changed;
    const { rollout } = changed;
    const detail = {
      policy: policy.name,
      release: rollout.release,
      ...(before.expedite ? { before: before.expedite } : {}),
      ...(rollout.expedite ? { after: rollout.expedite } : {}),
      ...(because === undefined ? {} : { because }),
    };
    // It only makes dates later.
    if (local === undefined) return { ok: true, kind: 'undone', rollout, audit: { at: now, by, act: 'rollout expedite-undone', detail } };
    const difference = await planner.differenceOf({
      name: `expedite of ${rollout.release} under ${policy.name}`,
      hash: shortHash([policy.name, rollout.release, local, rollout.expedite?.rings ?? null]),
      change: { rollouts: byPolicy(standing.rollouts, [rollout]) },
    });
    const { plan, isHeld } = difference.guard ?? { plan: '', isHeld: true };
    if (accept !== undefined && accept !== plan)
      return {
        ok: false,
        message: `Plan ${accept} is not what this would do now: that is plan ${plan}. Run it without --accept, look at it, then accept that one. Nothing was changed.`,
      };
    const { handedOut, broughtForward } = difference;
    const isStopped = isHeld && accept === undefined && acceptPlan !== ACCEPT_ANY;
    const act = isStopped ? 'rollout expedite-held' : 'rollout expedite';
    const audit = { at: now, by, act, detail: { ...detail, plan, handedOut, broughtForward } };
    return { ok: true, kind: isStopped ? 'held' : 'expedited', rollout, difference, audit };
  };
}

/** "2026-11-27 18:00" and with T or seconds; undefined when it is no date. */
function localOf(text: string): string | undefined {
  const local = text.trim().replace(' ', 'T');
  const full = /T\d{2}:\d{2}$/.test(local) ? `${local}:00` : local;
  return isLocalDateTime(full) ? full : undefined;
}

/** Macs have releases of their own, everything else shares Apple's key iOS or has one that is named after it. */
function mayMean({ match }: Policy, platform: string): boolean {
  return match.platform === undefined || match.platform.some((each) => (each === 'macOS') === (platform === 'macOS'));
}

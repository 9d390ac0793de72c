import { namesOf, raisedIn, withAllOf, withHeld } from '../../releases/held-severity.ts';
import type { HeldRelease, HeldSeverities, Severities, SofaPlatform, ToldPlatform } from '../../releases/severity.types.ts';
import type { Clock } from '../../runtime.ts';
import type { Store } from '../../store/store.ts';
import { HOUR_MS, type Instant } from '../../time/local.ts';
import type { Alerts } from '../alerts.ts';
import { ACCEPT_ANY } from '../operate/accept.ts';
import type { Planner } from '../plan/plan.ts';
import type { PlanDifference } from '../plan-answers.ts';
import { shortHash } from '../reconcile/reconcile-one.ts';
import type { Standing } from '../standing.ts';

/** A plan grows old: dates move on with their notice, devices install by themselves. It is made anew with the reads of a feed. */
const PLAN_LASTS_MS = 8 * HOUR_MS;

/** What waits of one feed, and what it would do now. */
export interface HeldNow {
  platform: SofaPlatform;
  since: Instant;
  releases: readonly HeldRelease[];
  difference: PlanDifference;
}

export type AcceptSeverityAnswer = { ok: true; accepted: HeldNow } | { ok: false; message: string };

/** The change guard of what SOFA tells (rule 22), one feed at a time. */
export interface SeverityGuard {
  /** Marks what of it has to wait; all else may be put into force. */
  judge(told: Severities): Promise<Severities>;
  held(): Promise<HeldNow[]>;
  /** The plans that the settings accept. */
  acceptedAtStart(): Promise<string[]>;
  /** Raises and ends alerts by what is held. */
  tell(): Promise<void>;
  /** Why `plan` can't be accepted. */
  refusal(plan: string, held: readonly HeldNow[]): string;
}

export interface SeverityGuardOptions {
  store: Store;
  standing: Standing;
  planner: Pick<Planner, 'differenceOf'>;
  clock: Pick<Clock, 'now'>;
  alerts: Alerts;
  acceptPlan: string | undefined;
}

export function createSeverityGuard({ store, standing, planner, clock, alerts, acceptPlan }: SeverityGuardOptions): SeverityGuard {
  async function differenceOf(told: ToldPlatform, raised: readonly HeldRelease[]): Promise<PlanDifference> {
    return planner.differenceOf({
      name: `severities of ${told.platform}`,
      hash: shortHash([told.platform, raised]),
      change: { severities: withAllOf(standing.severities, told) },
    });
  }

  async function judgeOne(told: ToldPlatform): Promise<HeldSeverities | undefined> {
    const releases = raisedIn(told, standing.severities);
    if (releases.length === 0) return undefined;
    const now = clock.now();
    const was = markOf(standing.severitiesTold, told.platform);
    const isSame = was !== undefined && shortHash(was.releases) === shortHash(releases);
    if (isSame && now - was.plannedAt < PLAN_LASTS_MS) return was;
    const difference = await differenceOf(told, releases);
    const { plan, limit, isHeld } = guardOf(difference);
    if (!isHeld || plan === acceptPlan) return undefined;
    const { handedOut, broughtForward } = difference;
    if (was?.plan !== plan) {
      const detail = { platform: told.platform, releases: namesOf(releases), plan, handedOut, broughtForward };
      await store.audit({ at: now, by: 'sofa', act: 'severity-held', detail });
    }
    return { plan, plannedAt: now, since: was?.since ?? now, handedOut, broughtForward, limit, releases };
  }

  async function held(): Promise<HeldNow[]> {
    const found: HeldNow[] = [];
    for (const told of standing.severitiesTold?.platforms ?? []) {
      if (told.held === undefined) continue;
      const { since, releases } = told.held;
      found.push({ platform: told.platform, since, releases, difference: await differenceOf(told, releases) });
    }
    return found;
  }

  return {
    async judge(told) {
      let judged = told;
      for (const one of told.platforms) {
        const mark = acceptPlan === ACCEPT_ANY ? undefined : await judgeOne(one);
        if (mark !== one.held) judged = withHeld(judged, one.platform, mark);
      }
      return judged;
    },
    held,
    async acceptedAtStart() {
      if (acceptPlan === undefined) return [];
      const plans = (await held()).map(({ difference }) => guardOf(difference).plan);
      return plans.filter((plan) => acceptPlan === ACCEPT_ANY || plan === acceptPlan);
    },
    async tell() {
      for (const { platform, held: mark } of standing.severitiesTold?.platforms ?? []) {
        const key = `severity-held ${platform}` as const;
        const detail = mark && {
          platform,
          plan: mark.plan,
          handedOut: mark.handedOut,
          broughtForward: mark.broughtForward,
          limit: mark.limit,
        };
        if (mark === undefined || detail === undefined) await alerts.clear(key);
        else
          await alerts.refresh(
            key,
            `What SOFA says of ${namesOf(mark.releases).join(', ')} (${platform}) is held, the severity before it stays in force: ${mark.handedOut + mark.broughtForward} devices would be handed it or have it sooner. To let it happen: ratchet severities accept ${mark.plan}`,
            detail,
          );
      }
    },
    refusal(plan, all) {
      if (all.length === 0) return 'No severity is held.';
      const plans = all.map(({ platform, difference }) => `${guardOf(difference).plan} (${platform})`).join(', ');
      return `Plan ${plan} is not what would happen now; held is ${plans}. Look at it (ratchet severities show), then accept that one. Nothing was changed.`;
    },
  };
}

function markOf(told: Severities | undefined, platform: SofaPlatform): HeldSeverities | undefined {
  return told?.platforms.find((one) => one.platform === platform)?.held;
}

function guardOf({ guard }: PlanDifference): NonNullable<PlanDifference['guard']> {
  if (guard === undefined) throw new TypeError('a plan for now has its guard');
  return guard;
}

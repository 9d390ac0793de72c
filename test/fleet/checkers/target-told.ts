import { compareVersionTexts, majorOf } from '../../../src/sim/table.ts';
import type { WorldDevice } from '../../../src/sim/world.types.ts';
import type { Fleet, FleetPolicy } from '../harness.ts';
import type { FeedAsRead } from './feed-as-read.ts';

/** `behind`: there is something for it. The others have the application's names of reasons. */
export type Standing = 'reached' | 'behind' | 'target-not-offered' | 'release-expired' | 'release-withdrawn';

type LeftOut = (version: string) => boolean;

/**
 * What a policy, as it was told, means for a device by what was read of Apple's list: `target`, `floor` and `cap` in the
 * checkers' own reading. `isLeftOut`: what does not count, because it is skipped.
 */
export interface TargetTold {
  /** It may be asked for that version, whether Apple offers it or not. `runs`: all that it may be taken to run. */
  isMeant(policy: FleetPolicy, device: WorldDevice, version: string, runs: readonly string[], isLeftOut?: LeftOut): boolean;
  /** What it has to run at least to be called verified; undefined where nothing says. */
  least(policy: FleetPolicy, device: WorldDevice, runs: string, isLeftOut?: LeftOut): string | undefined;
  /** How it stands, all that Apple took back being there again or replaced. */
  standing(policy: FleetPolicy, device: WorldDevice, runs: string): Standing;
  /** The newest release was taken back for it, and n-1 may be another since. */
  mayBeTakenBack(device: WorldDevice, version: string): boolean;
}

const BEHIND: Readonly<Record<string, number>> = { 'n-1': 1, 'n-2': 2 };
const NOTHING: LeftOut = () => false;

export function createTargetTold({ world, scheduler }: Pick<Fleet, 'world' | 'scheduler'>, feed: FeedAsRead): TargetTold {
  /** All that n-1 counts, newest first. */
  function counted({ cap }: FleetPolicy, device: WorldDevice, isLeftOut: LeftOut): string[] {
    const all = feed.everOffered(device).filter((version) => isWithin(version, cap) && !isLeftOut(version));
    return all.sort((a, b) => compareVersionTexts(b, a));
  }

  function isMeant(policy: FleetPolicy, device: WorldDevice, version: string, runs: readonly string[], isLeftOut = NOTHING): boolean {
    const { target = 'latest', floor, cap } = policy;
    if (!isWithin(version, cap) || (floor !== undefined && runs.every((one) => compareVersionTexts(one, floor) >= 0))) return false;
    const by = BEHIND[target];
    if (by !== undefined) {
      const named = counted(policy, device, isLeftOut)[by];
      return named !== undefined && compareVersionTexts(version, named) <= 0;
    }
    if (target === 'latest') return true;
    if (target === 'latest-minor') return runs.some((one) => majorOf(one) === majorOf(version));
    return target.includes('.') ? version === target : majorOf(version) === Number(target);
  }

  function newestMeant(versions: readonly string[], policy: FleetPolicy, device: WorldDevice, runs: string, isLeftOut: LeftOut) {
    // The floor says who is left alone, not which release is meant.
    const { floor: _, ...unbounded } = policy;
    const meant = versions.filter((version) => !isLeftOut(version) && isMeant(unbounded, device, version, [runs], isLeftOut));
    return meant.sort(compareVersionTexts).at(-1);
  }

  /** Plain latest is the newest that the device itself is offered; all else is whatever Apple lists. */
  function newestOf(policy: FleetPolicy, device: WorldDevice, runs: string, isLeftOut = NOTHING): string | undefined {
    const { target = 'latest', cap } = policy;
    const versions = target === 'latest' && cap === undefined ? feed.offered(device) : feed.listed(device);
    return newestMeant(versions, policy, device, runs, isLeftOut);
  }

  function mayBeTakenBack({ spec }: WorldDevice, version: string): boolean {
    return world.feed.withdrawals.some(
      (one) => one.version === version && one.from <= scheduler.now() && one.deviceIds.includes(spec.model.deviceId),
    );
  }

  return {
    isMeant,
    mayBeTakenBack,
    least(policy, device, runs, isLeftOut = NOTHING) {
      const { target = 'latest', floor } = policy;
      const by = BEHIND[target];
      const asked = target.includes('.')
        ? target
        : by !== undefined
          ? counted(policy, device, (version) => isLeftOut(version) || mayBeTakenBack(device, version))[by]
          : newestOf(policy, device, runs, isLeftOut);
      return [asked, floor].filter((version) => version !== undefined).sort(compareVersionTexts)[asked === undefined ? 1 : 0];
    },
    standing(policy, device, runs) {
      const { target = 'latest', floor } = policy;
      const isAt = (version: string) => compareVersionTexts(runs, version) >= 0;
      if (floor !== undefined && isAt(floor)) return 'reached';
      const open = newestMeant(feed.offered(device), policy, device, runs, NOTHING);
      if (open !== undefined && !isAt(open)) return 'behind';
      // What was replaced while it was taken back is not put back any more.
      if (target.includes('.'))
        return isAt(target) ? 'reached' : feed.isTakenBack(device, target) ? 'release-withdrawn' : 'target-not-offered';
      const by = BEHIND[target];
      if (by !== undefined) {
        const all = counted(policy, device, NOTHING);
        const named = all[by];
        if (named !== undefined && !isAt(named)) return feed.listed(device).includes(named) ? 'target-not-offered' : 'release-expired';
        const oldest = all[Math.min(by, all.length - 1)];
        return oldest !== undefined && isAt(oldest) ? 'reached' : 'target-not-offered';
      }
      const wanted = newestOf(policy, device, runs);
      if (wanted !== undefined) return isAt(wanted) ? 'reached' : 'target-not-offered';
      return /^\d+$/.test(target) && majorOf(runs) > Number(target) ? 'reached' : 'target-not-offered';
    },
  };
}

/** "26" allows 26.6.1, "26.5" allows 26.5.2. */
function isWithin(version: string, cap: string | undefined): boolean {
  if (cap === undefined) return true;
  const parts = cap.split('.');
  const start = version.split('.').slice(0, parts.length).join('.');
  return compareVersionTexts(start, cap) <= 0;
}

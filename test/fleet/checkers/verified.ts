import { compareVersionTexts } from '../../../src/sim/table.ts';
import type { WorldDevice } from '../../../src/sim/world.types.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';
import { createFeedAsRead } from './feed-as-read.ts';
import { createReported } from './reported.ts';
import { createTargetTold } from './target-told.ts';

const HOUR_MS = 3_600_000;
/** A call that was right when it began may end later. */
const CALL_MS = 5_000;
/** Everyone is decided anew within this, and while a clock is in doubt, nobody. */
const LOOK_MS = 2 * HOUR_MS;
const CLOCK_WRONG_MS = 5 * 24 * HOUR_MS;

/**
 * Promise 8: verified means that an OS at or above the target was observed. Where the stored decision says so, the newest
 * observation that reached the app is not below what a policy in force since asks of the device, by what Apple offers it and apart
 * from what a person skips.
 */
export const verified: CheckerKind = { promise: 8, title: 'seen, not hoped', file: 'verified.ts', create };

function create({ fleet, violate }: Watched): Checker {
  const { world, scheduler, policies, isClockSet } = fleet;
  const reported = createReported();
  const feed = createFeedAsRead(world);
  const told = createTargetTold(fleet, feed);
  const reasons = new Map<string, { reason: string; at: number }>();
  /** Decided in this event: judged when it is over, because a commit may overtake the answer it rests on. */
  const fresh = new Set<string>();
  let decidedAt = 0;

  /** Skipped releases by policy and release, and until when a decision may rest on that. */
  const skipped = new Map<string, { release: string; until: number }>();
  /** One version number stands for releases of several systems. */
  function isSkipped({ spec }: WorldDevice, version: string): boolean {
    const system = spec.model.family === 'Mac' ? 'macOS' : spec.model.family === 'Vision Pro' ? 'visionOS' : 'iOS';
    return [...skipped.values()].some(({ release, until }) => release === `${system} ${version}` && until > scheduler.now());
  }

  function judge(id: string): void {
    const device = world.device(id);
    const decided = reasons.get(id);
    if (decided?.reason !== 'verified' || device === undefined) return;
    const seen = reported.latest(id)?.version;
    if (seen === undefined) violate(id, 'is called verified, and never told what it runs');
    if (seen === undefined) return;
    const targets = policies
      .between(decided.at - CALL_MS, scheduler.now())
      .map((policy) => told.least(policy, device, seen, (version) => isSkipped(device, version)));
    if (targets.every((target) => target !== undefined && compareVersionTexts(seen, target) < 0))
      violate(id, `is called verified, last told that it runs ${seen}, and is to be on ${targets.join(' or ')}`);
  }

  function settle(): void {
    for (const id of fresh) judge(id);
    fresh.clear();
  }

  return {
    onCatalogueSaved: feed.saved,
    onRolloutsSaved(saved) {
      const until = scheduler.now() + (isClockSet ? CLOCK_WRONG_MS : LOOK_MS);
      for (const { policy, release, state } of saved) {
        const key = `${policy} ${release}`;
        const before = skipped.get(key);
        if (state === 'skipped') skipped.set(key, { release, until: Number.POSITIVE_INFINITY });
        else if (before?.until === Number.POSITIVE_INFINITY) skipped.set(key, { release, until });
      }
    },
    onEvent(event) {
      if (fresh.size > 0 && event.at > decidedAt) settle();
      reported.note(event);
      feed.note(event);
    },
    onCommit({ enrollmentId, decision }) {
      if (fresh.size > 0 && scheduler.now() > decidedAt) settle();
      decidedAt = scheduler.now();
      reasons.set(enrollmentId, { reason: decision.reason, at: scheduler.now() });
      if (decision.reason === 'verified') fresh.add(enrollmentId);
    },
    async sweep() {
      fresh.clear();
      for (const id of reasons.keys()) judge(id);
    },
  };
}

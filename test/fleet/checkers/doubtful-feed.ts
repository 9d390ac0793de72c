import type { Checker, CheckerKind, Watched } from './checker.types.ts';

/** A doubtful answer that is repeated unchanged for so long is believed (rule 3). */
const BELIEVED_AFTER_MS = 3 * 86_400_000;

/**
 * Promise 13: a feed can only make us do less when it is doubtful. While the last answer was a faulty one, no device is
 * handed a target or a date that was not decided for it before.
 */
export const doubtfulFeed: CheckerKind = { promise: 13, title: 'a doubtful feed only makes us do less', file: 'doubtful-feed.ts', create };

function create({ fleet: { scheduler }, violate }: Watched): Checker {
  let doubtSince: number | undefined;
  let hasGoodAnswer = false;
  /** Read, and not stored so far: the app may die with it. */
  let isGoodUnsaved = false;
  /** Enforcements decided while nothing was in doubt, by device. */
  const decided = new Map<string, Set<string>>();

  function isInDoubt(): boolean {
    return doubtSince !== undefined && scheduler.now() > doubtSince && scheduler.now() < doubtSince + BELIEVED_AFTER_MS;
  }

  return {
    onEvent(event) {
      if (event.kind === 'feed' && event.fault !== 'outage') {
        // A first answer has nothing to be doubted by.
        isGoodUnsaved = event.fault === undefined && event.status === 200;
        doubtSince = event.fault === undefined || !hasGoodAnswer ? undefined : (doubtSince ?? event.at);
      }
      if (event.kind !== 'dm' || event.enforcement === undefined || !isInDoubt()) return;
      const { identifier, targetOSVersion, targetLocalDateTime } = event.enforcement;
      if (!decided.get(event.device)?.has(identifier))
        violate(event.device, `was handed ${targetOSVersion} by ${targetLocalDateTime} while Apple’s last answer was a faulty one`);
    },
    onCatalogueSaved() {
      if (isGoodUnsaved) hasGoodAnswer = true;
      isGoodUnsaved = false;
    },
    onCommit({ enrollmentId, decision: { enforcement } }) {
      if (enforcement === undefined || isInDoubt()) return;
      decided.set(enrollmentId, (decided.get(enrollmentId) ?? new Set()).add(enforcement.identifier));
    },
  };
}

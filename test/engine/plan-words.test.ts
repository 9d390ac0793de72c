import { describe, expect, it } from 'vitest';
import { planState } from '../../src/engine/show/plan-row.ts';
import { nextOf } from '../../src/engine/show/words.ts';
import type { ReasonName } from '../../src/reasons/reasons.ts';
import { REASONS } from '../../src/reasons/reasons.ts';
import type { StoredDecision } from '../../src/store/store.ts';

const decisionOf = (reason: ReasonName) =>
  ({
    ...{ reason, next: [], isHandedOut: true, channel: 'declarations', evidence: {} },
    enforcement: { local: '2026-12-06T18:00:00' },
  }) as unknown as StoredDecision;

describe('what is planned', () => {
  it('installs by its date once the device can fetch that', () => {
    expect(nextOf(decisionOf('awaiting-sync'))).toBe('installs at 2026-12-06 18:00 device time at the latest');
    expect(nextOf(decisionOf('declarations-not-placed'))).toBe(REASONS['declarations-not-placed'].remedy);
  });

  it('has no date for who has left', () => {
    expect(planState(decisionOf('awaiting-sync')).date).toBe('2026-12-06T18:00:00');
    expect(planState(decisionOf('left')).date).toBeUndefined();
  });
});

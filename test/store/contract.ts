import { afterEach, beforeEach, describe } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { testAlerts } from './contract-alerts.ts';
import { testAttempts } from './contract-attempts.ts';
import { testConflicts } from './contract-conflicts.ts';
import { testEnrollments } from './contract-enrollments.ts';
import { testFleetDays } from './contract-fleet-days.ts';
import { testGate } from './contract-gate.ts';
import { testHistory } from './contract-history.ts';
import { testInbox } from './contract-inbox.ts';
import { testLedger } from './contract-ledger.ts';
import { testLists } from './contract-lists.ts';
import { testOutbox } from './contract-outbox.ts';
import { testOverrides } from './contract-overrides.ts';
import { testPlacements } from './contract-placements.ts';
import { testRollouts } from './contract-rollouts.ts';
import { testSite } from './contract-site.ts';
import { testSpool } from './contract-spool.ts';
import { testTags } from './contract-tags.ts';
import { testTokens } from './contract-tokens.ts';
import { testUpstream } from './contract-upstream.ts';

export interface StoreUnderTest {
  store: Store;
  /** Closes it and opens what was kept; undefined where nothing is. */
  reopen?(): Promise<Store>;
  dispose(): Promise<void>;
}

export interface StoreLimits {
  inboxRowsMax?: number;
}

export type MakeStore = (limits?: StoreLimits) => Promise<StoreUnderTest>;

/** What one test works with. */
export interface Bench {
  readonly store: Store;
  readonly reopen: (() => Promise<Store>) | undefined;
  /** Another store, with other limits; closed with the test. */
  make(limits: StoreLimits): Promise<Store>;
}

/** What Ratchet relies on in a store, whatever it is written in. */
export function testStore(name: string, makeStore: MakeStore): void {
  describe(name, () => {
    let opened: StoreUnderTest[] = [];
    const bench: Bench = {
      get store() {
        return opened[0]?.store as Store;
      },
      get reopen() {
        return opened[0]?.reopen;
      },
      async make(limits) {
        const made = await makeStore(limits);
        opened.push(made);
        return made.store;
      },
    };
    beforeEach(async () => {
      opened = [await makeStore()];
    });
    afterEach(async () => {
      for (const each of opened) await each.dispose();
    });

    testInbox(bench);
    testEnrollments(bench);
    testConflicts(bench);
    testOutbox(bench);
    testAttempts(bench);
    testSite(bench);
    testTags(bench);
    testSpool(bench);
    testRollouts(bench);
    testTokens(bench);
    testLists(bench);
    testFleetDays(bench);
    testHistory(bench);
    testOverrides(bench);
    testLedger(bench);
    testPlacements(bench);
    testAlerts(bench);
    testUpstream(bench);
    testGate(bench);
  });
}

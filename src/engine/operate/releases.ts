import { type MergedBundle, mergeBundle, readBundle } from '../../releases/bundle.ts';
import { acceptDoubtful } from '../../releases/catalogue.ts';
import type { Clock } from '../../runtime.ts';
import type { Store } from '../../store/store.ts';
import type { CatalogueKeeper } from '../schedule/catalogue-keeper.ts';
import type { ReadOutcome, ReadReleases } from '../schedule/read-releases.ts';
import type { Standing } from '../standing.ts';

/** Who does it and why, for the audit log. */
export interface ReleasesAct {
  by: string;
  note?: string;
}

/** What a person does with the list of releases, each with its audit line. */
export interface OperateReleases {
  /** Asks the source now, within its limits (rule 6). Undefined when there is none (`releases: off`). */
  refresh(act: ReleasesAct): Promise<ReadOutcome | undefined>;
  /** Believes the doubtful answer (rule 3). False when there is none. */
  accept(act: ReleasesAct): Promise<boolean>;
  /** Takes what another installation exported (rule 4). Nothing is changed by one that can't be read. */
  importBundle(
    value: unknown,
    act: ReleasesAct,
  ): Promise<{ ok: true; merged: Omit<MergedBundle, 'fold'> & { isDoubtful: boolean } } | { ok: false; detail: string }>;
}

export interface OperateReleasesOptions {
  store: Store;
  standing: Standing;
  clock: Pick<Clock, 'now'>;
  keeper: CatalogueKeeper;
  releases: ReadReleases | undefined;
}

export function createOperateReleases({ store, standing, clock, keeper, releases }: OperateReleasesOptions): OperateReleases {
  async function audit(name: string, { by, note }: ReleasesAct, detail: Record<string, unknown>): Promise<void> {
    await store.audit({ at: clock.now(), by, act: name, detail: { ...detail, ...(note ? { note } : {}) } });
  }

  return {
    async refresh(act) {
      if (releases === undefined) return undefined;
      const outcome = await releases.read();
      await audit('releases-refresh', act, { source: releases.source, ...outcome });
      return outcome;
    },
    accept: (act) =>
      keeper.inTurn(async () => {
        const { catalogue } = standing;
        if (!catalogue?.candidate) return false;
        await audit('releases-accept', act, { doubt: catalogue.doubt });
        await keeper.apply(acceptDoubtful(catalogue, clock.now()));
        return true;
      }),
    importBundle: (value, act) =>
      keeper.inTurn(async () => {
        const read = readBundle(value, clock.now());
        if (!read.ok) return read;
        const { fold, ...merged } = mergeBundle(standing.catalogue, read.bundle, clock.now());
        const { exportedAt, source, catalogue } = read.bundle;
        await audit('releases-import', act, { exportedAt, source, digest: catalogue.heldDigest, ...merged });
        // "Not modified" speaks of the last answer of the source, which what is held no longer is.
        const { feed } = await store.loadSite();
        if (feed?.etag !== undefined)
          await store.saveSite({
            feed: { source: feed.source, askedAt: feed.askedAt, ...(feed.notBefore === undefined ? {} : { notBefore: feed.notBefore }) },
          });
        await keeper.apply(fold);
        return { ok: true, merged: { ...merged, isDoubtful: fold.catalogue.doubt !== undefined } };
      }),
  };
}

import type { ReleaseFeed } from '../../feeds/feed.ts';
import { ERROR } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import { acceptDoubtful, type CatalogueFold, emptyCatalogue, foldAnswer, foldUnchanged } from '../../releases/catalogue.ts';
import type { Catalogue, CatalogueAlert } from '../../releases/catalogue.types.ts';
import { parsePmv } from '../../releases/pmv.ts';
import type { Clock } from '../../runtime.ts';
import type { Store } from '../../store/store.ts';
import type { Alerts } from '../alerts.ts';
import { shortHash } from '../reconcile/reconcile-one.ts';
import type { Standing } from '../standing.ts';
import type { ClockJudge } from './clock-judge.ts';

export interface ReadReleases {
  /** Reads the feed once and folds what it said. Resolves to when to read again after an outage, if it said so. */
  read(): Promise<{ retryAfterMs?: number; ok: boolean }>;
  /** A person accepts the doubtful answer. False when there is none. */
  accept(): Promise<boolean>;
}

export interface ReadReleasesOptions {
  feed: ReleaseFeed;
  store: Store;
  standing: Standing;
  clock: Clock;
  log: Logger;
  alerts: Alerts;
  clockJudge: ClockJudge;
  /** The catalogue offers something else now: every device is to be decided anew. */
  onChanged(): Promise<void>;
}

/** Names what a catalogue offers; the same for the same releases, however often they were checked. */
export function catalogueDigest(catalogue: Catalogue): string {
  return shortHash([catalogue.releases, catalogue.doubt?.digest ?? null]);
}

export function createReadReleases({
  feed,
  store,
  standing,
  clock,
  log,
  alerts,
  clockJudge,
  onChanged,
}: ReadReleasesOptions): ReadReleases {
  let etag: string | undefined;

  async function read(): Promise<{ retryAfterMs?: number; ok: boolean }> {
    const answer = await feed.read(standing.catalogue === undefined ? undefined : etag);
    if (answer.kind === 'outage') {
      log.warn({ [ERROR]: answer.message }, 'releases could not be read; what is known stays');
      await alerts.raise('releases-outage', 'Apple’s releases could not be read; what is known stays in force.', {
        message: answer.message,
      });
      return { ok: false, ...(answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs }) };
    }
    await alerts.clear('releases-outage');
    if (answer.date !== undefined) await clockJudge.compare(answer.date);
    if (answer.kind === 'not-modified') {
      if (standing.catalogue) await apply(foldUnchanged(standing.catalogue, clock.now()));
      return { ok: true };
    }
    const parsed = parsePmv(answer.body);
    if (!parsed.ok) {
      await alerts.raise('releases-unreadable', 'The releases source answered something that is no release list; what is known stays.', {
        detail: parsed.detail,
      });
      return { ok: false };
    }
    await alerts.clear('releases-unreadable');
    etag = answer.etag;
    await apply(foldAnswer(standing.catalogue ?? emptyCatalogue(), parsed.answer, clock.now()));
    return { ok: true };
  }

  async function apply({ catalogue, alerts: told }: CatalogueFold): Promise<void> {
    const digest = catalogueDigest(catalogue);
    await store.saveCatalogue(catalogue);
    const changed = digest !== standing.catalogueDigest;
    standing.catalogue = catalogue;
    standing.catalogueDigest = digest;
    for (const alert of told) await tell(alert);
    if (!changed) return;
    log.info({ count: catalogue.releases.length }, 'releases changed; every device is decided anew');
    await onChanged();
  }

  async function tell(alert: CatalogueAlert): Promise<void> {
    switch (alert.kind) {
      case 'answer-doubtful':
        return alerts.raise('releases-doubtful', 'Apple’s answer looks wrong: nothing new is handed out on it.', { ...alert.doubt });
      case 'doubt-ended':
        return alerts.clear('releases-doubtful');
      case 'release-withdrawn':
        return alerts.raise(
          `release-withdrawn ${alert.release}`,
          'Apple took a release back; nobody new gets it and who has not started has it taken back.',
          { release: alert.release, devices: alert.devices.slice(0, 20) },
        );
      case 'release-restored':
        return alerts.clear(`release-withdrawn ${alert.release}`);
      case 'entries-dropped':
        log.warn({ count: alert.count }, 'entries of the releases answer could not be read');
    }
  }

  return {
    read,
    async accept() {
      if (!standing.catalogue?.candidate) return false;
      await apply(acceptDoubtful(standing.catalogue, clock.now()));
      return true;
    },
  };
}

import type { Logger } from '../../logger.ts';
import type { CatalogueFold } from '../../releases/catalogue.ts';
import type { Catalogue, CatalogueAlert } from '../../releases/catalogue.types.ts';
import type { Store } from '../../store/store.ts';
import type { Alerts } from '../alerts.ts';
import { shortHash } from '../reconcile/reconcile-one.ts';
import type { Standing } from '../standing.ts';

/** Keeps the catalogue in force: in the store, in the process, and told to people. */
export interface CatalogueKeeper {
  /** One change after the other: each is made from the catalogue in force. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Puts a fold into force. True when something else is offered than before; then every device is decided anew. */
  apply(fold: CatalogueFold): Promise<boolean>;
}

export interface CatalogueKeeperOptions {
  store: Store;
  standing: Standing;
  log: Logger;
  alerts: Alerts;
  /** The catalogue offers something else now: every device is to be decided anew. */
  onChanged(): Promise<void>;
}

/** Names what a catalogue offers; the same for the same releases, however often they were checked. */
export function catalogueDigest(catalogue: Catalogue): string {
  return shortHash([catalogue.releases, catalogue.doubt?.digest ?? null]);
}

export function createCatalogueKeeper({ store, standing, log, alerts, onChanged }: CatalogueKeeperOptions): CatalogueKeeper {
  let last: Promise<unknown> = Promise.resolve();

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
    inTurn(work) {
      const turn = last.then(work);
      last = turn.catch(() => undefined);
      return turn;
    },
    async apply({ catalogue, alerts: told }) {
      const digest = catalogueDigest(catalogue);
      await store.saveCatalogue(catalogue);
      const changed = digest !== standing.catalogueDigest;
      standing.catalogue = catalogue;
      standing.catalogueDigest = digest;
      for (const alert of told) await tell(alert);
      if (!changed) return false;
      log.info({ count: catalogue.releases.length }, 'releases changed; every device is decided anew');
      await onChanged();
      return true;
    },
  };
}

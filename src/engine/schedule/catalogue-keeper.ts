import { judgeTargets } from '../../decide/judge-targets.ts';
import type { Logger } from '../../logger.ts';
import type { CatalogueFold } from '../../releases/catalogue.ts';
import type { Catalogue, CatalogueAlert } from '../../releases/catalogue.types.ts';
import type { Clock } from '../../runtime.ts';
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
  clock: Pick<Clock, 'now'>;
  /** The catalogue offers something else now: every device is to be decided anew. */
  onChanged(): Promise<void>;
}

const TARGET_ALERT = 'target-refused ';
/** Targets that go along with what Apple offers. */
const FOLLOWS: ReadonlySet<string> = new Set(['latest', 'latest-minor']);

/** Names what a catalogue offers; the same for the same releases, however often they were checked. */
export function catalogueDigest(catalogue: Catalogue): string {
  return shortHash([catalogue.releases, catalogue.doubt?.digest ?? null]);
}

export function createCatalogueKeeper({ store, standing, log, alerts, clock, onChanged }: CatalogueKeeperOptions): CatalogueKeeper {
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

  /** Rule 5, daily: targets of policies that enforce, which nothing can be installed for, or not until their date. */
  async function tellTargets(catalogue: Catalogue): Promise<void> {
    const policies = standing.policies.policies.filter(({ mode, target }) => mode === 'enforce' && !FOLLOWS.has(target.kind));
    const judged = judgeTargets({ ...standing.policies, policies }, catalogue, clock.now());
    const wrong = new Map(judged.targets.map(({ policy, refused, ending }) => [`${TARGET_ALERT}${policy}` as const, refused ?? ending]));
    const refused = new Set<string>([...wrong].filter(([, because]) => because !== undefined).map(([key]) => key));
    for (const { key } of await store.listAlerts()) if (key.startsWith(TARGET_ALERT) && !refused.has(key)) await alerts.clear(key);
    for (const [key, because] of wrong)
      if (because !== undefined)
        await alerts.raise(key, 'The target of a policy can’t be had from Apple, or not until its date.', { because });
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
      if (standing.clockSuspect === undefined) await tellTargets(catalogue);
      if (!changed) return false;
      log.info({ count: catalogue.releases.length }, 'releases changed; every device is decided anew');
      await onChanged();
      return true;
    },
  };
}

import type { Control, Site } from '../decide/input.ts';
import type { PolicySet } from '../policy/policy.types.ts';
import type { Catalogue } from '../releases/catalogue.types.ts';
import type { SiteRow, Store } from '../store/store.ts';

/**
 * What holds for every device at this moment: policies, releases, what a person ordered, what is known of
 * the wiring. One mutable value in the process, loaded from the store at start and written through by the
 * use case that changes it. Its `basis` names the revisions a decision rests on.
 */
export interface Standing {
  policies: PolicySet;
  policiesHash: string;
  catalogue: Catalogue | undefined;
  /** Digest of what the catalogue offers. */
  catalogueDigest: string;
  control: Control;
  site: Site;
  clockSuspect: string | undefined;
  basis(): string;
}

export function createStanding(
  policies: PolicySet,
  policiesHash: string,
  row: SiteRow,
  catalogue: Catalogue | undefined,
  catalogueDigest: string,
): Standing {
  return {
    policies,
    policiesHash,
    catalogue,
    catalogueDigest,
    control: row.control,
    site: row.site,
    clockSuspect: undefined,
    basis() {
      const { state, held, pausedPolicies, restored } = this.control;
      const control = `${state}${held === undefined ? '' : '!held'}${restored === undefined ? '' : `!restored${restored.at}`}${pausedPolicies.length === 0 ? '' : `!${[...pausedPolicies].sort().join(',')}`}`;
      return `${this.policiesHash}/${this.catalogueDigest}/${control}/${this.clockSuspect === undefined ? '' : 'clock'}`;
    },
  };
}

/** Loads what the store remembers of the site. */
export async function loadStanding(
  store: Store,
  policies: PolicySet,
  policiesHash: string,
  digestOf: (catalogue: Catalogue) => string,
): Promise<Standing> {
  const row = await store.loadSite();
  const catalogue = await store.loadCatalogue();
  return createStanding(policies, policiesHash, row, catalogue, catalogue ? digestOf(catalogue) : 'none');
}

import type { Control, OfferedRelease, OfferedReleases, Rollouts, Site } from '../decide/input.ts';
import type { Placing } from '../decide/placement.ts';
import { type EnrollmentState, known } from '../enrollment/state.ts';
import type { PolicySet } from '../policy/policy.types.ts';
import type { Catalogue } from '../releases/catalogue.types.ts';
import { inForce } from '../releases/held-severity.ts';
import type { Severities } from '../releases/severity.types.ts';
import type { Rollout } from '../rollout/rollout.types.ts';
import type { SiteRow, Store, TagRow } from '../store/store.ts';
import type { LoadKeeper } from './load.ts';
import type { OwnersPages } from './owners-pages.ts';

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
  /** What SOFA told; undefined while it told nothing. Read or not, what was told holds. */
  severitiesTold: Severities | undefined;
  /** What of it is in force: all but what waits for a person. */
  severities: Severities | undefined;
  /** Digest of how severe releases are, by what is in force. */
  severitiesDigest: string;
  control: Control;
  site: Site;
  tags: Tags;
  rollouts: Rollouts;
  /** What Apple offers to whom; no part of the basis: nothing that is handed out hangs on it. */
  offered: Offered;
  /** Puts these in place of what was there. */
  setRollouts(changed: readonly Rollout[], revision: number): void;
  /** Pages for owners; absent where there are none. No part of the basis: they are the reason for no decision. */
  ownersPages?: OwnersPages | undefined;
  /** What devices take up of the limits; absent where nothing is handed out. */
  load?: LoadKeeper;
  /** Another server answers devices in our place, and how it is reached; absent: we do. */
  placing?: Placing;
  clockSuspect: string | undefined;
  basis(): string;
}

/** All tags by the enrollment id or serial number they were given to, and how often they were changed. */
export interface Tags {
  revision: number;
  /** Of one device, sorted, each once. */
  of(state: EnrollmentState): readonly string[];
}

/** As stored, and as decisions ask for it. */
export interface Offered {
  rows: readonly OfferedRelease[];
  of: OfferedReleases;
}

export function createOffered(rows: readonly OfferedRelease[] = []): Offered {
  const of = new Map<string, Set<string>>();
  for (const { release, deviceKey } of rows) of.set(release, (of.get(release) ?? new Set()).add(deviceKey));
  return { rows, of };
}

const NONE: readonly string[] = [];

export function createTags(rows: readonly TagRow[], revision: number): Tags {
  const bySubject = new Map<string, readonly string[]>();
  const join = (one: readonly string[], other: readonly string[]) => [...new Set([...one, ...other])].sort();
  for (const { subject, tags } of rows) bySubject.set(subject, join(bySubject.get(subject) ?? NONE, tags));
  return {
    revision,
    of(state) {
      const serialNumber = known(state, 'serialNumber');
      const given = [bySubject.get(state.id), serialNumber && bySubject.get(serialNumber), known(state, 'urlTags')];
      return given.reduce<readonly string[]>((all, some) => (some ? (all.length === 0 ? some : join(all, some)) : all), NONE);
    },
  };
}

export function createStanding(
  policies: PolicySet,
  policiesHash: string,
  row: SiteRow,
  catalogue: Catalogue | undefined,
  catalogueDigest: string,
  tags: Tags = createTags([], 0),
  severities: { told: Severities | undefined; digest: string } = { told: undefined, digest: '' },
  rollouts: readonly Rollout[] = [],
): Standing {
  let rolloutsRevision = row.rolloutsRevision;
  return {
    policies,
    policiesHash,
    catalogue,
    catalogueDigest,
    severitiesTold: severities.told,
    severities: severities.told && inForce(severities.told),
    severitiesDigest: severities.digest,
    control: row.control,
    site: row.site,
    tags,
    rollouts: byPolicy(new Map(), rollouts),
    offered: createOffered(row.offered),
    setRollouts(changed, revision) {
      this.rollouts = byPolicy(this.rollouts, changed);
      rolloutsRevision = revision;
    },
    clockSuspect: undefined,
    basis() {
      const { state, held, pausedPolicies, restored } = this.control;
      const control = `${state}${held === undefined ? '' : '!held'}${restored === undefined ? '' : `!restored${restored.at}`}${pausedPolicies.length === 0 ? '' : `!${[...pausedPolicies].sort().join(',')}`}`;
      const tagged = this.tags.revision === 0 ? '' : `/tags ${this.tags.revision}`;
      const rolled = rolloutsRevision === 0 ? '' : `/rollouts ${rolloutsRevision}`;
      const severe = this.severitiesDigest === '' ? '' : `/severities ${this.severitiesDigest}`;
      const doubt = this.clockSuspect === undefined ? '' : 'clock';
      const merged = this.site.mergesDdm ? '/merge' : this.placing ? '/placed' : '';
      return `${this.policiesHash}${merged}${tagged}${rolled}${severe}/${this.catalogueDigest}/${control}/${doubt}`;
    },
  };
}

/** With these in place of what was there. */
export function byPolicy(before: Rollouts, changed: readonly Rollout[]): Rollouts {
  const all = new Map([...before].map(([policy, byRelease]) => [policy, new Map(byRelease)]));
  for (const rollout of changed) {
    const byRelease = all.get(rollout.policy) ?? new Map<string, Rollout>();
    all.set(rollout.policy, byRelease.set(rollout.release, rollout));
  }
  return all;
}

/** Loads what the store remembers of the site. */
export async function loadStanding(
  store: Store,
  policies: PolicySet,
  policiesHash: string,
  digestOf: (catalogue: Catalogue) => string,
  severitiesDigestOf: (severities: Severities | undefined) => string = () => '',
): Promise<Standing> {
  const row = await store.loadSite();
  const catalogue = await store.loadCatalogue();
  const tags = createTags(await store.listTags(), row.tagsRevision);
  const told = await store.loadSeverities();
  const severities = { told, digest: severitiesDigestOf(told && inForce(told)) };
  const digest = catalogue ? digestOf(catalogue) : 'none';
  return createStanding(policies, policiesHash, row, catalogue, digest, tags, severities, await store.listRollouts());
}

import { enforcementSupport } from '../os/availability.ts';
import { type Platform, platformOf } from '../os/platform.ts';
import { compareVersions, formatVersion } from '../os/version.ts';
import type { Policy, PolicyMatch, PolicySet } from '../policy/policy.types.ts';
import type { Catalogue, Offer } from '../releases/catalogue.types.ts';
import { offersFor } from '../releases/offers.ts';
import { draw, pick } from './chance.ts';

/** One device of a fleet as it is when the replay begins. */
export interface ReplayDevice {
  id: string;
  serial: string;
  /** Product identifier; of drawn Macs only that it is one, which the lookup service does not tell. */
  model: string;
  /** What the lookup service lists it under. */
  key: string;
  platform: Platform;
  osVersion: string;
  build: string;
  isSupervised: boolean;
  /** IANA; told by Macs from macOS 26 on only. */
  zone: string;
  tags: readonly string[];
}

/** Of a drawn fleet. */
const SHARES: readonly (readonly [Platform, number])[] = [
  ['iPadOS', 0.4],
  ['iOS', 0.35],
  ['macOS', 0.25],
];
const SUPERVISED: Partial<Record<Platform, number>> = { iOS: 0.85, iPadOS: 0.95, macOS: 1 };
/** Others have the release before, where Apple still offers one. */
const NEWEST_SHARE = 0.6;
const ZONES: readonly (readonly [string, number])[] = [
  ['America/New_York', 0.15],
  ['Asia/Tokyo', 0.15],
];
/** Of each tag that a policy asks for. */
const TAG_SHARE = 0.05;

/** `count` devices over the models the catalogue lists, as far as they take update declarations. The same for the same seed. */
export function drawFleet(count: number, catalogue: Catalogue, policies: PolicySet, seed: string): ReplayDevice[] {
  const models = modelsOf(catalogue);
  const tags = tagsAskedFor(policies);
  return Array.from({ length: count }, (_, index) => {
    const id = `replay-${String(index + 1).padStart(6, '0')}`;
    const wanted = platformFor(draw(seed, 'platform', id));
    const found = models.filter(({ platform }) => platform === wanted);
    const { key, platform, offers } = pick(found.length > 0 ? found : models, seed, 'model', id);
    const [newest, before] = offers as [Offer, Offer?];
    const runs = before !== undefined && draw(seed, 'version', id) >= NEWEST_SHARE ? before : newest;
    return {
      id,
      serial: `R${String(index + 1).padStart(9, '0')}`,
      model: platform === 'macOS' ? 'Mac' : key,
      key,
      platform,
      osVersion: formatVersion(runs.version),
      build: runs.builds[0] ?? '',
      isSupervised: draw(seed, 'supervised', id) < (SUPERVISED[platform] ?? 1),
      zone: zoneFor(draw(seed, 'zone', id), policies.timeZone),
      tags: tags.filter((tag) => draw(seed, 'tag', tag, id) < TAG_SHARE),
    };
  });
}

interface Model {
  key: string;
  platform: Platform;
  /** Those it could run that take declarations, newest first, each version once. */
  offers: Offer[];
}

function modelsOf(catalogue: Catalogue): Model[] {
  const keys = new Set(catalogue.releases.flatMap(({ groups }) => groups.flatMap(({ devices }) => devices)));
  return [...keys].sort().flatMap((key): Model[] => {
    const all = offersFor(catalogue, key).filter(
      ({ isImprovement, isListed, isPublic, builds }) => !isImprovement && isListed && isPublic && builds.length > 0,
    );
    const platform = platformOfKey(key, all);
    if (platform === undefined) return [];
    const offers = all.filter((offer, index) => {
      const isFirst = index === 0 || compareVersions((all[index - 1] as Offer).version, offer.version) !== 0;
      return isFirst && enforcementSupport(platform, offer.version) === 'supported';
    });
    return offers.length === 0 ? [] : [{ key, platform, offers }];
  });
}

/** Macs stand under their board, virtual machines among them; what MDM can't update is left out. */
function platformOfKey(key: string, offers: readonly Offer[]): Platform | undefined {
  const platform = platformOf(key);
  if (platform === 'iOS' || platform === 'iPadOS') return platform;
  return offers.some((offer) => offer.platform === 'macOS') ? 'macOS' : undefined;
}

function platformFor(drawn: number): Platform {
  let below = 0;
  for (const [platform, share] of SHARES) {
    below += share;
    if (drawn < below) return platform;
  }
  return 'macOS';
}

function zoneFor(drawn: number, home: string): string {
  let below = 0;
  for (const [zone, share] of ZONES) {
    below += share;
    if (drawn < below) return zone;
  }
  return home;
}

/** Every match of the policies: their own, their exceptions, and those of rings. */
export function matchesOf(policies: PolicySet): PolicyMatch[] {
  const ofRings = ({ rings = [] }: Policy) => rings.flatMap(({ who }) => (who.kind === 'match' ? [who.match] : []));
  return policies.policies.flatMap((policy) => [policy.match, ...(policy.except ? [policy.except] : []), ...ofRings(policy)]);
}

function tagsAskedFor(policies: PolicySet): string[] {
  return [...new Set(matchesOf(policies).flatMap(({ tags = [] }) => tags))].sort();
}

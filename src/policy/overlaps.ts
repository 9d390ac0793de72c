import { canOverlap, shadows } from './coverage.ts';
import { allMeant, type MatchSubject } from './match.ts';
import type { Policy, PolicySet } from './policy.types.ts';
import type { PolicyFinding } from './policy-finding.types.ts';

/** Policies that mean the same devices: the one that stands first decides. */
export interface Overlap {
  /** The one that decides. */
  first: string;
  /** The one that means them too. */
  second: string;
  /** `all`: nothing is left for the second by this one alone. */
  share: 'some' | 'all';
  /** Devices that both mean and the first decides; absent where no devices are known. */
  devices?: number;
}

/** By what the match expressions say: two tags or serial numbers may be one device's. */
export function overlapsOf({ policies }: PolicySet): Overlap[] {
  const found: Overlap[] = [];
  for (const [index, second] of policies.entries())
    for (const first of policies.slice(0, index))
      if (canOverlap(first, second)) found.push({ first: first.name, second: second.name, share: shadows(first, second) ? 'all' : 'some' });
  return found;
}

/** What a fleet says of the policies. */
export interface FleetView {
  /** How many devices each decides, in the order of the file. */
  devices: { policy: string; devices: number; meant: number }[];
  /** Devices that no policy means. */
  unmatched: number;
  overlaps: Overlap[];
  warnings: PolicyFinding[];
}

/** Counted device by device. */
export function countFleet(set: PolicySet, subjects: Iterable<MatchSubject>): FleetView {
  const rows = new Map(set.policies.map(({ name }) => [name, { policy: name, devices: 0, meant: 0 }]));
  const pairs = new Map<string, Required<Overlap>>();
  const told = new Set<string>();
  let unmatched = 0;
  for (const subject of subjects) {
    for (const tag of subject.tags) told.add(tag);
    const [decides, ...others] = allMeant(set, subject);
    if (decides === undefined) {
      unmatched += 1;
      continue;
    }
    for (const { name } of [decides, ...others]) (rows.get(name) as { meant: number }).meant += 1;
    (rows.get(decides.name) as { devices: number }).devices += 1;
    for (const { name } of others) {
      const key = `${decides.name}\n${name}`;
      const pair = pairs.get(key) ?? { first: decides.name, second: name, share: 'some', devices: 0 };
      pairs.set(key, { ...pair, devices: pair.devices + 1 });
    }
  }
  const overlaps = [...pairs.values()].map((pair) => ({
    ...pair,
    share: pair.devices === rows.get(pair.second)?.meant ? ('all' as const) : pair.share,
  }));
  return { devices: [...rows.values()], unmatched, overlaps, warnings: fleetWarnings(set, rows, told) };
}

function fleetWarnings(
  { policies }: PolicySet,
  rows: ReadonlyMap<string, { devices: number; meant: number }>,
  told: ReadonlySet<string>,
): PolicyFinding[] {
  return policies.flatMap((policy, index) => {
    const path = ['policies', index];
    const { devices = 0, meant = 0 } = rows.get(policy.name) ?? {};
    const warnings: PolicyFinding[] = tagsOf(policy)
      .filter(({ tag }) => !told.has(tag))
      .map(({ tag, at }) => ({
        path: [...path, ...at],
        at: 'value',
        message: `no device has the tag ${tag}`,
        expected: `a tag that devices have${told.size === 0 ? '' : ` (${[...told].sort().slice(0, 10).join(', ')}${told.size > 10 ? ', …' : ''})`}`,
        fix: 'correct it, or give it to devices: ratchet tags import',
      }));
    if (devices === 0 && meant > 0)
      warnings.push({
        path: [...path, 'name'],
        at: 'value',
        message: `decides no device: the ${meant} it means ${meant === 1 ? 'is' : 'are'} decided by policies before it`,
        expected: 'an order from special to general',
        fix: 'move it up, or remove it',
      });
    return warnings;
  });
}

function tagsOf({ match, except, rings = [] }: Policy): { tag: string; at: (string | number)[] }[] {
  const of = (tags: readonly string[] | undefined, at: (string | number)[]) => (tags ?? []).map((tag) => ({ tag, at: [...at, 'tags'] }));
  return [
    ...of(match.tags, ['match']),
    ...of(except?.tags, ['except']),
    ...rings.flatMap(({ who }, index) => (who.kind === 'match' ? of(who.match.tags, ['rings', index, 'match']) : [])),
  ];
}

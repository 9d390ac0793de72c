import { LEGACY_MODELS, LEGACY_RELEASES } from './legacy-table.ts';
import type { Prng } from './prng.ts';
import { type Branch, compareVersionTexts, MODELS, type Model, postedAt, RELEASES, type Release } from './table.ts';

/** What Apple has in this world: which release is there for which model, and since when. */
export interface SimCatalogue {
  readonly releases: readonly Release[];
  readonly models: readonly Model[];
  /** Instant of the last release that appears. */
  readonly lastPostedAt: number;
  /** Releases of the model's branches posted by then, oldest version first. */
  offeredTo(model: Model, at: number): Release[];
  newestFor(model: Model, at: number): Release | undefined;
  /** The release of that version, if it is there for the model by then. */
  releaseFor(model: Model, version: string, at: number): Release | undefined;
  /** When a release leaves the lookup service, which names the day as its ExpirationDate; Infinity while it is the newest of its branch. */
  retiresAt(release: Release, at: number): number;
}

/** Superseded releases stay in AssetSets this long. */
const AFTERLIFE_MS = 90 * 86_400_000;

/** Branches that still get patches, and so may get one while a world runs. */
const LIVE: readonly Branch[] = ['ios18-old', 'ios26', 'ios27', 'macos14', 'macos15', 'macos26', 'macos27', 'tvos', 'tvos27', 'visionos27'];
/** The same, of models that are updated by commands. */
const LIVE_LEGACY: readonly Branch[] = ['ios15', 'ios16'];

/**
 * The table's releases up to `start`, and patches invented from the seed that appear in the `newReleaseDays` after it.
 * Nothing appears later, so that a world comes to rest. `hasLegacy`: with models that are updated by
 * commands, and their releases.
 */
export function createSimCatalogue(prng: Prng, start: number, newReleaseDays: number, hasLegacy = false): SimCatalogue {
  const until = start + newReleaseDays * 86_400_000;
  const known = hasLegacy ? [...RELEASES, ...LEGACY_RELEASES] : RELEASES;
  const releases = known.filter((release) => postedAt(release) <= until);
  // Patches of one day come together, as Apple's do.
  const firstDay = prng.int(2, Math.max(2, newReleaseDays - 1));
  for (const branch of newReleaseDays > 2 ? [...LIVE, ...(hasLegacy ? LIVE_LEGACY : [])] : []) {
    if (!prng.chance(0.5)) continue;
    const newest = newestIn(releases, branch, until);
    if (!newest) continue;
    const day = new Date(start + (prng.chance(0.8) ? firstDay : prng.int(2, newReleaseDays - 1)) * 86_400_000);
    const posted = day.toISOString().slice(0, 10);
    if (posted <= newest.posted) continue;
    releases.push({
      branch,
      version: nextPatch(newest.version),
      build: nextBuild(newest.build, prng.int(6, 16)),
      posted,
      isInvented: true,
    });
  }
  const lines = new Map<Model, { release: Release; at: number }[]>();

  function lineOf(model: Model): { release: Release; at: number }[] {
    let line = lines.get(model);
    if (!line) {
      line = releases
        .filter((release) => model.branches.includes(release.branch))
        .map((release) => ({ release, at: postedAt(release) }))
        .sort((a, b) => compareVersionTexts(a.release.version, b.release.version));
      lines.set(model, line);
    }
    return line;
  }

  return {
    releases,
    models: hasLegacy ? [...MODELS, ...LEGACY_MODELS] : MODELS,
    lastPostedAt: releases.reduce((last, release) => Math.max(last, postedAt(release)), 0),
    offeredTo: (model, at) => lineOf(model).flatMap((item) => (item.at <= at ? [item.release] : [])),
    newestFor: (model, at) => lineOf(model).findLast((item) => item.at <= at)?.release,
    releaseFor: (model, version, at) =>
      lineOf(model).find((item) => item.at <= at && compareVersionTexts(item.release.version, version) === 0)?.release,
    retiresAt(release, at) {
      const successors = releases.filter(
        (other) => other.branch === release.branch && postedAt(other) <= at && compareVersionTexts(other.version, release.version) > 0,
      );
      return Math.min(...successors.map(postedAt)) + AFTERLIFE_MS;
    },
  };
}

function newestIn(releases: readonly Release[], branch: Branch, at: number): Release | undefined {
  return releases
    .filter((release) => release.branch === branch && postedAt(release) <= at)
    .sort((a, b) => compareVersionTexts(a.version, b.version))
    .at(-1);
}

function nextPatch(version: string): string {
  const [major, minor = 0, patch = 0] = version.split('.').map(Number);
  return `${major}.${minor}.${patch + 1}`;
}

function nextBuild(build: string, step: number): string {
  const match = /^(\d+[A-Z])(\d+)$/.exec(build);
  return `${match?.[1]}${Number(match?.[2]) + step}`;
}

import { isMoreSevere, severityOf } from './severity.ts';
import type { HeldRelease, HeldSeverities, Severities, ToldPlatform } from './severity.types.ts';

/**
 * A severity that touches many devices waits for a person (rule 22). What SOFA told is kept whole, with a mark of what of it
 * waits; decisions see it without that.
 */

/** What decisions may see: releases that wait are as severe as they were before. */
export function inForce(told: Severities): Severities {
  if (!told.platforms.some(({ held }) => held)) return told;
  return { ...told, platforms: told.platforms.map(platformInForce) };
}

function platformInForce({ held, ...platform }: ToldPlatform): ToldPlatform {
  const waiting = new Map((held?.releases ?? []).map(({ version, before }) => [version, before]));
  const releases = platform.releases.map((release) => ({ ...release, ...waiting.get(release.version) }));
  return { ...platform, releases };
}

/** The releases of a feed that are more severe by what it told than by what is in force, newest first. */
export function raisedIn({ platform, releases }: ToldPlatform, severities: Severities | undefined): HeldRelease[] {
  const known = new Map(severities?.platforms.find((one) => one.platform === platform)?.releases.map((one) => [one.version, one]));
  return releases.flatMap((release): HeldRelease[] => {
    const was = known.get(release.version);
    const [from, to] = [was === undefined ? 'standard' : severityOf(was), severityOf(release)];
    if (!isMoreSevere(to, from)) return [];
    const { exploited = 0, critical = 0, severeSince = release.severeSince } = was ?? {};
    return [{ version: release.version, from, to, before: { exploited, critical, severeSince } }];
  });
}

/** With another mark, or none, on one of the feeds. */
export function withHeld(told: Severities, platform: ToldPlatform['platform'], held: HeldSeverities | undefined): Severities {
  return {
    ...told,
    platforms: told.platforms.map((one) => {
      if (one.platform !== platform) return one;
      const { held: _before, ...rest } = one;
      return held === undefined ? rest : { ...rest, held };
    }),
  };
}

/** What is in force, with all that one of the feeds told. */
export function withAllOf(severities: Severities | undefined, { held: _waiting, ...told }: ToldPlatform): Severities {
  const others = (severities?.platforms ?? []).filter(({ platform }) => platform !== told.platform);
  return { schema: 1, platforms: [...others, told].sort((a, b) => (a.platform < b.platform ? -1 : 1)) };
}

/** "26.6.1 exploited", as people are told of it. */
export function namesOf(releases: readonly HeldRelease[]): string[] {
  return releases.map(({ version, to }) => `${version} ${to}`);
}

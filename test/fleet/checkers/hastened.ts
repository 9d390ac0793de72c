import type { LedgerLine } from '../../../src/policy/ledger.ts';
import { sofaPlatformOf } from '../../../src/sim/sofa-feed.ts';
import { compareVersionTexts, postedAt, type Release } from '../../../src/sim/table.ts';
import type { WorldDevice, WorldEvent } from '../../../src/sim/world.types.ts';
import { localTime } from '../../../src/sim/zone.ts';
import { daysLater } from '../days-off.ts';
import type { FleetPolicy } from '../harness.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';
import { createExpedites } from './expedites.ts';
import { createReported } from './reported.ts';
import { createSofaAsRead, platformOf } from './sofa-as-read.ts';

/** A clock off by less is not doubted. */
const CLOCK_OFF_MS = 10 * 60_000;

/**
 * Promise 6, its other half, and 13 for SOFA: no date is nearer than the policy's days after a release could first be read
 * of, or the fewer days of its severity after an answer of SOFA that is not to be doubted called it so, or the day by which a
 * person wants it sooner. Neither a line of the ledger nor a date that a device fetches.
 */
export const hastened: CheckerKind = { promise: 6, title: 'no date is hastened without cause', file: 'hastened.ts', create };

function create({ fleet, violate }: Watched): Checker {
  const { world, policies, scheduler } = fleet;
  const reported = createReported();
  const sofa = createSofaAsRead(world);
  const expedites = createExpedites(fleet);
  /** When each answer of a feed came. */
  const reads: number[] = [];
  const seen = new Set<string>();

  function localDay(at: number, { spec }: WorldDevice): string {
    const zones = [spec.timeZone, world.policy.fallbackTimeZone];
    return zones.map((zone) => localTime(at - CLOCK_OFF_MS, zone).slice(0, 10)).sort()[0] as string;
  }

  /** Of its platform: SOFA does not say for which models, and what a release for others fixes, this one misses too. */
  function releasesOf({ spec }: WorldDevice): readonly Release[] {
    const platform = platformOf(spec.model.family);
    return world.catalogue.releases.filter((release) => sofaPlatformOf(release) === platform);
  }

  /** The first day on which that release may be due; undefined: nobody could read of it yet. */
  function earliest(device: WorldDevice, version: string): string | undefined {
    const releases = releasesOf(device).filter((release) => release.version === version);
    const from = Math.min(...releases.map(postedAt));
    const firstRead = reads.find((at) => at >= from - CLOCK_OFF_MS);
    if (firstRead === undefined) return undefined;
    const isForIt = releases.some(({ branch }) => device.spec.model.branches.includes(branch));
    const severeSince = sofa.severeSince(device, version);
    const after = (at: number, days: number) => daysLater(`${localDay(at, device)}T00:00:00`, days).slice(0, 10);
    const days = policies
      .at(scheduler.now())
      .flatMap((policy) => [
        ...(isForIt ? [after(firstRead, fewestDays(policy))] : []),
        ...(severeSince === undefined ? [] : [after(Math.max(firstRead, severeSince), severeDays(policy))]),
      ]);
    const expedited = expedites.dueOf(device, version, scheduler.now());
    if (expedited !== undefined) days.push(expedited.slice(0, 10));
    return days.sort()[0];
  }

  function onLine({ enrollmentId, version, dueLocal, release }: LedgerLine): void {
    const device = world.device(enrollmentId);
    const first = device && earliest(device, version);
    if (first !== undefined && dueLocal.slice(0, 10) < first)
      violate(enrollmentId, `${release} is due ${dueLocal}, and nothing asks for it before ${first}`);
  }

  function onDate(device: WorldDevice, { enforcement }: WorldEvent & { kind: 'dm' }): void {
    if (enforcement === undefined || seen.has(`${device.id} ${enforcement.identifier}`)) return;
    seen.add(`${device.id} ${enforcement.identifier}`);
    const { targetOSVersion: target, targetLocalDateTime: local } = enforcement;
    const runs = reported.latest(device.id)?.version ?? '0';
    const before = reported.before(device.id, scheduler.now() - CLOCK_OFF_MS) ?? runs;
    const from = compareVersionTexts(before, runs) < 0 ? before : runs;
    const missed = releasesOf(device).filter(
      ({ version }) => compareVersionTexts(version, from) > 0 && compareVersionTexts(version, target) <= 0,
    );
    const first = missed.flatMap(({ version }) => earliest(device, version) ?? []).sort()[0];
    if (first !== undefined && local.slice(0, 10) < first)
      violate(device.id, `was handed ${target} by ${local}, and nothing it misses is to be there before ${first}`);
  }

  return {
    ...expedites,
    onSeveritiesSaved: sofa.saved,
    onEvent(event) {
      const device = world.device(event.device);
      if (device && event.kind === 'dm' && event.status === 200) onDate(device, event);
      if ((event.kind === 'feed' || event.kind === 'sofa') && event.status === 200) reads.push(event.at);
      sofa.note(event);
      reported.note(event);
    },
    onCommit({ ledgerLines }) {
      for (const line of ledgerLines) onLine(line);
    },
  };
}

/** Of what is not severe. */
function fewestDays({ days, severity }: FleetPolicy): number {
  return Math.min(days, severity?.major ?? days);
}

function severeDays({ days, severity }: FleetPolicy): number {
  return Math.min(days, severity?.exploited ?? days, severity?.critical ?? days);
}

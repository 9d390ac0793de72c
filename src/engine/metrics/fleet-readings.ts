import { groupOf, REASON_GROUPS } from '../../reasons/groups.ts';
import type { FleetAnswer } from '../answers.ts';
import { countedBy, type FleetCount, type Groups, totalOf } from '../fleet-tally.ts';
import type { Reading } from './meters.ts';
import { NONE, OTHER, POLICIES_MAX, RINGS_MAX, UNKNOWN, VERSIONS_MAX } from './metrics-table.ts';

/** Counts of the fleet as readings, each with a bounded number of lines. Pure. */

export function readingsByReason(counts: readonly FleetCount[]): Reading<'ratchet_devices'>[] {
  // A reason of a later version may stand in the database.
  const named = counts.map((count) => ({ ...count, reason: groupOf(count.reason) === undefined ? UNKNOWN : count.reason }));
  return [...countedBy(named, ({ platform, reason }) => `${platform} ${reason}`).values()].map((some) => {
    const { platform, reason } = some[0] as FleetCount;
    return { labels: { platform, group: groupOf(reason) ?? UNKNOWN, reason }, value: totalOf(some) };
  });
}

export function readingsByVersion(platforms: FleetAnswer['platforms']): Reading<'ratchet_devices_by_version'>[] {
  return platforms.flatMap(({ platform, versions }) => {
    const told = versions.flatMap(({ version, devices }) => (version === undefined ? [] : [{ version, devices }]));
    const [some, rest] = mostOf(told, VERSIONS_MAX);
    const unknown = totalOf(versions.filter(({ version }) => version === undefined));
    return [
      ...some.map(({ version, devices }) => ({ labels: { platform, version }, value: devices })),
      ...(rest.length === 0 ? [] : [{ labels: { platform, version: OTHER }, value: totalOf(rest) }]),
      ...(unknown === 0 ? [] : [{ labels: { platform, version: UNKNOWN }, value: unknown }]),
    ];
  });
}

export function readingsByPolicy(policies: FleetAnswer['policies']): Reading<'ratchet_devices_by_policy'>[] {
  const named = policies.filter(({ policy }) => policy !== undefined);
  const [some, rest] = mostOf(named, POLICIES_MAX);
  const without = policies.find(({ policy }) => policy === undefined);
  return [
    ...some.flatMap(({ policy = NONE, groups }) => inGroups(groups, { policy })),
    ...(rest.length === 0 ? [] : inGroups(added(rest), { policy: OTHER })),
    ...(without ? inGroups(without.groups, { policy: NONE }) : []),
  ];
}

export function readingsByRing(rings: FleetAnswer['rings']): Reading<'ratchet_devices_by_ring'>[] {
  const [some, rest] = mostOf(rings, RINGS_MAX);
  return [
    ...some.flatMap(({ policy, ring, groups }) => inGroups(groups, { policy, ring })),
    ...(rest.length === 0 ? [] : inGroups(added(rest), { policy: OTHER, ring: OTHER })),
  ];
}

/** Those with most devices, and the rest; alike ones stay as they came, so that none changes its place for nothing. */
function mostOf<Row extends { devices: number }>(rows: readonly Row[], max: number): [Row[], Row[]] {
  const sorted = [...rows].sort((a, b) => b.devices - a.devices);
  return [sorted.slice(0, max), sorted.slice(max)];
}

function inGroups<Labels extends object>(groups: Groups, labels: Labels) {
  return REASON_GROUPS.map((group) => ({ labels: { ...labels, group }, value: groups[group] }));
}

function added(rows: readonly { groups: Groups }[]): Groups {
  return Object.fromEntries(REASON_GROUPS.map((group) => [group, rows.reduce((sum, { groups }) => sum + groups[group], 0)])) as Groups;
}

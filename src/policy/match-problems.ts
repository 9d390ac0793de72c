import { parseVersion, parseVersionRange } from '../os/version.ts';
import { clashOf, covers, isEmptyRange, shadows } from './coverage.ts';
import { formatDuration, parseDuration } from './duration.ts';
import type { Policy, PolicyMatch } from './policy.types.ts';
import type { PolicyFinding } from './policy-finding.types.ts';

/** Match expressions that nothing can match, and policies that nothing is left for. */

type Loose = Record<string, unknown>;
type Path = (string | number)[];

/** Of the file as it was read: what no device can match whatever it is. */
export function matchProblems(policies: readonly Loose[]): PolicyFinding[] {
  return policies.flatMap((policy, index) => {
    const rings: unknown[] = Array.isArray(policy.rings) ? policy.rings : [];
    const places: [unknown, Path][] = [
      [policy.match, ['match']],
      [policy.except, ['except']],
      ...rings.map((ring, at): [unknown, Path] => [(ring as Loose | null)?.match, ['rings', at, 'match']]),
    ];
    return places.flatMap(([match, path]) => problemsOf(match, ['policies', index, ...path]));
  });
}

function problemsOf(match: unknown, path: Path): PolicyFinding[] {
  const { os, enrolledFor } = asObject(match);
  const problems: PolicyFinding[] = [];
  const range = typeof os === 'string' ? parseVersionRange(os) : undefined;
  if (range && isEmptyRange(range))
    problems.push({
      path: [...path, 'os'],
      at: 'value',
      message: `no version is ${os}`,
      expected: 'a range with versions in it, the lower bound first',
      fix: 'write os: ">=17 <27"',
    });
  const { atLeast, lessThan } = asObject(enrolledFor);
  const [from, to] = [atLeast, lessThan].map((text) => (typeof text === 'string' ? parseDuration(text) : undefined));
  if (from !== undefined && to !== undefined && from >= to)
    problems.push({
      path: [...path, 'enrolledFor'],
      at: 'value',
      message: `no device is enrolled for at least ${formatDuration(from)} and less than ${formatDuration(to)}`,
      expected: 'atLeast shorter than lessThan',
      fix: `write {atLeast: ${lessThan}, lessThan: ${atLeast}}`,
    });
  return problems;
}

/** Allowed, but probably not meant. */
export function matchWarnings(policies: readonly Policy[]): PolicyFinding[] {
  return policies.flatMap((policy, index) => {
    const path = ['policies', index];
    return [...shadowWarnings(policies, index, path), ...exceptWarnings(policy, path), ...targetOfMatch(policy, path)];
  });
}

function shadowWarnings(policies: readonly Policy[], index: number, path: Path): PolicyFinding[] {
  const later = policies[index] as Policy;
  const earlier = policies.slice(0, index).find((before) => shadows(before, later));
  if (earlier === undefined) return [];
  const isAll = Object.keys(earlier.match).length === 0;
  return [
    {
      path: [...path, 'name'],
      at: 'value',
      message: `never reached: "${earlier.name}" before it matches every device${isAll ? '' : ' that this one matches'}`,
      expected: 'an order from special to general',
      fix: `move it above "${earlier.name}", or remove it`,
    },
  ];
}

function exceptWarnings({ match, except }: Policy, path: Path): PolicyFinding[] {
  if (except === undefined) return [];
  const at = { path: [...path, 'except'], at: 'value' as const };
  if (covers(except, match))
    return [
      {
        ...at,
        message: 'every device that match means is excepted: the policy is for nobody',
        expected: 'fewer devices in except than in match',
        fix: 'narrow except, or remove the policy',
      },
    ];
  const key = clashOf(except, match);
  if (key === undefined) return [];
  return [
    {
      ...at,
      message: `nobody is excepted: no device has the ${key} of except and of match`,
      expected: 'devices that match would mean',
      fix: 'remove except, or correct it',
    },
  ];
}

/** Devices that are past the target before they are asked. */
function targetOfMatch({ match, target, cap }: Policy, path: Path): PolicyFinding[] {
  if (match.os === undefined) return [];
  const wanted = target.kind === 'exact' ? target.version : target.kind === 'major' ? String(target.major) : undefined;
  const reached = wanted ?? cap?.text.replace(/^<=/, '');
  if (reached === undefined || parseVersion(reached) === undefined) return [];
  if (!isAbove(match, target.kind === 'exact' ? `>=${reached}` : `>${reached}`)) return [];
  const key = wanted === undefined ? 'cap' : 'target';
  return [
    {
      path: [...path, key],
      at: 'value',
      message: `${key} ${reached} is not above any version that match.os means (${match.os.text}): nobody is ever asked to update`,
      expected: `a ${key} that these devices do not run yet`,
      fix: `raise the ${key}, or widen match.os`,
    },
  ];
}

function isAbove(match: PolicyMatch, range: string): boolean {
  const os = parseVersionRange(range);
  return os !== undefined && covers({ os }, { os: match.os as NonNullable<PolicyMatch['os']> });
}

function asObject(value: unknown): Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : {};
}

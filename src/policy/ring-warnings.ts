import { canMeet, covers } from './coverage.ts';
import { formatDuration } from './duration.ts';
import type { Policy, PolicyMatch, Ring } from './policy.types.ts';
import type { PolicyFinding } from './policy-finding.types.ts';

/** Rings that are allowed and probably not meant: that nobody can be in, or that open whatever is seen. */
export function ringWarnings(policy: Policy, path: (string | number)[]): PolicyFinding[] {
  const { rings } = policy;
  if (rings === undefined) return [];
  const found: PolicyFinding[] = [];
  if (rings.length === 1)
    found.push({
      path: [...path, 'rings'],
      at: 'value',
      message: 'one ring is none: everyone gets a release at once',
      expected: 'a ring before the last',
      fix: 'write rings: [{name: canary, devices: 5}, {name: everyone}], or remove rings',
    });
  let percent = 0;
  for (const [index, ring] of rings.entries()) {
    const warn = (keys: string[], message: string, expected: string, fix: string): void => {
      found.push({ path: [...path, 'rings', index, ...keys], at: keys.length === 0 ? 'key' : 'value', message, expected, fix });
    };
    const empty = emptyBecause(ring, policy.match, rings.slice(0, index), percent);
    if (empty !== undefined)
      warn(
        ['name'],
        `nobody can be in the ring "${ring.name}": ${empty}`,
        'devices that no ring before it takes',
        'correct it, or remove it',
      );
    if (ring.who.kind === 'percent') percent += ring.who.percent;
    if (index < rings.length - 1) promoteWarnings(ring, warn);
  }
  const [first] = rings;
  const of = policy.halt?.of;
  if (first?.who.kind === 'devices' && of !== undefined && of > first.who.count)
    found.push({
      path: [...path, 'halt', 'of'],
      at: 'value',
      message: `of ${of} is more than the ${first.who.count} devices of "${first.name}": while only that ring is open, all of them are enough`,
      expected: `at most ${first.who.count}`,
      fix: `write of: ${first.who.count}, or devices: ${of}`,
    });
  return found;
}

function emptyBecause({ who }: Ring, all: PolicyMatch, before: readonly Ring[], percent: number): string | undefined {
  if (percent >= 100) return 'the percentages before it are of all devices already';
  if (who.kind !== 'match') return undefined;
  if (!canMeet(who.match, all)) return 'the policy itself matches none of these devices';
  const same = before.find((other) => other.who.kind === 'match' && covers(other.who.match, who.match));
  return same && `"${same.name}" before it takes all of them`;
}

type Warn = (keys: string[], message: string, expected: string, fix: string) => void;

function promoteWarnings({ who, promote }: Ring, warn: Warn): void {
  const { atLatestMs, soakMs, minimum } = promote;
  if (atLatestMs !== undefined && atLatestMs <= soakMs)
    warn(
      ['promote', 'atLatest'],
      `the next ring opens after ${formatDuration(atLatestMs)} whatever is seen: soak (${formatDuration(soakMs)}) is not shorter`,
      'an atLatest longer than soak',
      `write atLatest: ${formatDuration(soakMs + 5 * 86_400_000)}, or a shorter soak`,
    );
  if (who.kind === 'devices' && minimum > who.count)
    warn(
      ['promote', 'minimum'],
      `minimum ${minimum} is more than the ${who.count} devices of the ring: all of them are enough`,
      `at most ${who.count}`,
      `write minimum: ${who.count}, or more devices`,
    );
}

import { describe, expect, it } from 'vitest';
import { type Decision, decide } from '../../src/decide/decide.ts';
import { changeOf, isGuarded, orderedBy } from '../../src/decide/plan-change.ts';
import { tenthOf } from '../../src/policy/limits.ts';
import type { ReasonName } from '../../src/reasons/reasons.ts';
import { input } from './builders.ts';

const base = decide(input());
const date = base.enforcement;
if (date === undefined) throw new Error('the device of the builders has a date');
const enforced = (changes: Partial<typeof date> = {}): Partial<Decision> => ({ isHandedOut: true, enforcement: { ...date, ...changes } });
const waiting = (reason: ReasonName, more: Partial<Decision> = {}): Partial<Decision> => ({ isHandedOut: false, reason, ...more });

const EARLIER = '2040-09-01T18:00:00';
const LATER = '2040-12-01T18:00:00';

describe('what is different for a device', () => {
  it.each<[string, Partial<Decision>, Partial<Decision>, ReturnType<typeof changeOf>]>([
    ['nothing', enforced(), enforced(), undefined],
    ['handed out', waiting('observe-only', { mode: 'observe' }), enforced(), 'handed-out'],
    ['another release', enforced(), enforced({ release: 'iOS 41.0' }), 'handed-out'],
    ['another build of it', enforced(), enforced({ build: '40G61' }), 'handed-out'],
    ['earlier', enforced(), enforced({ local: EARLIER }), 'brought-forward'],
    ['later', enforced(), enforced({ local: LATER }), 'put-off'],
    ['taken back', enforced(), waiting('observe-only', { mode: 'observe' }), 'taken-back'],
    ['another fallback zone, the same wall time', enforced(), enforced({ dueAt: 0, earliestAt: 0 }), undefined],
    ['another policy, the same date', enforced(), { ...enforced(), policy: 'other' }, 'other'],
    [
      'another forecast',
      waiting('observe-only', { mode: 'observe' }),
      { ...enforced({ local: LATER }), ...waiting('observe-only', { mode: 'observe' }) },
      'other',
    ],
    // What passes by itself: it is switched on, and has it.
    ['handed out as soon as it is heard from', waiting('observe-only', { mode: 'observe' }), waiting('not-seen'), 'handed-out'],
    ['handed out after its first sync', waiting('observe-only', { mode: 'observe' }), waiting('awaiting-first-device'), 'handed-out'],
    [
      'handed out when there is a list of releases',
      waiting('catalogue-missing', { mode: 'observe', enforcement: undefined }),
      waiting('catalogue-missing', { enforcement: undefined }),
      'handed-out',
    ],
    // What does not.
    ['a policy for a device that is not supervised', waiting('no-policy', { policy: undefined }), waiting('not-supervised'), 'other'],
    ['a policy that is paused', waiting('no-policy', { policy: undefined }), waiting('paused'), 'other'],
    ['an order of commands brought forward', byCommands(date.local), byCommands(EARLIER), 'brought-forward'],
    [
      'an order of commands',
      { channel: 'commands', ...waiting('observe-only', { mode: 'observe' }) },
      byCommands(date.local),
      'handed-out',
    ],
  ])('%s', (_, before, after, expected) => {
    expect(changeOf({ ...base, ...before } as Decision, { ...base, ...after } as Decision)).toBe(expected);
  });

  it('of what a device keeps while nothing new is handed out, its date counts', () => {
    expect(orderedBy({ ...base, ...enforced(), reason: 'paused' } as Decision)).toMatchObject({ local: date.local });
  });
});

function byCommands(local: string): Partial<Decision> {
  return { channel: 'commands', isHandedOut: false, memory: { lastSeenAt: 0, order: { ...(date as NonNullable<typeof date>), local } } };
}

it('the guard counts what is handed out and brought forward, and nothing else', () => {
  const all = ['handed-out', 'brought-forward', 'put-off', 'taken-back', 'other', undefined] as const;
  expect(all.filter(isGuarded)).toEqual(['handed-out', 'brought-forward']);
});

it.each([
  [0, 50],
  [500, 50],
  [509, 50],
  [510, 51],
  [5_000, 500],
])('in a fleet of %i, %i may be touched without a yes', (fleet, limit) => {
  expect(tenthOf(fleet)).toBe(limit);
});

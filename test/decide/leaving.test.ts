import { describe, expect, it } from 'vitest';
import { buildDeclarations } from '../../src/ddm/declarations.ts';
import { decide } from '../../src/decide/decide.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { type InputOptions, input, NOW, PHONE_FACTS, REQUIRED } from './builders.ts';

/** Rule 21 after a restore (rule 35): the backup does not know what a device was given since it was made. */

const RESTORED = { at: NOW - 6 * HOUR_MS, backupAt: NOW - 5 * DAY_MS };
const EMPTY = buildDeclarations({ subscriptions: undefined }).token;
const control = { state: 'left' as const, pausedPolicies: [], held: 'restored', restored: RESTORED };
const answeredAt = (at: number): InputOptions => ({ enrollment: { facts: { ...PHONE_FACTS, itemsAnswered: EMPTY }, factsAt: at } });
const decided = (options: InputOptions) => {
  const { reason, manifest, wants } = decide(input({ memory: { ...REQUIRED, invitedAt: NOW - 90 * DAY_MS }, control, ...options }));
  return { reason, items: manifest?.items, wants: wants.commands.map(({ requestType }) => requestType) };
};

describe('leaving after a restore', () => {
  it.each([
    ['had fetched the empty list when the backup was made', answeredAt(NOW - 6 * DAY_MS)],
    ['had fetched nothing', {}],
  ])('a device that %s is to fetch it anew', (_name, options) => {
    expect(decided(options)).toEqual({ reason: 'leaving', items: [], wants: ['DeclarativeManagement'] });
  });

  it('one that has fetched it since, or was restored in nothing, is free', () => {
    const free = { reason: 'left', wants: [] };
    expect(decided(answeredAt(NOW - HOUR_MS))).toMatchObject(free);
    const { restored: _restored, ...neverRestored } = control;
    expect(decided({ ...answeredAt(NOW - 6 * DAY_MS), control: neverRestored })).toMatchObject(free);
    expect(decided({ control: neverRestored })).toMatchObject(free);
  });

  it('nobody is asked where no request has ever reached us', () => {
    expect(decided({ site: { dmReached: false } })).toMatchObject({ reason: 'left', wants: [] });
  });
});

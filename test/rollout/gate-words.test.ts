import { describe, expect, it } from 'vitest';
import { gateText, haltText } from '../../src/rollout/gate-words.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { ring } from './builders.ts';

describe('a gate in words', () => {
  it.each([
    [[ring('canary')], 'opens with the first device that wants the release'],
    [[ring('canary', { afterMs: HOUR_MS })], 'opens 1 hour after the release counts'],
    [[ring('canary'), ring('all')], 'opens when 95 % of those in canary that got it run it and canary has been open for 2 days'],
    [
      [ring('canary', { promote: { soakMs: 36 * HOUR_MS, minimum: 5, atLatestMs: 10 * DAY_MS } }), ring('all', { afterMs: 1.5 * HOUR_MS })],
      'opens when 95 % of those in canary that got it run it, 5 devices at least and canary has been open for 36 hours; 10 days after canary opened in any case, unless it is halted',
    ],
    [[ring('canary', { promote: { soakMs: 0 } }), ring('all')], 'opens when 95 % of those in canary that got it run it'],
    [
      [ring('canary', { promote: { soakMs: 0 } }), ring('all', { afterMs: 90 * 60_000 })],
      'opens when 95 % of those in canary that got it run it and canary has been open for 1h30m',
    ],
    [[ring('canary', { promote: { by: 'person' } }), ring('all')], 'opens when a person approves it'],
  ])('%#', (rings, words) => expect(gateText(rings, rings.length - 1)).toBe(words));

  it('says what halts it', () => {
    expect(haltText({ failedPercent: 5 }, 10)).toBe('5 % fail to install it; counted from 10 devices on that got it');
    expect(haltText({ failedPercent: 20, of: 5, stuckPercent: 30 }, 10)).toBe(
      '20 % fail to install it, or 30 % make no progress for two days; counted from 5 devices on that got it',
    );
  });
});

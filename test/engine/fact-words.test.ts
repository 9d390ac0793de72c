import { describe, expect, it } from 'vitest';
import { factWords } from '../../src/engine/reconcile/fact-words.ts';
import { type FactName, type Facts, newEnrollment } from '../../src/enrollment/state.ts';

function words<K extends FactName>(name: K, value: Facts[K]): string | undefined {
  const facts = { [name]: { value, observedAt: 1, source: 'status-report' } };
  return factWords({ ...newEnrollment('D1', 'Device'), facts }, name);
}

const UPDATES = ['1', '2', '3', '4', '5', '6', '7'].map((n) => ({ productKey: `key-${n}`, version: `26.${n}`, build: `23A${n}` }));

describe('a fact in the timeline', () => {
  it.each<[FactName, unknown, string]>([
    ['osVersion', '26.6', '26.6'],
    ['betaEnrollment', '', 'none'],
    ['installState', 'downloading', 'downloading'],
    ['isSupervised', true, 'yes'],
    ['passcodePresent', false, 'no'],
    ['installReason', { reason: [] }, 'none'],
    ['installReason', { reason: ['declaration'], declarationId: 'ratchet.enforcement.1' }, 'ratchet.enforcement.1'],
    ['installReason', { reason: ['declaration'] }, 'declaration'],
    ['installReason', { reason: ['system-settings', 'notification'] }, 'system-settings, notification'],
    ['failureReason', { count: 0 }, 'none'],
    ['failureReason', { count: 1, reason: 'preparation-failed' }, 'preparation-failed'],
    ['failureReason', { count: 2, reason: 'preparation-failed', timestamp: '2026-09-18T00:18:29Z' }, 'preparation-failed (2 times)'],
    ['failureReason', { count: 1 }, 'no reason told'],
    ['pendingVersion', { osVersion: '', buildVersion: '' }, 'none'],
    [
      'pendingVersion',
      { osVersion: '27.0.1', buildVersion: '24A349', targetLocalDateTime: '2026-09-23T18:00:00' },
      '27.0.1 (24A349) by 2026-09-23T18:00:00 device time',
    ],
    ['pendingVersion', { osVersion: '27.0.1', buildVersion: '' }, '27.0.1'],
    ['availableUpdates', [], 'none'],
    ['availableUpdates', UPDATES.slice(0, 2), '26.1 (23A1), 26.2 (23A2)'],
    ['availableUpdates', UPDATES, '26.1 (23A1), 26.2 (23A2), 26.3 (23A3), 26.4 (23A4), 26.5 (23A5) and 2 more'],
    ['availableUpdates', [{ productKey: 'only-a-key' }], 'only-a-key'],
    ['availableUpdates', [{ productKey: 'k', name: 'macOS 26.1', versionExtra: '(a)' }], 'macOS 26.1 (a)'],
    ['updateStatuses', [], 'none'],
    ['updateStatuses', [{ productKey: 'k', status: 'Downloading', percentComplete: 0.426 }], 'k Downloading 43 %'],
    ['updateStatuses', [{ productKey: 'k', status: 'Idle' }], 'k Idle'],
  ])('%s %j is told as “%s”', (name, value, text) => {
    expect(words(name, value as Facts[typeof name])).toBe(text);
  });

  it('that is not known has no words', () => {
    expect([factWords(undefined, 'osVersion'), factWords(newEnrollment('D1', 'Device'), 'osVersion')]).toEqual([undefined, undefined]);
  });
});

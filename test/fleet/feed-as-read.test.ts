import { expect, it } from 'vitest';
import type { World, WorldDevice, WorldEvent } from '../../src/sim/world.types.ts';
import { createFeedAsRead } from './checkers/feed-as-read.ts';

const DAY_MS = 86_400_000;
const START_AT = Date.parse('2026-09-14T08:00:00Z');
const NEW_AT = START_AT + DAY_MS / 2;

const DEVICE = { spec: { isSupervised: true, model: { deviceId: 'iPhone17,1' } } } as WorldDevice;

function read(...answers: [hours: number, fault?: string][]): boolean {
  const feed = createFeedAsRead({ feed: { withdrawals: [], build } } as unknown as World);
  for (const [hours, fault] of answers) {
    feed.note({ kind: 'feed', at: START_AT + hours * 3_600_000, device: '-', status: 200, ...(fault ? { fault } : {}) } as WorldEvent);
    feed.saved();
  }
  return feed.isOffered(DEVICE, '27.0');
}

function build(at: number) {
  const assets = ['26.6', ...(at >= NEW_AT ? ['27.0'] : [])].map((ProductVersion) => ({
    ProductVersion,
    SupportedDevices: ['iPhone17,1'],
  }));
  return { PublicAssetSets: { iOS: assets }, AssetSets: { iOS: assets } };
}

it('believes a faulty answer only while nothing held speaks against it', () => {
  expect(read([24])).toBe(true);
  expect(read([24, 'shrunken'])).toBe(true);
  // The same half again, with what is new in it.
  expect(read([0, 'shrunken'], [24, 'shrunken'])).toBe(true);
  expect(read([0, 'older'], [8 * 24, 'older'])).toBe(true);
  // What is held says more, or later.
  expect(read([0], [24, 'shrunken'])).toBe(false);
  expect(read([0, 'older'], [24, 'shrunken'])).toBe(false);
  expect(read([0, 'shrunken'], [8 * 24, 'older'])).toBe(false);
  expect(read([0, 'shrunken'], [1], [24, 'shrunken'])).toBe(false);
  expect(read([24, 'empty'])).toBe(false);
});

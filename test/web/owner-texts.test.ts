import { describe, expect, it } from 'vitest';
import type { OwnersUpdate } from '../../src/engine/show/owners-update.ts';
import { PLATFORMS } from '../../src/os/platform.ts';
import { REASON_NAMES } from '../../src/reasons/reasons.ts';
import { dayText, distanceText, SITUATION_OF, SITUATIONS, STEPS, timeText } from '../../src/web/pages/owner-texts.ts';
import { ownersView } from '../../src/web/pages/owner-view.ts';

/** What owners read: one text for every reason, every kind of device and every state of a date. */

const PLANNED: OwnersUpdate = {
  platform: 'iOS',
  productName: 'iPhone15,2',
  reason: 'waiting-for-date',
  version: '26.6.1',
  date: '2026-12-03T18:00:00',
  isInForce: true,
  isPast: false,
  localNow: '2026-11-30T10:00:00',
  isByCommand: false,
  fixesExploited: false,
};
const view = (changes: Partial<OwnersUpdate> = {}) => ownersView({ ...PLANNED, ...changes });
const MAC = { platform: 'macOS', productName: 'Mac15,6' } as const;
const NO_DATE = { date: undefined, isInForce: false } as const;

describe('the catalogue', () => {
  it('has a text for every reason, and none that no reason has', () => {
    expect(Object.keys(SITUATION_OF).sort()).toEqual([...REASON_NAMES].sort());
    expect(new Set(Object.values(SITUATION_OF))).toEqual(new Set(Object.keys(SITUATIONS)));
    const used = new Set(Object.values(SITUATIONS).flatMap(({ steps }): readonly string[] => steps));
    expect(used).toEqual(new Set(Object.keys(STEPS)));
  });

  it.each(REASON_NAMES)('%s reads well on every device, with a date and without', (reason) => {
    for (const platform of PLATFORMS)
      for (const dates of [{}, { isInForce: false }, { isPast: true }, { isPast: true, isInForce: false }, NO_DATE])
        for (const version of ['26.6.1', undefined])
          for (const isByCommand of [false, true]) {
            const { headline, about, why, happens, steps } = view({
              reason,
              platform,
              version,
              isByCommand,
              productName: undefined,
              ...dates,
            });
            expect(headline).toMatch(/^([A-Z]|iOS|iPadOS|macOS|tvOS|visionOS|watchOS)[^{}]{10,70}[^.{}]$/);
            const sentences = [...(about === undefined ? [] : [about]), ...why, ...happens, ...steps];
            expect(happens.length).toBeGreaterThan(0);
            for (const text of sentences) {
              expect(text).toMatch(/^[A-Z][^{}]+\.$/);
              expect(text).not.toMatch(/ {2}| ,|, on|undefined|ratchet|polic|declaration|MDM|supervis/i);
            }
          }
  });
});

describe('a date to come', () => {
  it('is told in words, with what happens then, why, and what to do', () => {
    expect(view()).toEqual({
      tone: 'planned',
      headline: 'iOS 26.6.1 is ready for your iPhone',
      date: { label: 'By when', day: 'Thursday, 3 December', time: '6:00 in the evening (18:00)', distance: 'in 3 days' },
      why: ['Your organisation asks for iOS 26.6.1 on this iPhone.', 'Updates keep what is on it safe.'],
      happens: [
        'If you have not installed it by then, your iPhone does so by itself: it restarts, and can’t be used for half an hour or so.',
        'Your apps and data stay as they are.',
      ],
      steps: [
        'Install it now, at a time that suits you: open Settings, then General, then Software Update.',
        'Connect it to power, and leave it connected.',
        'Make room: an update needs several gigabytes. Settings, then General, shows under Storage what takes up most.',
      ],
    });
  });

  it('of a Mac has its own words', () => {
    const { headline, steps, happens } = view(MAC);
    expect(headline).toBe('macOS 26.6.1 is ready for your Mac');
    expect(steps.join(' ')).toMatch(/open System Settings.*Save your work/);
    expect(happens[0]).toContain('your Mac does so by itself: it restarts, and can’t be used for up to an hour');
  });

  it('of something exploited says so', () => {
    expect(view({ fixesExploited: true }).why[1]).toBe('It fixes security problems known to be used in attacks. Please don’t wait.');
  });

  it('by commands is where hours set aside for it begin', () => {
    expect(view({ isByCommand: true }).happens[0]).toContain('From then on your iPhone installs it by itself, in hours that');
  });

  it('stays one while nothing new is handed out, and is none when it is only not given back', () => {
    expect(view({ reason: 'paused' })).toEqual(view());
    expect(view({ reason: 'feed-doubtful' })).toEqual(view());
    const taken = view({ reason: 'ring-not-open', isInForce: false });
    expect([taken.date, taken.happens]).toEqual([
      undefined,
      ['If your iPhone was told of it before, it may still install it on Thursday, 3 December, 6:00 in the evening (18:00).'],
    ]);
    expect(view({ reason: 'stopped', isInForce: false, isPast: true }).happens).toEqual([
      'If your iPhone has not heard of that yet, it may still install it.',
    ]);
  });

  it('that has passed is late, and nobody is told to wait for it', () => {
    const past = view({ isPast: true, localNow: '2026-12-04T10:00:00' });
    expect([past.tone, past.date?.label, past.date?.distance]).toEqual(['late', 'Was due', undefined]);
    expect(past.happens[0]).toBe('The date has passed: your iPhone may install it and restart at any moment.');
  });

  it('in another year has its year', () => {
    expect(view({ localNow: '2025-12-30T10:00:00' }).date?.day).toBe('Thursday, 3 December 2026');
  });
});

describe('what the owner can do', () => {
  it.each<[OwnersUpdate['reason'], string, string]>([
    ['insufficient-space', 'Your iPhone has too little space for iOS 26.6.1', 'Make room'],
    ['insufficient-power', 'Your iPhone needs power for iOS 26.6.1', 'Connect it to power'],
    ['insufficient-network', 'Your iPhone can’t download iOS 26.6.1', 'Connect it to a Wi-Fi'],
    ['waiting-for-passcode', 'iOS 26.6.1 waits for your passcode', 'enter your passcode'],
    ['overdue', 'iOS 26.6.1 should be on your iPhone by now', 'Switch it off and on again'],
    ['install-failed', 'iOS 26.6.1 could not be installed', 'Switch it off and on again'],
    ['not-seen', 'Your iPhone has not been heard from for a while', 'Switch it on'],
    ['shared-ipad-user', 'iOS 26.6.1 waits until nobody is signed in', 'Sign out'],
  ])('%s comes first', (reason, headline, step) => {
    const told = view({ reason });
    expect(told.headline).toBe(headline);
    expect(told.steps[0]).toContain(step);
  });

  it('is nothing on a device that is there, or where the operator holds the update back', () => {
    expect(view({ reason: 'verified', ...NO_DATE })).toMatchObject({
      tone: 'done',
      headline: 'Your iPhone is up to date',
      steps: [],
      why: [],
    });
    expect(view({ reason: 'rollout-halted', ...NO_DATE })).toMatchObject({ tone: 'calm', steps: [] });
  });

  it('is told calmly for a reason of another version of Ratchet', () => {
    expect(view({ reason: 'of tomorrow' as never, ...NO_DATE }).headline).toBe('There is nothing to do for you now');
  });
});

describe('dates in words', () => {
  it.each([
    [0, 0, '12:00 at night (00:00)'],
    [4, 59, '4:59 at night (04:59)'],
    [5, 0, '5:00 in the morning (05:00)'],
    [12, 0, 'noon (12:00)'],
    [12, 30, '12:30 in the afternoon (12:30)'],
    [18, 0, '6:00 in the evening (18:00)'],
    [22, 0, '10:00 at night (22:00)'],
  ])('%i:%i', (hour, minute, words) => {
    expect(timeText(hour, minute)).toBe(words);
  });

  it('name the day and how far it is', () => {
    expect(dayText({ weekday: 7, day: 1, month: 1 })).toBe('Sunday, 1 January');
    expect([0, 1, 2, -1].map(distanceText)).toEqual(['today', 'tomorrow', 'in 2 days', undefined]);
  });
});

import { describe, expect, it } from 'vitest';
import type { SoftwareUpdateSettings } from '../../src/ddm/declaration.types.ts';
import { isSettingsIdentifier } from '../../src/ddm/declarations.ts';
import type { Policy } from '../../src/policy/policy.types.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { catalogue, MAC_FACTS, NOW, PHONE_FACTS, withPolicy } from './builders.ts';
import { createStory, type Story, type StoryOptions } from './story.ts';

/** Settings beside and without a date: who holds them, and what takes them back. */

const SETTINGS: SoftwareUpdateSettings = {
  Notifications: false,
  Deferrals: { CombinedPeriodInDays: 7, MajorPeriodInDays: 30 },
  AutomaticActions: { Download: 'AlwaysOn', InstallOSUpdates: 'AlwaysOff' },
};
const ON_PHONE: SoftwareUpdateSettings = {
  Notifications: false,
  Deferrals: { CombinedPeriodInDays: 7 },
  AutomaticActions: { Download: 'AlwaysOn', InstallOSUpdates: 'AlwaysOff' },
};
const under = (changes: Partial<Policy> = {}) => withPolicy({ settings: SETTINGS, ...changes });

function storyOf({ policies = under(), ...options }: StoryOptions = {}): Story {
  return createStory({ policies, ...options });
}

/** The settings its manifest lists. */
function held(story: Story): SoftwareUpdateSettings | undefined {
  expect(story.manifest?.settings !== undefined).toBe(identifierOf(story) !== 'none');
  return story.manifest?.settings;
}

function identifierOf(story: Story): string {
  return story.manifest?.items.map(({ identifier }) => identifier).find(isSettingsIdentifier) ?? 'none';
}

const capabilities = (types: string[]) => ({
  declarations: ['com.apple.configuration.softwareupdate.enforcement.specific', ...types],
  statusItems: ['device.operating-system.version'],
});

describe('a device holds of its policy’s settings what it takes', () => {
  it('beside the date, each with an activation of its own', () => {
    const story = storyOf();
    expect(story.handedOut()).toBeDefined();
    expect(story.decision.declarations.map(({ Type }) => Type.split('.').slice(-2).join('.')).sort()).toEqual([
      'activation.simple',
      'activation.simple',
      'activation.simple',
      'enforcement.specific',
      'management.status-subscriptions',
      'softwareupdate.settings',
    ]);
    const body = story.decision.declarations.find(({ Type }) => Type.endsWith('softwareupdate.settings'));
    expect(body?.Payload).toStrictEqual(ON_PHONE);
    expect(held(story)).toStrictEqual(ON_PHONE);
  });

  it.each<[string, StoryOptions, unknown]>([
    ['a verified one', { enrollment: { facts: { ...PHONE_FACTS, osVersion: '40.6' } } }, ON_PHONE],
    ['one that is not supervised', { enrollment: { facts: { ...PHONE_FACTS, isSupervised: false } } }, { Notifications: false }],
    [
      'a Mac',
      { enrollment: { facts: MAC_FACTS } },
      { Notifications: false, Deferrals: { MajorPeriodInDays: 30 }, AutomaticActions: SETTINGS.AutomaticActions },
    ],
    ['an unsupervised Mac', { enrollment: { facts: { ...MAC_FACTS, isSupervised: false } } }, undefined],
    ['one on iOS 17', { enrollment: { facts: { ...PHONE_FACTS, osVersion: '17.6' } } }, undefined],
    ['one on iOS 16, by commands', { enrollment: { facts: { ...PHONE_FACTS, osVersion: '16.6' } } }, undefined],
    ['a user enrollment', { enrollment: { type: 'User Enrollment (Device)' } }, undefined],
    ['one that Apple has no release for', { catalogue: catalogue([]) }, ON_PHONE],
    ['a watch', { enrollment: { facts: { ...PHONE_FACTS, productName: 'Watch7,1' } } }, undefined],
    [
      'one whose capabilities have it',
      { enrollment: { facts: { ...PHONE_FACTS, clientCapabilities: capabilities(['com.apple.configuration.softwareupdate.settings']) } } },
      ON_PHONE,
    ],
    ['one whose capabilities have it not', { enrollment: { facts: { ...PHONE_FACTS, clientCapabilities: capabilities([]) } } }, undefined],
    ['one under a policy of commands', { policies: under({ channel: 'commands' }) }, undefined],
    ['observe', { policies: under({ mode: 'observe' }) }, undefined],
    ['silent', { policies: under({ mode: 'silent' }) }, undefined],
    ['a policy without settings', { policies: withPolicy({}) }, undefined],
    ['a policy whose settings it lacks', { policies: under({ settings: { AllowStandardUserOSUpdates: false } }) }, undefined],
    ['a paused policy', { policies: under({ paused: true }) }, undefined],
  ])('%s', (_, options, expected) => {
    expect(held(storyOf(options))).toStrictEqual(expected);
  });

  it('and needs a sync when they change, without another date', () => {
    const story = storyOf();
    story.syncs(NOW + HOUR_MS);
    story.answers();
    const { token } = story.manifest ?? {};
    const date = story.handedOut();
    const before = story.sent.length;
    story.policies(under({ settings: { Notifications: true } }));
    expect(story.manifest?.token).not.toBe(token);
    expect(story.handedOut()).toEqual(date);
    expect(story.sent.slice(before)).toEqual(['DeclarativeManagement']);
    expect(held(story)).toEqual({ Notifications: true });
  });

  it('with the same token while nothing of it changes', () => {
    const story = storyOf();
    const { token } = story.manifest ?? {};
    story.syncs(NOW + HOUR_MS);
    story.tells({ batteryLevel: 0.5 }, NOW + 2 * HOUR_MS);
    expect(story.manifest?.token).toBe(token);
  });
});

describe('what takes settings back', () => {
  const changed = under({ settings: { ...SETTINGS, Notifications: true } });

  it.each<[string, (story: Story) => void, unknown, 'fetchable' | 'refused' | 'listed']>([
    ['a pause: nothing', (story) => story.control({ state: 'paused' }), ON_PHONE, 'listed'],
    [
      'a pause and an edit: nothing',
      (story) => {
        story.control({ state: 'paused' });
        story.policies(changed);
      },
      ON_PHONE,
      'listed',
    ],
    [
      'a stop: what updates by itself',
      (story) => story.control({ state: 'stopped' }),
      { ...ON_PHONE, AutomaticActions: { InstallOSUpdates: 'AlwaysOff' } },
      'refused',
    ],
    [
      'a stop and resume: nothing for long',
      (story) => {
        story.control({ state: 'stopped' });
        story.control({ state: 'running' });
      },
      ON_PHONE,
      'listed',
    ],
    [
      'an exemption: what updates by itself',
      (story) => story.overrides({ exempt: { by: 'jane', at: NOW, until: '2040-10-01' } }),
      { ...ON_PHONE, AutomaticActions: { InstallOSUpdates: 'AlwaysOff' } },
      'refused',
    ],
    ['observe: all', (story) => story.policies(under({ mode: 'observe' })), undefined, 'refused'],
    ['being held: nothing', (story) => story.control({ held: 'a question' }), ON_PHONE, 'listed'],
    ['no policy: all', (story) => story.policies({ ...under(), policies: [] }), undefined, 'fetchable'],
    ['an edit', (story) => story.policies(changed), { ...ON_PHONE, Notifications: true }, 'fetchable'],
    ['the device becoming current: nothing', (story) => story.tells({ osVersion: '40.6' }), ON_PHONE, 'listed'],
    ['silence past its date: nothing', (story) => story.at(NOW + 20 * DAY_MS), ON_PHONE, 'listed'],
  ])('%s', (_, change, expected, former) => {
    const story = storyOf();
    story.syncs(NOW + HOUR_MS);
    const identifier = identifierOf(story);
    change(story);
    expect(held(story)).toStrictEqual(expected);
    const item = story.manifest?.former.find((candidate) => candidate.identifier === identifier);
    expect(item === undefined ? 'listed' : item.fetchable ? 'fetchable' : 'refused').toBe(former);
    if (item === undefined) expect(identifierOf(story)).toBe(identifier);
  });
});

describe('what became of them', () => {
  function told(valid: string): Story {
    const story = storyOf();
    story.syncs(NOW + HOUR_MS);
    const reasons = valid === 'invalid' ? [{ code: 'Error.UnknownPayloadKeys', description: 'no such key' }] : [];
    const declarations = [{ identifier: identifierOf(story), serverToken: 'x', active: true, valid, reasons }];
    const report = { fullReport: false, refusedStatusItems: [], declarations };
    story.hear({ kind: 'status-report', report }, NOW + 2 * HOUR_MS);
    return story;
  }

  it('before the device asks', () => {
    expect(storyOf().decision.settings).toEqual({
      settings: ON_PHONE,
      isHandedOut: true,
      leftOut: [{ key: 'Deferrals.MajorPeriodInDays', because: 'never' }],
      state: 'not-fetched',
      reasons: [],
    });
  });

  it.each([
    ['valid', 'valid', []],
    ['unknown', 'fetched', []],
    ['invalid', 'invalid', [{ code: 'Error.UnknownPayloadKeys', description: 'no such key' }]],
  ])('when it says %s', (valid, state, reasons) => {
    expect(told(valid).decision.settings).toMatchObject({ state, reasons });
  });

  it('a refusal holds up no update', () => {
    const [one, other] = [told('invalid'), told('valid')];
    expect(one.decision.reason).toBe(other.decision.reason);
    expect(one.handedOut()).toEqual(other.handedOut());
    expect(one.handedOut()).toBeDefined();
  });

  it('in observe, what it would get', () => {
    const { settings } = storyOf({ policies: under({ mode: 'observe' }) }).decision;
    expect(settings).toMatchObject({ settings: ON_PHONE, isHandedOut: false });
  });
});

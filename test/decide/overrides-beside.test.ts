import { describe, expect, it } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import type { Overrides } from '../../src/decide/overrides.types.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { HALT, ring, rollout } from '../rollout/builders.ts';
import {
  answered,
  catalogue,
  enqueued,
  type InputOptions,
  input,
  line,
  local,
  MAC_FACTS,
  MAC_KEY,
  NOW,
  PHONE_FACTS,
  release,
  withPolicy,
} from './builders.ts';
import { createStory, type Story } from './story.ts';

/**
 * What a person orders for one device beside everything else that may be the case: a pause, a doubt, a sync under way, a command
 * that waits. The policy means 2040-09-15 18:00; NOW is 2040-09-10.
 */

const by = { by: 'jane', at: NOW };
const MORE: Overrides = { moreTime: { ...by, until: '2040-09-20' } };
const EXEMPT: Overrides = { exempt: { ...by, until: '2040-09-20' } };

function fetched(): Story {
  const story = createStory();
  story.answers(NOW + HOUR_MS);
  story.syncs();
  return story;
}

describe('more time, while nothing new may be handed out', () => {
  it.each<[string, (story: Story) => unknown]>([
    ['a pause of the device', (story) => story.overrides({ paused: by })],
    ['a pause of everything', (story) => story.control({ state: 'paused' })],
    ['a pause of its policy', (story) => story.policies(withPolicy({ paused: true }))],
    [
      'a doubtful list',
      (story) => story.catalogue({ ...story.standing.catalogue, doubt: { kind: 'shrunken', detail: '', since: NOW } } as never),
    ],
    ['Lost Mode', (story) => story.tells({ isMdmLostModeEnabled: true } as never)],
  ])('%s: takes the sooner date back, and gives the later one when that is over', (_, happens) => {
    for (const isFirst of [true, false]) {
      const story = fetched();
      if (isFirst) happens(story);
      story.overrides(MORE);
      if (!isFirst) happens(story);
      expect(story.handedOut()?.local ?? 'none').not.toBe('2040-09-15T18:00:00');
      expect((story.handedOut()?.local ?? '9') >= '2040-09-20').toBe(true);
    }
  });
});

describe('a sync that is under way', () => {
  const bodyOf = (story: Story, identifier: string) => story.manifest?.former.find((item) => item.identifier === identifier)?.fetchable;

  it.each([
    ['more time', MORE],
    ['an exemption', EXEMPT],
  ])('is handed no date any more that %s has put off', (_, order) => {
    const story = createStory();
    const { identifier = '' } = story.handedOut() ?? {};
    story.overrides(order);
    expect(bodyOf(story, identifier)).toBe(false);
  });

  it('is handed none either that a new blackout covers', () => {
    const story = createStory();
    const { identifier = '' } = story.handedOut() ?? {};
    story.policies(withPolicy({}, { blackouts: [{ from: '2040-09-15T00:00:00', until: '2040-09-17T00:00:00' }] as never }));
    expect(story.handedOut()?.local).toBe('2040-09-17T18:00:00');
    expect(bodyOf(story, identifier)).toBe(false);
  });
});

describe('an install command that waits to be sent', () => {
  const by16: InputOptions = { enrollment: { facts: { ...PHONE_FACTS, osVersion: '16.7' } } };
  const now = local('2040-09-16T02:00:00');
  const waiting = (action: string) =>
    enqueued({
      requestType: 'ScheduleOSUpdate',
      state: 'pending',
      commandUuid: 'u',
      update: { release: 'iOS 40.6', version: '40.6', action, isInstall: action !== 'DownloadOnly', device: {} } as never,
    });
  const later = (): InputOptions => {
    const { memory } = decide(input(by16));
    return { ...by16, now, memory: { ...memory, lastSeenAt: now }, lines: [line()], commands: [answered({}, now - HOUR_MS)] };
  };

  it('is taken back by more time; a download is not', () => {
    const takenBack = (action: string, overrides: Overrides) =>
      decide(input({ ...later(), commands: [waiting(action)], overrides })).wants.takeBack;
    expect(takenBack('InstallASAP', {})).toEqual([]);
    expect(takenBack('InstallASAP', MORE)).toEqual(['u']);
    expect(takenBack('Default', MORE)).toEqual(['u']);
    expect(takenBack('DownloadOnly', MORE)).toEqual([]);
  });
});

describe('InstallLater, which Apple may turn into a restart when its deferrals are used up', () => {
  const night = local('2040-09-11T02:00:00');
  const facts = { ...MAC_FACTS, osVersion: '13.6', buildVersion: '22G120', supplementalBuildVersion: '22G120' };
  const actions = (overrides: Overrides) =>
    decide(
      input({
        now: night,
        overrides,
        enrollment: {
          facts: { ...facts, availableUpdates: [], updateStatuses: [] },
          factsAt: night - 5 * MINUTE_MS,
          lastSeenAt: night - MINUTE_MS,
        },
        policies: withPolicy({ commands: { userDeferrals: 3 }, target: { kind: 'latest-minor' } }),
        catalogue: catalogue([release('13.7', { platform: 'macOS', devices: [MAC_KEY] })]),
        commands: ['DeviceInformation', 'OSUpdateStatus', 'AvailableOSUpdates'].map((requestType) =>
          answered({ requestType: requestType as 'OSUpdateStatus', commandUuid: requestType }, night - 5 * MINUTE_MS),
        ),
      }),
    ).wants.commands.map(({ requestType, update }) => update?.action ?? requestType);

  it('is not sent before the day until which more time was given', () => {
    expect(actions({})).toContain('InstallLater');
    expect(actions(MORE)).not.toContain('InstallLater');
  });
});

describe('what a device showed before', () => {
  it.each<[string, Partial<InputOptions>]>([
    ['exempt', { overrides: EXEMPT }],
    ['paused', { overrides: { paused: by } }],
    ['paused', { control: { state: 'paused', pausedPolicies: [], held: undefined } }],
    ['held', { control: { state: 'running', pausedPolicies: [], held: 'restored' } }],
    ['clock-suspect', { clockSuspect: 'set' }],
  ])('a failure still counts while it is %s: it speaks against the release', (reason, order) => {
    const policies = withPolicy({ rings: [ring('everyone')], halt: HALT });
    const rolledOut = rollout({ openings: [{ ring: 'everyone', at: NOW - DAY_MS, because: '' }] });
    const rollouts = new Map([['everyone', new Map([[rolledOut.release, rolledOut]])]]);
    const first = decide(input({ policies, rollouts }));
    const { identifier = '' } = first.enforcement ?? {};
    const failing: InputOptions = {
      policies,
      rollouts,
      memory: first.memory,
      manifest: first.manifest,
      lines: first.ledgerLines,
      enrollment: {
        fetched: { [identifier]: NOW - MINUTE_MS },
        facts: { ...PHONE_FACTS, failureReason: { count: 1, reason: 'broken' } } as never,
      },
    };
    const failed = decide(input(failing));
    expect([failed.reason, failed.memory.rollout?.state]).toEqual(['install-failed', 'failed']);
    const ordered = decide(input({ ...failing, memory: failed.memory, ...order }));
    expect([ordered.reason, ordered.memory.rollout?.state]).toEqual([reason, 'failed']);
  });
});

import { describe, expect, it } from 'vitest';
import type { ForeignUpdate } from '../../src/ddm/foreign-update.ts';
import type { Conflict } from '../../src/decide/conflict.types.ts';
import type { EventBody } from '../../src/enrollment/event.ts';
import type { MdmMessage } from '../../src/mdm/messages.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { declared, status } from '../enrollment/builders.ts';
import { catalogue, type FactValues, local, MAC_FACTS, NOW, PHONE_FACTS, release, withPolicy } from './builders.ts';
import { createStory, type Story } from './story.ts';

/** What others tell a device about updates: named, with who wins, and never fought over. */

const KMFDDM = 'http://kmfddm:9002/';
const THEIRS = 'com.example.update';

function foreign(changes: Partial<ForeignUpdate> = {}): EventBody {
  const update: ForeignUpdate = {
    kind: 'enforcement',
    identifier: THEIRS,
    serverToken: 't1',
    version: '40.6',
    local: '2040-09-12T09:00:00',
    ...changes,
  };
  return { kind: 'foreign-update', update, server: KMFDDM };
}

function report(fields: Partial<Extract<MdmMessage, { kind: 'CommandReport' }>>): EventBody {
  return { kind: 'message', message: { kind: 'CommandReport', status: 'Acknowledged', ...fields } };
}

/** In front of KMFDDM: a phone on 40.5 that has fetched our date, 2040-09-15T18:00:00, for 40.6. */
function merged(): Story {
  const story = createStory();
  story.standing.site = { ...story.standing.site, mergesDdm: true };
  story.syncs();
  return story;
}

const told = ({ decision }: Story): Conflict[] => decision.conflicts ?? [];
const fullReport = (story: Story, identifiers: string[], at: number) =>
  story.hear(status({ fullReport: true, declarations: identifiers.map((identifier) => declared(identifier)) }).body, at);

describe('another server’s enforcement', () => {
  it('is named with its server, its target and its date, and takes nothing of ours back', () => {
    const story = merged();
    const before = story.handedOut();
    expect(told(story)).toEqual([]);
    story.hear(foreign(), NOW + MINUTE_MS);
    expect(told(story)).toEqual([
      {
        kind: 'enforcement',
        outcome: 'theirs-first',
        whose: KMFDDM,
        identifier: THEIRS,
        version: '40.6',
        local: '2040-09-12T09:00:00',
        firstSeenAt: NOW + MINUTE_MS,
        lastSeenAt: NOW + MINUTE_MS,
      },
    ]);
    expect(story.handedOut()).toEqual(before);
    expect(story.decision.reason).toBe('waiting-for-date');
  });

  it.each([
    ['earlier', { local: '2040-09-12T09:00:00' }, 'theirs-first'],
    ['later', { local: '2040-12-12T09:00:00', version: '41.0' }, 'ours-first'],
    ['of the same moment', { local: '2040-09-15T18:00:00' }, 'ours-first'],
    ['no wall time', { local: 'tomorrow' }, 'earlier-first'],
  ])('with a date that is %s: %s', (_what, changes, outcome) => {
    const story = merged();
    expect(story.handedOut()?.local).toBe('2040-09-15T18:00:00');
    story.hear(foreign(changes), NOW + MINUTE_MS);
    expect(told(story)[0]?.outcome).toBe(outcome);
  });

  it('is alone where we hand out none', () => {
    const story = createStory({ policies: withPolicy({ mode: 'observe' }) });
    story.hear(foreign());
    expect(told(story)[0]?.outcome).toBe('theirs-alone');
  });

  it('keeps the time it was first told of, and gets a newer date under the same name', () => {
    const story = merged();
    story.hear(foreign(), NOW + MINUTE_MS);
    story.hear(foreign({ serverToken: 't2', local: '2040-10-01T09:00:00' }), NOW + DAY_MS);
    expect(told(story)).toMatchObject([
      { local: '2040-10-01T09:00:00', outcome: 'ours-first', firstSeenAt: NOW + MINUTE_MS, lastSeenAt: NOW + DAY_MS },
    ]);
  });

  it('is over when the device runs it', () => {
    const story = merged();
    story.hear(foreign({ version: '40.5' }));
    expect(told(story)).toEqual([]);
  });

  it('is over when a full report does not call it active any more, and not before', () => {
    const story = merged();
    story.hear(foreign(), NOW + MINUTE_MS);
    fullReport(story, [THEIRS], NOW + HOUR_MS);
    expect(told(story)).toHaveLength(1);
    fullReport(story, ['com.example.wifi'], NOW + DAY_MS);
    expect(told(story)).toEqual([]);
    // Given out again later.
    story.hear(foreign({ serverToken: 't3' }), NOW + DAY_MS + HOUR_MS);
    expect(told(story)).toMatchObject([{ firstSeenAt: NOW + DAY_MS + HOUR_MS }]);
  });

  it('stays when the full report came while it was not active yet', () => {
    const story = merged();
    story.hear(foreign(), NOW + MINUTE_MS);
    fullReport(story, [], NOW + 2 * MINUTE_MS);
    story.hear(status({ declarations: [declared(THEIRS)] }).body, NOW + 3 * MINUTE_MS);
    expect(told(story)).toHaveLength(1);
  });

  it('is void with a new enrollment', () => {
    const story = merged();
    story.hear(foreign(), NOW + MINUTE_MS);
    story.hear({ kind: 'message', message: { kind: 'Authenticate', osVersion: '40.5', productName: 'iPhone90,1' } }, NOW + HOUR_MS);
    expect(told(story)).toEqual([]);
    expect(story.memory.conflicts).toBeUndefined();
  });

  it('is known by the device’s own report where we are in front of nobody', () => {
    const story = createStory();
    story.syncs();
    const said = {
      installReason: { reason: ['declaration'], declarationId: THEIRS },
      pendingVersion: { osVersion: '40.6', buildVersion: '40G60' },
    };
    story.hear(status(said).body, NOW + MINUTE_MS);
    expect(told(story)).toMatchObject([
      { kind: 'enforcement', identifier: THEIRS, version: '40.6', build: '40G60', outcome: 'earlier-first' },
    ]);
    expect(told(story)[0]).not.toHaveProperty('whose');
    story.hear(status({ installReason: { reason: [] }, pendingVersion: { osVersion: '', buildVersion: '' } }).body, NOW + HOUR_MS);
    expect(told(story)).toEqual([]);
  });

  it('is none when the declaration is ours', () => {
    const story = merged();
    const declarationId = story.handedOut()?.identifier ?? '';
    story.hear(
      status({ installReason: { reason: ['declaration'], declarationId }, pendingVersion: { osVersion: '40.6', buildVersion: '' } }).body,
    );
    expect(told(story)).toEqual([]);
  });

  it('of a state that an older version stored is none', () => {
    const story = merged();
    const { foreignUpdates: _none, ...older } = story.state;
    story.state = older;
    expect(story.at(NOW + MINUTE_MS).conflicts).toBeUndefined();
    story.hear(foreign(), NOW + HOUR_MS);
    expect(told(story)).toHaveLength(1);
  });
});

describe('another server’s settings', () => {
  it.each([
    ['of keys that the policy has too', { Deferrals: { CombinedPeriodInDays: 7 } }, { outcome: 'combined', keys: ['Deferrals'], days: 30 }],
    ['of other keys', { Notifications: false }, { outcome: 'beside', days: 30 }],
    ['beside none', undefined, { outcome: 'beside', days: 30 }],
  ])('%s', (_what, settings, expected) => {
    const story = createStory({ policies: withPolicy(settings === undefined ? {} : { settings }) });
    story.hear(foreign({ kind: 'settings', keys: ['AutomaticActions', 'Deferrals'], deferralDays: 30 }));
    expect(told(story)).toMatchObject([{ kind: 'settings', whose: KMFDDM, ...expected }]);
  });
});

const OLD_PHONE: FactValues = {
  ...PHONE_FACTS,
  osVersion: '16.7',
  buildVersion: '20H19',
  supplementalBuildVersion: '20H19',
  passcodePresent: false,
};
const OLD_MAC: FactValues = { ...MAC_FACTS, osVersion: '12.7', buildVersion: '21G816', supplementalBuildVersion: '21G816' };
const OLDER = [release('16.7.9'), release('12.7.6', { platform: 'macOS', devices: ['J900AP'] })];
/** Their date, 2040-09-15T18:00:00, has come, and their window is open. */
const WINDOW = local('2040-09-16T01:00:00');
const IDLE = [{ productKey: 'k', status: 'Idle', isDownloaded: true }];
const NOT_THERE = [{ productKey: 'k', status: 'Idle', isDownloaded: false }];

function byCommands(facts: FactValues): Story {
  return createStory({ catalogue: catalogue(OLDER), enrollment: { facts } });
}

/** It polls, and answers what waits but update commands. */
function polls(story: Story, at: number, updateStatuses = IDLE): void {
  story.hear(report({ status: 'Idle' }), at);
  for (const { commandUuid, requestType } of story.commands.filter((entry) => entry.state === 'enqueued')) {
    if (requestType === 'ScheduleOSUpdate') continue;
    const osVersion = String(story.state.facts.osVersion?.value);
    const answer = {
      OSUpdateStatus: { updateStatuses },
      DeviceInformation: { deviceInformation: { osVersion } },
      AvailableOSUpdates: { availableUpdates: [{ productKey: 'k', name: 'macOS 12.7.6', version: '12.7.6', restartRequired: true }] },
    }[requestType as string];
    story.hear(report({ commandUuid, ...answer }), story.now + 1_000);
  }
}

const installs = (story: Story) => story.commands.filter((entry) => entry.update?.isInstall && entry.leasedAt !== undefined).length;
const theirCommand = (installAction = 'InstallLater', commandUuid = 'THEIRS-1') =>
  report({ commandUuid, updateResults: [{ productKey: 'k', installAction, status: 'Idle' }] });

describe('another tool’s update command', () => {
  it('is told from ours by its CommandUUID', () => {
    const story = byCommands(OLD_MAC);
    polls(story, NOW + MINUTE_MS, NOT_THERE);
    const ours = story.commands.find(({ requestType }) => requestType === 'ScheduleOSUpdate');
    expect(ours?.update?.action).toBe('DownloadOnly');
    story.hear(theirCommand('DownloadOnly', ours?.commandUuid), NOW + HOUR_MS);
    expect(told(story)).toEqual([]);
    story.hear(theirCommand(), NOW + 2 * HOUR_MS);
    expect(told(story)).toMatchObject([
      {
        kind: 'update-command',
        outcome: 'ours-waits',
        identifier: 'THEIRS-1',
        action: 'InstallLater, Idle',
        lastSeenAt: NOW + 2 * HOUR_MS,
      },
    ]);
  });

  /** Up to its window, the status having been told before theirs was answered. */
  function inWindow(action?: string): Story {
    const story = byCommands(OLD_MAC);
    polls(story, NOW + MINUTE_MS);
    polls(story, WINDOW - HOUR_MS);
    story.hear(report({ status: 'Idle' }), WINDOW - MINUTE_MS);
    if (action !== undefined) story.hear(theirCommand(action), WINDOW + MINUTE_MS);
    return story;
  }

  it('keeps ours from being sent until the device says that nothing goes on (rule 28)', () => {
    const story = inWindow('InstallASAP');
    expect(story.decision.reason).toBe('foreign-update-command');
    expect(installs(story)).toBe(0);
    // What it says of its status in the window is that an install waits for its hour.
    polls(story, WINDOW + 2 * MINUTE_MS, [{ productKey: 'k', status: 'Installing', isDownloaded: true }]);
    expect([story.decision.reason, installs(story)]).toEqual(['installing', 0]);
    polls(story, WINDOW + 2 * HOUR_MS);
    expect(installs(story)).toBe(1);
  });

  it('has the device asked anew, however lately it told what it does', () => {
    const story = inWindow();
    const asked = () => story.sent.filter((type) => type === 'OSUpdateStatus').length;
    // A person asks just before its window.
    story.overrides({ asked: { by: 'jane', at: story.now } });
    polls(story, story.now + 1_000);
    const before = asked();
    story.hear(theirCommand('InstallASAP'), WINDOW + MINUTE_MS);
    expect(asked()).toBe(before + 1);
    expect(installs(story)).toBe(0);
  });

  it('that no answer speaks of keeps it for a week, and no longer', () => {
    const story = inWindow('');
    for (let day = 0; day < 9; day += 1) {
      const at = WINDOW + 3 * MINUTE_MS + day * DAY_MS;
      story.hear(report({ status: 'Idle' }), at);
      for (const { commandUuid, requestType } of story.commands.filter((entry) => entry.state === 'enqueued'))
        if (requestType === 'OSUpdateStatus') story.hear(report({ commandUuid, status: 'Error' }), story.now + 1_000);
        else if (requestType === 'DeviceInformation')
          story.hear(report({ commandUuid, deviceInformation: { osVersion: '12.7' } }), story.now + 1_000);
      expect(installs(story), `day ${day}`).toBe(day < 7 ? 0 : 1);
      if (day < 7) expect(story.decision.reason).toBe('foreign-update-command');
      if (installs(story) > 0) break;
    }
  });

  it('that only downloads, and none at all, keep nothing', () => {
    for (const action of ['DownloadOnly', undefined]) {
      const story = inWindow(action);
      polls(story, WINDOW + 2 * MINUTE_MS);
      expect(installs(story), action).toBe(1);
    }
  });

  it('beside an enforcement of ours is refused by the device', () => {
    const early = createStory();
    early.hear(theirCommand(), NOW + HOUR_MS);
    expect(told(early)).toMatchObject([{ kind: 'update-command', outcome: 'theirs-until-ours' }]);
    const story = merged();
    story.hear(theirCommand(), NOW + HOUR_MS);
    expect(told(story)).toMatchObject([{ kind: 'update-command', outcome: 'ours-refuses-it' }]);
    // A week later it is no news any more.
    story.at(NOW + 8 * DAY_MS);
    expect(told(story)).toEqual([]);
  });

  it('is known by the device’s own report', () => {
    const story = merged();
    story.hear(status({ installReason: { reason: ['mdm'] }, pendingVersion: { osVersion: '40.6', buildVersion: '' } }).body);
    expect(told(story)).toMatchObject([{ kind: 'update-command', version: '40.6' }]);
  });

  it('is nobody’s after a restore: what was sent since the backup is not in the store', () => {
    const story = byCommands(OLD_PHONE);
    story.control({ restored: { backupAt: NOW - DAY_MS, at: NOW } });
    story.hear(theirCommand(), NOW + HOUR_MS);
    expect(told(story)).toEqual([]);
    expect(story.memory.foreignCommand).toBeUndefined();
  });
});

it('that a declaration refuses our update commands is a reason, and names a conflict', () => {
  const story = byCommands(OLD_PHONE);
  polls(story, NOW + MINUTE_MS, NOT_THERE);
  const ours = story.commands.find(({ requestType }) => requestType === 'ScheduleOSUpdate');
  const errorChain = [{ domain: 'com.apple.softwareupdateservices.errors', code: 103, description: 'a declaration is in place' }];
  story.hear(report({ commandUuid: ours?.commandUuid ?? '', status: 'Error', errorChain }), NOW + HOUR_MS);
  polls(story, NOW + 2 * HOUR_MS, []);
  expect(story.decision.reason).toBe('foreign-update-declaration');
  expect(told(story)).toMatchObject([{ kind: 'enforcement', outcome: 'theirs-refuses-ours' }]);
});

it('while the clock is in doubt all stays as it was told', () => {
  const story = merged();
  story.hear(theirCommand(), NOW + HOUR_MS);
  const before = told(story);
  story.standing.clockSuspect = 'set';
  story.at(NOW + 5_000 * DAY_MS);
  expect(told(story)).toEqual(before);
  story.standing.clockSuspect = undefined;
  story.at(NOW + 2 * HOUR_MS);
  expect(told(story)).toEqual(before);
});

describe('a deferral by profile', () => {
  it('is named out of another tool’s question, and keeps nothing from being enforced', () => {
    const story = merged();
    const before = story.handedOut();
    story.hear(report({ commandUuid: 'x', deferral: { isForced: true, days: 30, profiles: ['com.example.restrictions'] } }));
    expect(told(story)).toMatchObject([{ kind: 'deferral', outcome: 'hides-only', whose: 'com.example.restrictions', days: 30 }]);
    expect(story.handedOut()).toEqual(before);
    story.hear(report({ commandUuid: 'y', deferral: { isForced: false, profiles: [] } }), NOW + HOUR_MS);
    expect(told(story)).toEqual([]);
  });

  it('shows in a Mac’s own list', () => {
    const story = byCommands(OLD_MAC);
    const item = { productKey: 'k', name: 'macOS 12.7.6', version: '12.7.6', restartRequired: true };
    story.hear(report({ commandUuid: 'x', availableUpdates: [{ ...item, deferredUntil: '2040-10-01T00:00:00.000Z' }] }));
    expect(told(story)).toMatchObject([{ kind: 'deferral', version: '12.7.6', until: '2040-10-01T00:00:00.000Z' }]);
    for (const deferredUntil of ['0001-01-01T00:00:00.000Z', '2040-09-01T00:00:00.000Z', 'never']) {
      story.hear(report({ commandUuid: 'x', availableUpdates: [{ ...item, deferredUntil }] }), story.now + MINUTE_MS);
      expect(told(story), deferredUntil).toEqual([]);
    }
  });

  it('explains why a device does not list what it has to be named by', () => {
    const facts = { ...OLD_PHONE, osVersion: '10.3.3', buildVersion: '14G60', supplementalBuildVersion: '14G60' };
    for (const isForced of [true, false]) {
      const story = createStory({ catalogue: catalogue([release('10.3.4')]), enrollment: { facts } });
      story.standing.offered.of = new Map([['iOS 10.3.4', new Set(['iPhone90,1'])]]);
      story.hear(report({ commandUuid: 'x', deferral: { isForced, days: 30, profiles: ['com.example.restrictions'] } }));
      polls(story, NOW + MINUTE_MS);
      story.hear(report({ commandUuid: 'y', availableUpdates: [] }), NOW + HOUR_MS);
      expect(story.decision.reason).toBe(isForced ? 'update-deferred' : 'update-not-listed');
    }
  });
});

it('a profile with settings of automatic updates is named', () => {
  const story = byCommands(OLD_MAC);
  story.hear(report({ commandUuid: 'x', updateProfiles: ['com.example.autoupdate'] }));
  expect(told(story)).toMatchObject([{ kind: 'profile', outcome: 'declaration-wins', whose: 'com.example.autoupdate' }]);
});

it('no more are named than eight', () => {
  const story = merged();
  for (let index = 0; index < 20; index += 1) story.hear(foreign({ identifier: `theirs.${index}` }), NOW + index * MINUTE_MS);
  story.hear(theirCommand(), NOW + HOUR_MS);
  expect(told(story)).toHaveLength(8);
});

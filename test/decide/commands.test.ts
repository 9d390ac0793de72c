import { describe, expect, it } from 'vitest';
import type { Decision } from '../../src/decide/decide.ts';
import { listedSystems } from '../../src/decide/own-list.ts';
import { isInstall, type OutboxEntry } from '../../src/delivery/outbox-entry.ts';
import { createOffered } from '../../src/engine/standing.ts';
import type { MdmMessage, UpdateStatus } from '../../src/mdm/messages.ts';
import { formatVersion } from '../../src/os/version.ts';
import type { Policy } from '../../src/policy/policy.types.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { catalogue, enrollment, type FactValues, local, MAC_FACTS, NOW, PHONE_FACTS, release, withPolicy } from './builders.ts';
import { createStory, type Story } from './story.ts';

/** Rules 25 to 28: a supervised phone on iOS 16.7 that is to be on 16.7.9, due at 2040-09-15T18:00 in Berlin. */

const RELEASES = [
  release('16.7.9'),
  release('12.7.6', { platform: 'macOS', devices: ['J900AP'] }),
  release('13.7.8', { platform: 'macOS', devices: ['J901AP'] }),
];
const PHONE: FactValues = {
  ...PHONE_FACTS,
  osVersion: '16.7',
  buildVersion: '20H19',
  supplementalBuildVersion: '20H19',
  passcodePresent: false,
};
const MAC: FactValues = {
  ...MAC_FACTS,
  osVersion: '12.7',
  buildVersion: '21G816',
  supplementalBuildVersion: '21G816',
  bootstrapTokenRequiredForSoftwareUpdate: true,
};
const DUE = local('2040-09-15T18:00:00');
const WINDOW = local('2040-09-16T01:00:00');

interface Fleet {
  story: Story;
  /** The device polls: a sign of life. */
  idle(at: number): Decision;
  /** It answers every question that waits, and its OSUpdateStatus with this. */
  says(updateStatuses: UpdateStatus[] | 'an error', at?: number): Decision;
  /** It answers the ScheduleOSUpdate that waits. */
  takes(fields: Partial<Extract<MdmMessage, { kind: 'CommandReport' }>>, at?: number): Decision;
  waiting(): OutboxEntry[];
  actions(): string[];
}

function fleetOf(facts: FactValues = PHONE, policy: Partial<Policy> = {}): Fleet {
  const story = createStory({ catalogue: catalogue(RELEASES), policies: withPolicy(policy), enrollment: { facts } });
  /** Nothing a device says is said in the same millisecond. */
  const report = (fields: object, at = story.now + 1_000) =>
    story.hear({ kind: 'message', message: { kind: 'CommandReport', status: 'Acknowledged', ...fields } as MdmMessage }, at);
  const waiting = () => story.commands.filter((entry) => entry.state === 'enqueued');
  return {
    story,
    waiting,
    idle: (at) => report({ status: 'Idle' }, at),
    says(updateStatuses, at?: number) {
      for (const { commandUuid, requestType } of waiting()) {
        if (requestType === 'ScheduleOSUpdate') continue;
        const extra = {
          OSUpdateStatus: updateStatuses === 'an error' ? { status: 'Error' } : { updateStatuses },
          AvailableOSUpdates: { availableUpdates: [{ productKey: 'iOSUpdate20H350', name: 'iOS 16.7.9', version: '16.7.9' }] },
          DeviceInformation: { deviceInformation: { osVersion: String(story.state.facts.osVersion?.value) } },
          SecurityInfo: { securityInfo: { passcodePresent: facts.passcodePresent } },
        }[requestType as string];
        report({ commandUuid, ...extra }, at);
      }
      return story.decision;
    },
    takes(fields, at?: number) {
      const entry = waiting().find(({ requestType }) => requestType === 'ScheduleOSUpdate');
      if (entry === undefined) throw new Error('no ScheduleOSUpdate waits');
      return report({ commandUuid: entry.commandUuid, ...fields }, at);
    },
    actions: () =>
      [...story.commands]
        .sort((a, b) => a.createdAt - b.createdAt)
        .flatMap((entry) => (entry.leasedAt ? (entry.update?.action ?? []) : [])),
  };
}

function isoAt(at: number): string {
  return new Date(at).toISOString();
}

const IDLE = [{ productKey: 'iOSUpdate20H350', status: 'Idle', isDownloaded: false }];
const DOWNLOADED = [{ productKey: 'iOSUpdate20H350', status: 'Idle', isDownloaded: true }];
const DOWNLOADING = { updateResults: [{ productKey: 'k', installAction: 'DownloadOnly', status: 'Downloading' }] };

/** Up to the window after the date, the download being there. */
function readyInWindow(facts?: FactValues, policy?: Partial<Policy>): Fleet {
  const fleet = fleetOf(facts, policy);
  fleet.says(IDLE);
  fleet.takes(DOWNLOADING);
  fleet.idle(NOW + 2 * HOUR_MS);
  fleet.says(DOWNLOADED);
  fleet.idle(DUE - HOUR_MS);
  fleet.says(DOWNLOADED);
  return fleet;
}

describe('iOS 16, in two steps', () => {
  it('is asked what it does, then downloads before its date, at any hour', () => {
    const fleet = fleetOf();
    expect(fleet.waiting().map(({ requestType }) => requestType)).toContain('OSUpdateStatus');
    expect(fleet.actions()).toEqual([]);
    fleet.says(IDLE);
    expect(fleet.actions()).toEqual(['DownloadOnly']);
    expect(fleet.story.decision.reason).toBe('waiting-for-date');
    expect(fleet.story.decision.manifest?.items ?? []).toEqual([]);
    fleet.takes(DOWNLOADING);
    expect(fleet.story.decision.reason).toBe('downloading');
  });

  it('is asked once what it does when two steps want to know', () => {
    const fleet = fleetOf();
    fleet.says(IDLE);
    fleet.takes({});
    fleet.idle(NOW + 2 * DAY_MS);
    expect(fleet.waiting().filter(({ requestType }) => requestType === 'OSUpdateStatus')).toHaveLength(1);
  });

  it('installs in its window from its date on, soon after a sign of life, and once in a window', () => {
    const fleet = readyInWindow();
    expect(fleet.story.decision.reason).toBe('prepared');
    fleet.idle(DUE + HOUR_MS);
    fleet.says(DOWNLOADED);
    expect(fleet.actions()).toEqual(['DownloadOnly']);
    expect(fleet.story.decision.reason).toBe('waiting-for-window');
    fleet.story.push = { lastSentAt: fleet.story.now, noTokenAt: fleet.story.now };
    expect(fleet.story.at(WINDOW)).toMatchObject({ reason: 'push-token-missing', evidence: { isOpen: true } });
    fleet.story.push = { lastSentAt: fleet.story.now };
    // Nothing is sent to a device nobody has heard of for an hour; it is pushed.
    fleet.story.at(WINDOW + MINUTE_MS);
    expect(fleet.actions()).toEqual(['DownloadOnly']);
    fleet.idle(WINDOW + 2 * MINUTE_MS);
    fleet.says(DOWNLOADED);
    expect(fleet.actions()).toEqual(['DownloadOnly', 'InstallASAP']);
    fleet.takes({ updateResults: [{ productKey: 'k', installAction: 'InstallASAP', status: 'Idle' }] });
    expect(fleet.story.decision.reason).toBe('update-commanded');
    fleet.idle(WINDOW + HOUR_MS);
    fleet.says(DOWNLOADED);
    fleet.idle(WINDOW + 2 * HOUR_MS);
    fleet.says(DOWNLOADED);
    expect(fleet.actions()).toEqual(['DownloadOnly', 'InstallASAP']);
    // The next night, after it has said again that nothing is in progress.
    fleet.idle(WINDOW + DAY_MS + MINUTE_MS);
    expect(fleet.actions()).toEqual(['DownloadOnly', 'InstallASAP']);
    fleet.says(DOWNLOADED);
    expect(fleet.actions()).toEqual(['DownloadOnly', 'InstallASAP', 'InstallASAP']);
  });

  it('is not sent a second command while the first one says nothing', () => {
    const fleet = readyInWindow();
    fleet.idle(WINDOW + MINUTE_MS);
    fleet.says(DOWNLOADED);
    expect(fleet.actions().at(-1)).toBe('InstallASAP');
    for (let day = 1; day <= 2; day += 1) {
      fleet.idle(WINDOW + day * DAY_MS + MINUTE_MS);
      fleet.says(DOWNLOADED);
    }
    expect(fleet.actions()).toEqual(['DownloadOnly', 'InstallASAP']);
  });

  it.each([
    ['refuses to tell', 'an error' as const, ['16.7.9']],
    ['tells', DOWNLOADED, ['16.7.9', '16.7.10']],
  ])('that never answered its install command and %s what it does, with a newer release since', (_, status, installed) => {
    const fleet = readyInWindow();
    fleet.idle(WINDOW + MINUTE_MS);
    fleet.says(DOWNLOADED);
    fleet.story.standing.catalogue = catalogue([...RELEASES, release('16.7.10')]);
    // Taken for lost after three days and two polls, and five minutes for an answer that is late.
    for (let at = WINDOW + HOUR_MS; at < WINDOW + 20 * DAY_MS; at += HOUR_MS) {
      fleet.idle(at);
      fleet.says(status);
      if (fleet.waiting().some(({ update }) => update?.action === 'DownloadOnly')) fleet.takes({});
      fleet.story.at(at + 6 * MINUTE_MS);
    }
    expect(fleet.story.decision.target?.version).toBe('16.7.10');
    const installs = fleet.story.commands.filter(isInstall).map((entry) => entry.update?.version);
    expect([...new Set(installs)].sort()).toEqual([...installed].sort());
    const { reason, evidence } = fleet.story.decision;
    if (status === 'an error')
      expect([reason, evidence.awaitsStatusAfter]).toMatchObject(['waiting-for-window', { release: 'iOS 16.7.9' }]);
  });

  it.each([
    ['Installing', [{ productKey: 'iOSUpdate20H350', status: 'Installing', isDownloaded: true }], 'installing'],
    ['Downloading', [{ productKey: 'iOSUpdate20H350', status: 'Downloading', isDownloaded: false }], 'downloading'],
  ])('is left alone while it says %s', (_, statuses, reason) => {
    const fleet = readyInWindow();
    fleet.idle(WINDOW + MINUTE_MS);
    fleet.says(statuses);
    expect(fleet.actions()).toEqual(['DownloadOnly']);
    expect(fleet.story.decision.reason).toBe(reason);
  });

  it('has its version read before an install command, when that was told long ago', () => {
    const fleet = readyInWindow();
    fleet.idle(WINDOW + 30 * MINUTE_MS);
    expect(fleet.waiting().map(({ requestType }) => requestType)).toEqual(expect.arrayContaining(['OSUpdateStatus', 'DeviceInformation']));
    // It has restarted into its target since, and says that nothing is in progress.
    const status = fleet.waiting().find(({ requestType }) => requestType === 'OSUpdateStatus');
    const message: MdmMessage = {
      kind: 'CommandReport',
      status: 'Acknowledged',
      commandUuid: status?.commandUuid,
      updateStatuses: DOWNLOADED,
    };
    fleet.story.hear({ kind: 'message', message }, WINDOW + 31 * MINUTE_MS);
    expect(fleet.actions()).toEqual(['DownloadOnly']);
    expect(fleet.story.tells({ osVersion: '16.7.9' }).reason).toBe('verified');
    expect(fleet.actions()).toEqual(['DownloadOnly']);
  });

  it('is not sent an install command with less than an hour of its window left, nor outside', () => {
    const fleet = readyInWindow();
    fleet.idle(WINDOW + 3 * HOUR_MS + MINUTE_MS);
    fleet.says(DOWNLOADED);
    fleet.idle(WINDOW + 10 * HOUR_MS);
    fleet.says(DOWNLOADED);
    expect(fleet.actions()).toEqual(['DownloadOnly']);
  });

  it('has its version read after the command, and is verified by that alone', () => {
    const fleet = readyInWindow();
    fleet.idle(WINDOW + MINUTE_MS);
    fleet.says(DOWNLOADED);
    fleet.takes({});
    expect(fleet.story.decision.reason).not.toBe('verified');
    const decision = fleet.story.at(WINDOW + 25 * MINUTE_MS);
    expect(fleet.waiting().map(({ requestType }) => requestType)).toContain('DeviceInformation');
    expect(decision.reason).not.toBe('verified');
    expect(fleet.story.tells({ osVersion: '16.7.9', buildVersion: '20H350' }).reason).toBe('verified');
  });

  it('waits for its owner where there is a passcode', () => {
    const fleet = readyInWindow({ ...PHONE, passcodePresent: true });
    fleet.idle(WINDOW + MINUTE_MS);
    fleet.says(DOWNLOADED);
    expect(fleet.takes({}).reason).toBe('waiting-for-passcode');
  });

  it.each([
    ['MCMDMErrorDomain', 12077, 'shared-ipad-user'],
    ['MCMDMErrorDomain', 12007, 'access-rights-missing'],
    ['DeviceManagement.error', 2206, 'needs-computer'],
    ['com.apple.softwareupdateservices.errors', 6, 'insufficient-space'],
    ['DeviceManagement.error', 2213, 'update-not-listed'],
    ['Somewhere', 1, 'install-failed'],
  ])('shows the error %s %i once its status has been asked', (domain, code, reason) => {
    const fleet = fleetOf();
    fleet.says(IDLE);
    fleet.takes({ status: 'Error', errorChain: [{ domain, code, description: '' }] });
    expect(fleet.story.decision.reason).not.toBe(reason);
    // A minute later, or when the next command is wanted.
    fleet.story.at(NOW + 2 * MINUTE_MS);
    fleet.idle(NOW + DAY_MS + HOUR_MS);
    fleet.says(IDLE);
    expect(fleet.story.decision.reason).toBe(reason);
  });

  it('does not wait for the status to show an error that came twice in a row', () => {
    const fleet = fleetOf();
    const error = { status: 'Error' as const, errorChain: [{ domain: 'MCMDMErrorDomain', code: 12007, description: '' }] };
    fleet.says(IDLE);
    fleet.takes(error);
    fleet.idle(NOW + DAY_MS + HOUR_MS);
    fleet.says(IDLE);
    fleet.takes(error);
    expect(fleet.actions()).toHaveLength(2);
    expect(fleet.story.decision.reason).toBe('access-rights-missing');
  });

  it('refused by day, because somebody is logged in, is tried in its window, whatever hour the download is refused at', () => {
    const fleet = fleetOf();
    const refused = { status: 'Error' as const, errorChain: [{ domain: 'MCMDMErrorDomain', code: 12077, description: '' }] };
    fleet.says(IDLE);
    const isWaiting = () => fleet.waiting().some(({ requestType }) => requestType === 'ScheduleOSUpdate');
    for (let at = NOW + HOUR_MS; at < WINDOW; at += HOUR_MS) {
      if (isWaiting()) fleet.takes(refused);
      fleet.idle(at);
      fleet.says(IDLE);
    }
    if (isWaiting()) fleet.takes(refused);
    expect(new Set(fleet.actions())).toEqual(new Set(['DownloadOnly']));
    for (let at = WINDOW; at < WINDOW + HOUR_MS; at += 10 * MINUTE_MS) {
      fleet.idle(at);
      fleet.says(IDLE);
    }
    expect(fleet.actions().at(-1)).toBe('Default');
  });

  it('is not asked any more what waited to be asked, once it runs what takes declarations', () => {
    const fleet = fleetOf();
    fleet.says(IDLE);
    const [question] = fleet.story.commands.filter(({ requestType }) => requestType === 'OSUpdateStatus');
    const waiting: OutboxEntry = { ...(question as OutboxEntry), commandUuid: 'waits', state: 'pending', createdAt: NOW + HOUR_MS };
    delete waiting.enqueuedAt;
    delete waiting.leasedAt;
    fleet.story.commands.push(waiting);
    const stateOf = () => fleet.story.commands.find(({ commandUuid }) => commandUuid === 'waits')?.state;
    fleet.story.tells({ osVersion: '27.0', buildVersion: '24A1', supplementalBuildVersion: '24A1' });
    expect(stateOf()).toBe('superseded');
  });

  it('takes an error for none when the download runs (iOS 11.4)', () => {
    const fleet = fleetOf();
    fleet.says(IDLE);
    fleet.takes({ status: 'Error', errorChain: [{ domain: 'Somewhere', code: 1, description: '' }] });
    fleet.story.at(NOW + 2 * MINUTE_MS);
    expect(fleet.says([{ productKey: 'iOSUpdate20H350', status: 'Downloading' }]).reason).toBe('downloading');
  });

  it('gets its grace when it returns past its date', () => {
    const fleet = readyInWindow();
    fleet.story.at(DUE + 3 * HOUR_MS);
    fleet.story.at(DUE + 10 * DAY_MS);
    const back = WINDOW + 20 * DAY_MS + 30 * MINUTE_MS;
    fleet.idle(back);
    fleet.says(DOWNLOADED);
    expect(fleet.actions()).toEqual(['DownloadOnly']);
    expect(fleet.story.decision.enforcement?.dueAt).toBeGreaterThanOrEqual(back + 2 * DAY_MS);
  });

  it('is not sent anything in observe mode but questions', () => {
    const fleet = fleetOf(PHONE, { mode: 'observe' });
    fleet.says(IDLE);
    fleet.idle(WINDOW + MINUTE_MS);
    fleet.says(DOWNLOADED);
    expect(fleet.actions()).toEqual([]);
    expect(fleet.story.decision.reason).toBe('observe-only');
  });

  it('has a waiting install taken back when it is paused', () => {
    const fleet = readyInWindow();
    fleet.idle(WINDOW + MINUTE_MS);
    fleet.story.control({ state: 'paused' });
    fleet.says(DOWNLOADED);
    expect(fleet.actions()).toEqual(['DownloadOnly']);
  });
});

describe('by ProductKey', () => {
  const OLD: FactValues = { ...PHONE, osVersion: '10.3.3' };

  it('waits for the list of the device', () => {
    const fleet = fleetOf(OLD);
    expect(fleet.story.decision.reason).toBe('waiting-for-list');
    expect(fleet.waiting().map(({ requestType }) => requestType)).toContain('AvailableOSUpdates');
    fleet.says(IDLE);
    fleet.says(IDLE);
    expect(fleet.story.commands.find((entry) => entry.update)?.update).toMatchObject({
      productKey: 'iOSUpdate20H350',
      action: 'DownloadOnly',
    });
  });

  /** Its list is asked for, and it answers that there is nothing. */
  function notListing(fleet = fleetOf(OLD)): { fleet: Fleet; decision: Decision } {
    const asked = fleet.waiting().find(({ requestType }) => requestType === 'AvailableOSUpdates');
    const message: MdmMessage = {
      kind: 'CommandReport',
      status: 'Error',
      commandUuid: asked?.commandUuid,
      errorChain: [{ domain: 'DeviceManagement.error', code: 2213, description: '' }],
    };
    return { fleet, decision: fleet.story.hear({ kind: 'message', message }) };
  }

  it('waits for Apple when the device does not list it, nor was any of its model offered it', () => {
    expect(notListing().decision).toMatchObject({
      reason: 'ramped-by-apple',
      evidence: { release: 'iOS 16.7.9', model: PHONE_FACTS.productName, since: NOW - 2 * DAY_MS, waitsUntil: NOW + 12 * DAY_MS },
    });
  });

  it('says so when the device does not list it, and another of its model was offered it', () => {
    const { fleet } = notListing();
    fleet.story.standing.offered = createOffered([{ release: 'iOS 16.7.9', deviceKey: 'iPhone1,1', at: NOW }]);
    expect(fleet.story.at(fleet.story.now).reason).toBe('ramped-by-apple');
    fleet.story.standing.offered = createOffered([{ release: 'iOS 16.7.9', deviceKey: String(PHONE_FACTS.productName), at: NOW }]);
    expect(fleet.story.at(fleet.story.now).reason).toBe('update-not-listed');
  });

  it('says so in any case when the release has been out for two weeks', () => {
    const { fleet } = notListing();
    fleet.idle(NOW + 12 * DAY_MS - MINUTE_MS);
    expect(notListing(fleet).decision.reason).toBe('ramped-by-apple');
    expect(fleet.idle(NOW + 12 * DAY_MS).reason).toBe('update-not-listed');
  });
});

describe('macOS 12', () => {
  function macInWindow(policy: Partial<Policy>, facts = MAC): Fleet {
    const fleet = fleetOf(facts, policy);
    fleet.idle(DUE + HOUR_MS);
    fleet.says(IDLE);
    fleet.takes({});
    fleet.idle(WINDOW + MINUTE_MS);
    fleet.says(IDLE);
    return fleet;
  }

  it.each([
    ['InstallASAP', {}],
    ['InstallForceRestart', { commands: { forceRestart: true } }],
  ])('is installed by one command: %s', (action, policy) => {
    const fleet = macInWindow(policy);
    expect(fleet.story.commands.filter(isInstall).map((entry) => entry.update?.action)).toEqual([action]);
    expect(fleet.story.sent.filter((type) => type === 'ScheduleOSUpdateScan')).toHaveLength(1);
  });

  it('that refuses InstallForceRestart gets InstallASAP in its next window', () => {
    const fleet = macInWindow({ commands: { forceRestart: true } });
    fleet.takes({ status: 'Error', errorChain: [{ domain: 'MCMDMErrorDomain', code: 12008, description: '' }] });
    fleet.idle(WINDOW + DAY_MS + MINUTE_MS);
    fleet.says(IDLE);
    const sent = fleet.story.commands.filter(isInstall).sort((a, b) => a.createdAt - b.createdAt);
    expect(sent.map((entry) => entry.update?.action)).toEqual(['InstallForceRestart', 'InstallASAP']);
  });

  it('is not asked again past its date to fetch what it refused to: the install does that', () => {
    const fleet = fleetOf(MAC);
    fleet.idle(DUE + HOUR_MS);
    fleet.says(IDLE);
    fleet.takes({ status: 'Error', errorChain: [{ domain: 'MCMDMErrorDomain', code: 12008, description: '' }] });
    for (let at = DUE + 3 * HOUR_MS; at < DUE + 2 * DAY_MS; at += 20 * MINUTE_MS) {
      fleet.idle(at);
      fleet.says(IDLE);
    }
    expect(fleet.actions()).toEqual(['DownloadOnly', 'InstallASAP']);
  });

  it('may be put off by its user before the date, in the window', () => {
    const fleet = fleetOf(MAC, { commands: { userDeferrals: 3 } });
    fleet.says(IDLE);
    expect(fleet.story.commands.filter(isInstall)).toEqual([]);
    fleet.idle(local('2040-09-11T01:10:00'));
    fleet.says(IDLE);
    const install = fleet.story.commands.find(isInstall);
    expect(install?.update?.action).toBe('InstallLater');
  });

  it.each([
    ['a night that is to come keeps it from being asked again', DAY_MS, ['InstallLater']],
    ['one that is long past does not', -2 * DAY_MS, ['InstallLater', 'InstallASAP']],
    ['nor does the year 1, which stands for none', -2039 * 365.25 * DAY_MS, ['InstallLater', 'InstallASAP']],
  ])('that has been told InstallLater and names a night: %s', (_, fromNow, installs) => {
    const fleet = fleetOf(MAC, { commands: { userDeferrals: 3 } });
    const says = () => {
      const scheduled = { productKey: 'k', status: 'Idle', isDownloaded: true, nextScheduledInstall: isoAt(fleet.story.now + fromNow) };
      return fleet.says([scheduled]);
    };
    fleet.idle(local('2040-09-11T01:10:00'));
    fleet.says(IDLE);
    fleet.takes({});
    for (let at = DUE + HOUR_MS; at < DUE + 2 * DAY_MS; at += 20 * MINUTE_MS) {
      fleet.idle(at);
      says();
    }
    const sent = fleet.story.commands.filter(isInstall).sort((a, b) => a.createdAt - b.createdAt);
    expect(sent.map((entry) => entry.update?.action)).toEqual(installs);
  });

  it('only tells its user where that is wished', () => {
    const fleet = fleetOf(MAC, { commands: { notifyOnly: true } });
    fleet.says(IDLE);
    expect(fleet.actions()).toEqual(['NotifyOnly']);
    expect(fleet.story.commands.filter(isInstall)).toEqual([]);
  });

  it('that can’t tell its key is offered what it lists itself', () => {
    const fleet = fleetOf({ ...MAC, osVersion: '11.7', softwareUpdateDeviceId: undefined });
    expect(fleet.story.decision.reason).toBe('waiting-for-list');
    const scan = fleet.waiting().find(({ requestType }) => requestType === 'ScheduleOSUpdateScan');
    fleet.story.hear({
      kind: 'message',
      message: { kind: 'CommandReport', status: 'Acknowledged', commandUuid: scan?.commandUuid, scanInitiated: true },
    });
    fleet.story.at(NOW + 6 * MINUTE_MS);
    const list = fleet.waiting().find(({ requestType }) => requestType === 'AvailableOSUpdates');
    const availableUpdates = [
      { productKey: 'Safari16', name: 'Safari', version: '16.6' },
      { productKey: '012-12345', name: 'macOS Monterey 12.7.6', version: '12.7.6', isMajor: true },
    ];
    const message: MdmMessage = { kind: 'CommandReport', status: 'Acknowledged', commandUuid: list?.commandUuid, availableUpdates };
    const decision = fleet.story.hear({ kind: 'message', message });
    expect(decision.target).toMatchObject({ release: 'macOS 12.7.6' });
    expect(decision.reason).toBe('waiting-for-date');
  });

  it.each([
    ['it was not updated meanwhile', '11.7', ['DownloadOnly']],
    ['it was: the item is an old one', '11.7.10', []],
  ])('that can’t tell its key tells its version after its list before it is sent what that offers: %s', (_, osVersion, actions) => {
    const fleet = fleetOf({ ...MAC, osVersion: '11.7', softwareUpdateDeviceId: undefined });
    fleet.story.tells({ osVersion: '11.7' }, NOW + MINUTE_MS);
    const scan = fleet.waiting().find(({ requestType }) => requestType === 'ScheduleOSUpdateScan');
    const report = (commandUuid: string | undefined, fields: object): MdmMessage => ({
      ...{ kind: 'CommandReport', status: 'Acknowledged', commandUuid, ...fields },
    });
    fleet.story.hear({ kind: 'message', message: report(scan?.commandUuid, { scanInitiated: true }) });
    fleet.story.at(NOW + 7 * MINUTE_MS);
    const list = fleet.waiting().find(({ requestType }) => requestType === 'AvailableOSUpdates');
    const availableUpdates = [{ productKey: '012-00001', name: 'macOS Big Sur 11.7.10', version: '11.7.10', restartRequired: true }];
    const message = report(list?.commandUuid, { availableUpdates });
    fleet.story.hear({ kind: 'message', message }, NOW + 8 * MINUTE_MS);
    const status = fleet.waiting().find(({ requestType }) => requestType === 'OSUpdateStatus');
    fleet.story.hear({ kind: 'message', message: report(status?.commandUuid, { updateStatuses: [] }) }, NOW + 9 * MINUTE_MS);
    expect(fleet.actions()).toEqual([]);
    expect(fleet.waiting().map(({ requestType }) => requestType)).toContain('DeviceInformation');
    fleet.story.tells({ osVersion }, NOW + 10 * MINUTE_MS);
    expect(fleet.actions()).toEqual(actions);
  });
});

it.each([
  ['a blank version', { name: 'macOS High Sierra 10.13.5 Update', restartRequired: true }, '10.13.5'],
  ['its version', { name: 'macOS Monterey 12.7.6', version: '12.7.6', isMajor: true }, '12.7.6'],
  ['no OS: Safari', { name: 'Safari', version: '16.6' }, undefined],
  ['no OS: a security update', { name: 'Security Update 2017-001', restartRequired: true }, undefined],
  ['no OS: XProtect', { name: 'XProtectPlistConfigData', version: '2099', isConfigData: true, restartRequired: true }, undefined],
])('an item of a Mac’s list with %s', (_, item, version) => {
  const listed = listedSystems(enrollment({ facts: { ...MAC, availableUpdates: [{ productKey: 'k', ...item }] } }));
  expect(listed.map((found) => formatVersion(found.version))).toEqual(version === undefined ? [] : [version]);
});

it('an OS that takes declarations gets no command, and the other way round', () => {
  const fleet = fleetOf();
  expect(fleet.story.decision).toMatchObject({ channel: 'commands', isHandedOut: false });
  const upgraded = fleet.story.tells({ osVersion: '17.1' }, NOW + HOUR_MS);
  expect(upgraded.channel).toBe('declarations');
});

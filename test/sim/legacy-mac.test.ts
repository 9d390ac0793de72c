import { describe, expect, it } from 'vitest';
import { chainOf, HOUR, resultOf, START, setUpLegacy } from './legacy-device.ts';

/** Intel, can't go beyond 12. */
const MINOR = { deviceId: 'Mac-937CB26E2E02BB01', osVersion: '12.4', build: '21F79' };
const SILICON = { deviceId: 'J413AP', osVersion: '13.2.1', build: '22D68' };
const OLD = { deviceId: 'Mac-94245B3640C91C81', osVersion: '10.12.6', build: '16G29' };

describe('list', () => {
  it('holds the newest of each system it can go to, fresh after a scan only', async () => {
    const world = setUpLegacy({ ...SILICON, quirks: { scansFindNothing: 1 } });
    await world.run(1);
    expect(await world.list()).toEqual([]);
    expect(await world.ask('ScheduleOSUpdateScan', { Force: true })).toMatchObject({ Status: 'Acknowledged', ScanInitiated: true });
    await world.run(0.5);
    expect(await world.list()).toEqual([]);
    await world.ask('ScheduleOSUpdateScan', { Force: true });
    await world.run(0.5);
    const items = await world.list();
    expect(items.map((item) => [item.Version, item.IsMajorOSUpdate])).toEqual([
      ['13.7.8', false],
      ['14.8.9', true],
      ['15.7.9', true],
      ['26.7', true],
      ['27.0.1', true],
    ]);
    expect(items[0]).toMatchObject({
      ProductKey: 'MSU_UPDATE_22H730_patch_13.7.8_minor',
      RequiresBootstrapToken: true,
      RestartRequired: true,
    });
    expect(items[4]?.ProductKey).toBe('MSU_UPDATE_26A371_patch_27.0.1_major');
  });

  it('is written as older systems write it', async () => {
    const world = setUpLegacy(OLD);
    await world.run(1);
    const [item] = await world.list();
    expect(item).toMatchObject({
      Version: '10.13.6',
      ProductKey: '_MACOS_10.13.6',
      IsConfigurationDataUpdate: false,
      IsMajorOSUpdate: true,
    });
    expect(item).not.toHaveProperty('RequiresBootstrapToken');
    expect(item).not.toHaveProperty('ProductName');
  });

  it('never holds the target on some', async () => {
    const world = setUpLegacy({ ...MINOR, trouble: 'update-not-listed', quirks: { listsMore: true } });
    await world.run(1);
    await world.ask('ScheduleOSUpdateScan', { Force: true });
    await world.run(1);
    const items = await world.list();
    expect(items.map((item) => item.Version)).toEqual(['16.6.1', '2099', ' ', '12.0']);
    expect(chainOf(await world.schedule('InstallASAP', { ProductVersion: '12.7.6' }))).toEqual(['MCMDMErrorDomain 12048']);
  });
});

describe('install', () => {
  it.each([
    ['to another major version', SILICON, '27.0.1', true],
    ['within a major version', MINOR, '12.7.6', true],
    ['by its ProductKey alone, long ago', OLD, '10.13.6', false],
  ])('by InstallASAP downloads and restarts: %s', async (_, change, version, namesVersion) => {
    const world = setUpLegacy(change);
    await world.run(1);
    await world.list();
    const answer = await world.schedule('InstallASAP', namesVersion ? { ProductVersion: version } : {});
    expect(resultOf(answer)).toMatchObject({ InstallAction: 'InstallASAP', Status: 'Downloading' });
    await world.run(6);
    expect([world.device.osVersion, world.installs()[0]?.cause]).toEqual([version, 'command']);
    expect(world.whats()).toEqual(['download started', 'download finished', 'install started']);
  });

  it('by InstallForceRestart as well', async () => {
    const world = setUpLegacy(MINOR);
    await world.run(1);
    expect(resultOf(await world.schedule('InstallForceRestart', { ProductVersion: '12.7.6' }))).toMatchObject({
      InstallAction: 'InstallForceRestart',
      Status: 'Downloading',
    });
    await world.run(6);
    expect(world.device.osVersion).toBe('12.7.6');
  });

  it('takes a second step when the first was a download', async () => {
    const world = setUpLegacy(MINOR);
    await world.run(1);
    await world.schedule('DownloadOnly', { ProductVersion: '12.7.6' });
    await world.run(30);
    expect([world.device.osVersion, world.device.legacyPhase]).toEqual(['12.4', 'downloaded']);
    expect(resultOf(await world.schedule('InstallASAP', { ProductVersion: '12.7.6' }))).toMatchObject({ Status: 'Installing' });
    await world.run(3);
    expect(world.device.osVersion).toBe('12.7.6');
  });

  it('only notifies on NotifyOnly', async () => {
    const world = setUpLegacy(MINOR);
    await world.run(1);
    await world.schedule('NotifyOnly', { ProductVersion: '12.7.6' });
    await world.run(72);
    expect([world.whats(), world.device.osVersion]).toEqual([['download started', 'download finished', 'notified'], '12.4']);
  });

  it('happens some night within the deferrals on InstallLater', async () => {
    const world = setUpLegacy(MINOR);
    await world.run(1);
    const answer = await world.schedule('InstallLater', { ProductVersion: '12.7.6', MaxUserDeferrals: 3, Priority: 'High' });
    expect(resultOf(answer)).toMatchObject({ InstallAction: 'InstallLater', Status: 'Downloading' });
    await world.untilLocal('20:00');
    expect(await world.status()).toMatchObject({
      Status: 'Idle',
      MaxDeferrals: 3,
      DeferralsRemaining: 2,
      NextScheduledInstall: expect.any(Date),
      PastNotifications: [expect.any(Date)],
    });
    await world.run(80);
    const [install] = world.installs();
    expect([install?.cause, [2, 3].includes(world.localHour(install?.at ?? 0))]).toEqual(['command', true]);
    expect(world.legacy()[0]).toMatchObject({ what: 'download started' });
    expect(world.legacy().find((event) => event.what === 'command')).toMatchObject({ action: 'InstallLater', priority: 'High' });
  });

  it('is brought forward by InstallASAP', async () => {
    const world = setUpLegacy(MINOR);
    await world.run(1);
    await world.schedule('InstallLater', { ProductVersion: '12.7.6', MaxUserDeferrals: 3 });
    await world.untilLocal('18:00');
    await world.schedule('InstallASAP', { ProductVersion: '12.7.6' });
    await world.run(3);
    expect(world.device.osVersion).toBe('12.7.6');
  });

  it.each([
    ['InstallLater', SILICON, '27.0.1'],
    ['DownloadOnly', SILICON, '27.0.1'],
    ['InstallForceRestart', SILICON, '27.0.1'],
    ['DownloadOnly', { ...MINOR, osVersion: '10.15.7', build: '19H15' }, ''],
    ['InstallForceRestart', { ...MINOR, osVersion: '10.15.7', build: '19H15' }, ''],
    ['InstallASAP', { ...MINOR, osVersion: '11.6.8', build: '20G730' }, '12.7.6'],
  ])('refuses what it doesn’t know or what is for minor updates: %s', async (action, change, version) => {
    const world = setUpLegacy(change);
    await world.run(1);
    await world.list();
    expect(chainOf(await world.schedule(action, version === '' ? {} : { ProductVersion: version }))).toEqual(['MCMDMErrorDomain 12008']);
    await world.run(24);
    expect(world.whats()).toEqual([]);
  });

  it('needs the bootstrap token on Apple silicon', async () => {
    const world = setUpLegacy({ ...SILICON, trouble: 'bootstrap-token-suspected' });
    await world.run(1);
    expect(chainOf(await world.schedule('InstallASAP', { ProductVersion: '13.7.8' }))).toEqual(['SUMacControllerError 7507']);
  });

  it('waits for power', async () => {
    const world = setUpLegacy({ ...MINOR, trouble: 'insufficient-power' });
    await world.run(1);
    await world.schedule('InstallASAP', { ProductVersion: '12.7.6' });
    await world.run(6);
    expect(world.whats()).toContain('install failed');
    const again = resultOf(await world.schedule('InstallASAP', { ProductVersion: '12.7.6' }));
    expect([again?.Status, chainOf(again)]).toEqual(['InstallInsufficientPower', ['MCMDMErrorDomain 12061']]);
  });

  it('asks its own list of no supervision', async () => {
    const world = setUpLegacy({ ...MINOR, isSupervised: false });
    await world.run(1);
    expect(await world.list()).toHaveLength(1);
    expect((await world.schedule('InstallASAP', { ProductVersion: '12.7.6' })).Status).toBe('Error');
  });
});

describe('known misbehaviour', () => {
  it('scans hang', async () => {
    const world = setUpLegacy({ ...MINOR, quirks: { scansHang: 2 } });
    await world.run(1);
    const found: number[] = [];
    for (let scan = 0; scan < 3; scan++) {
      expect(await world.ask('ScheduleOSUpdateScan', { Force: true })).toMatchObject({ ScanInitiated: true });
      await world.run(2);
      found.push((await world.list()).length);
    }
    expect(found).toEqual([0, 0, 1]);
  });

  it('softwareupdated does nothing before the owner restarts the Mac', async () => {
    const world = setUpLegacy({ ...MINOR, quirks: { wedgedUntil: START + 48 * HOUR, listsMore: true } });
    await world.run(1);
    await world.ask('ScheduleOSUpdateScan', { Force: true });
    await world.run(1);
    expect(await world.list()).toEqual([]);
    expect(await world.schedule('InstallASAP', { ProductVersion: '12.7.6' })).toEqual(
      expect.not.objectContaining({ UpdateResults: expect.anything() }),
    );
    await world.run(24);
    expect(world.whats()).toEqual([]);
    await world.run(30);
    expect(world.whats()).toEqual(['restarted by owner']);
    await world.schedule('InstallASAP', { ProductVersion: '12.7.6' });
    await world.run(6);
    expect(world.device.osVersion).toBe('12.7.6');
  });

  it('lists hold what is not the OS, and installing that changes no OS', async () => {
    const world = setUpLegacy({ ...MINOR, quirks: { listsMore: true, saysDeferred: true } });
    await world.run(1);
    const items = await world.list();
    expect(items.map((item) => item.HumanReadableName)).toEqual([
      'Safari',
      'XProtectPlistConfigData',
      'Security Update 2017-001',
      'macOS 12.0',
      'macOS 12.7.6',
    ]);
    expect(Number(items.at(-1)?.DeferredUntil)).toBeGreaterThan(world.scheduler.now());
    expect(resultOf(await world.schedule('InstallASAP', { ProductKey: items[0]?.ProductKey }))).toMatchObject({ Status: 'Installing' });
    await world.run(6);
    expect([world.device.osVersion, world.whats()]).toEqual(['12.4', []]);
  });

  it.each([7507, 7509] as const)('SUMacControllerError %i once, and it works', async (noise) => {
    const world = setUpLegacy({ ...MINOR, quirks: { noise } });
    await world.run(1);
    expect(chainOf(await world.schedule('InstallASAP', { ProductVersion: '12.7.6' }))).toEqual([`SUMacControllerError ${noise}`]);
    await world.run(6);
    expect(world.device.osVersion).toBe('12.7.6');
  });

  it('SUMacControllerError 7301 of a scan that finds something', async () => {
    const world = setUpLegacy({ ...MINOR, quirks: { noise: 7301 } });
    await world.run(1);
    expect(chainOf(await world.ask('ScheduleOSUpdateScan', { Force: true }))).toEqual(['SUMacControllerError 7301']);
    await world.run(1);
    expect(await world.list()).toHaveLength(1);
  });

  it('InstallASAP becomes InstallLater', async () => {
    const world = setUpLegacy({ ...MINOR, quirks: { choosesOtherAction: 1 } });
    await world.run(1);
    await world.schedule('DownloadOnly', { ProductVersion: '12.7.6' });
    await world.run(3);
    expect(resultOf(await world.schedule('InstallASAP', { ProductVersion: '12.7.6' }))).toMatchObject({ InstallAction: 'InstallLater' });
    expect(world.device.legacyPhase).toBe('scheduled');
    await world.run(24);
    expect(world.device.osVersion).toBe('12.7.6');
  });
});

describe('what it tells of itself', () => {
  it('counts in GiB up to 11, and has what its version has', async () => {
    const old = setUpLegacy({ deviceId: 'Mac-189A3D4F975D5FFC', osVersion: '11.2.3', build: '20D91' });
    await old.run(1);
    const Queries = ['AvailableDeviceCapacity', 'BatteryLevel', 'TimeZone', 'SoftwareUpdateDeviceID', 'IsSupervised', 'IsAppleSilicon'];
    const told = (await old.ask('DeviceInformation', { Queries })).QueryResponses as Record<string, number>;
    expect(Object.keys(told)).toEqual(['AvailableDeviceCapacity', 'IsSupervised']);
    expect(told.AvailableDeviceCapacity).toBeCloseTo(57.28, 2);
    const newer = setUpLegacy({ ...SILICON, osVersion: '13.4.1', build: '22F82' });
    await newer.run(1);
    expect((await newer.ask('DeviceInformation', { Queries })).QueryResponses).toEqual({
      AvailableDeviceCapacity: 61.5,
      BatteryLevel: 0.81,
      SoftwareUpdateDeviceID: 'J413AP',
      IsSupervised: true,
      IsAppleSilicon: true,
    });
  });

  it.each([
    [OLD, ['EnrolledViaDEP'], false],
    [MINOR, ['EnrolledViaDEP', 'IsUserEnrollment', 'UserApprovedEnrollment'], true],
  ])('SecurityInfo of %o', async (change, keys, hasBootstrapToken) => {
    const world = setUpLegacy(change);
    await world.run(1);
    const told = (await world.ask('SecurityInfo')).SecurityInfo as Record<string, object>;
    expect(Object.keys(told.ManagementStatus ?? {}).sort()).toEqual(keys);
    expect('BootstrapTokenAllowedForAuthentication' in told).toBe(hasBootstrapToken);
    expect('PasscodePresent' in told).toBe(false);
  });
});

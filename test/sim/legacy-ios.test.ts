import { describe, expect, it } from 'vitest';
import type { Trouble } from '../../src/sim/device.types.ts';
import { chainOf, DAY, HOUR, resultOf, START, setUpLegacy } from './legacy-device.ts';

const PHONE = { deviceId: 'iPhone6,1', osVersion: '12.4.1', build: '16G102' };
const IPAD_9 = { deviceId: 'iPad3,3', osVersion: '9.3.5', build: '13G36' };
const TV = { deviceId: 'AppleTV5,3', osVersion: '15.6', build: '19M65' };
const HABIT = { deferrals: 0, answersAfterMs: 4 * HOUR, when: 'now' as const };

describe('iPhone, iPad and Apple TV', () => {
  it.each([
    ['an iPad on 9', IPAD_9, '9.3.6'],
    ['an iPhone on 12', PHONE, '12.5.8'],
    ['an Apple TV on 15', TV, '26.6'],
    ['an iPhone on 16.5, up to a system that takes declarations', { deviceId: 'iPhone13,2', osVersion: '16.5', build: '20F66' }, '27.0.1'],
  ])('brings %s there in two steps', async (_, change, version) => {
    const world = setUpLegacy(change);
    await world.run(1);
    const items = await world.list();
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ Version: version, IsCritical: false, RestartRequired: true });
    expect(await world.ask('OSUpdateStatus')).toMatchObject({ Status: 'Acknowledged', OSUpdateStatus: [] });
    expect(resultOf(await world.schedule('Default'))).toMatchObject({ InstallAction: 'DownloadOnly', Status: 'Downloading' });
    const half = await world.status();
    expect(half).toMatchObject({ IsDownloaded: false, Status: 'Downloading' });
    expect(half?.DownloadPercentComplete).toBeGreaterThan(0);
    expect(half?.DownloadPercentComplete).toBeLessThan(1);
    await world.run(3);
    expect(await world.status()).toMatchObject({ IsDownloaded: true, DownloadPercentComplete: 1, Status: 'Idle' });
    expect(world.installs()).toEqual([]);
    expect(resultOf(await world.schedule('Default'))).toMatchObject({ InstallAction: 'InstallASAP', Status: 'Installing' });
    await world.run(2);
    expect(world.device.osVersion).toBe(version);
    expect(world.installs()).toMatchObject([{ cause: 'command', to: version }]);
    expect(world.whats()).toEqual(['download started', 'download finished', 'install started']);
    // No UpdateResults come after the restart; the version is told when it is asked for.
    const after = await world.schedule('Default');
    expect([after.Status, resultOf(after)]).toEqual([version === '27.0.1' ? 'Error' : 'Acknowledged', undefined]);
    const told = (await world.ask('DeviceInformation', { Queries: ['OSVersion'] })).QueryResponses;
    expect(told).toEqual({ OSVersion: version });
  });

  it('tells the checkers which command it was, when, and what the device did before', async () => {
    const world = setUpLegacy(PHONE);
    await world.run(1);
    await world.schedule('DownloadOnly', { ProductVersion: '12.5.8' });
    await world.schedule('Default', { ProductVersion: '12.5.8' });
    const commands = world.legacy().filter((event) => event.what === 'command');
    expect(commands).toMatchObject([
      { commandUuid: 'c1', action: 'DownloadOnly', target: '12.5.8', answer: 'Acknowledged', before: 'none', isPresent: true },
      { commandUuid: 'c2', action: 'Default', target: '12.5.8', itemStatus: 'Downloading', before: 'downloading', isPresent: true },
    ]);
  });

  it('never installs on DownloadOnly', async () => {
    const world = setUpLegacy(PHONE);
    await world.run(1);
    await world.schedule('DownloadOnly', { ProductVersion: '12.5.8' });
    await world.run(5);
    expect(resultOf(await world.schedule('DownloadOnly', { ProductVersion: '12.5.8' }))).toMatchObject({ Status: 'Idle' });
    await world.run(48);
    expect([world.device.osVersion, world.device.legacyPhase]).toEqual(['12.4.1', 'downloaded']);
  });

  it.each([
    ['11.2.6', '15D100', 'iPhone6,1', '12.5.8', ['MCMDMErrorDomain 12008']],
    ['11.3', '15E216', 'iPhone6,1', '12.5.8', []],
    ['12.1.1', '16K45', 'AppleTV5,3', '26.6', ['MCMDMErrorDomain 12008']],
    ['12.4.1', '16M600', 'AppleTV5,3', '26.6', []],
  ])('takes ProductVersion from the OS on that knows it: %s', async (osVersion, build, deviceId, version, chain) => {
    const world = setUpLegacy({ deviceId, osVersion, build });
    await world.run(1);
    expect(chainOf(await world.schedule('Default', { ProductVersion: version }))).toEqual(chain);
  });

  it.each(['InstallLater', 'NotifyOnly', 'InstallForceRestart'])('knows no %s', async (action) => {
    const world = setUpLegacy(PHONE);
    await world.run(1);
    expect(chainOf(await world.schedule(action, { ProductVersion: '12.5.8' }))).toEqual(['MCMDMErrorDomain 12008']);
  });

  it('goes on after it was off in the middle of a download', async () => {
    const from = START + 1.2 * HOUR;
    const world = setUpLegacy({
      ...PHONE,
      owner: {
        isAlwaysOn: false,
        nightOff: 0,
        weekendOff: 0,
        holidays: [{ from, until: from + DAY }],
        installsEarly: false,
        checkInMinute: 600,
      },
    });
    await world.run(1);
    await world.schedule('Default', { ProductVersion: '12.5.8' });
    await world.run(20);
    expect(world.whats()).toEqual(['download started']);
    await world.run(10);
    expect(world.device.legacyPhase).toBe('downloaded');
  });

  it('loses a download and an install to passing failures, and gets there', async () => {
    const world = setUpLegacy({ ...PHONE, hiccups: 2 });
    await world.run(1);
    for (let round = 0; round < 6 && world.device.osVersion === '12.4.1'; round++) {
      await world.schedule('Default', { ProductVersion: '12.5.8' });
      await world.run(4);
    }
    expect(world.whats().filter((what) => what === 'install failed' || what === 'download failed')).toHaveLength(2);
    expect(world.device.osVersion).toBe('12.5.8');
  });

  it('forgets everything when it is erased', async () => {
    const world = setUpLegacy({ ...PHONE, wipedAt: START + 6 * HOUR });
    await world.run(1);
    await world.schedule('Default', { ProductVersion: '12.5.8' });
    await world.run(10);
    expect(world.device.legacyPhase).toBe('none');
    expect(await world.ask('OSUpdateStatus')).toMatchObject({ OSUpdateStatus: [] });
  });
});

describe('passcode', () => {
  async function downloaded(legacy: object, quirks = {}) {
    const world = setUpLegacy({ ...PHONE, legacy, quirks });
    await world.run(1);
    await world.schedule('Default', { ProductVersion: '12.5.8' });
    await world.run(4);
    return world;
  }

  it('is asked of the owner, who enters it some hours later', async () => {
    const world = await downloaded({ passcode: HABIT });
    expect(resultOf(await world.schedule('InstallASAP', { ProductVersion: '12.5.8' }))).toMatchObject({ Status: 'Idle' });
    await world.run(3);
    expect(world.device.legacyPhase).toBe('awaiting-passcode');
    await world.run(3);
    expect([world.device.osVersion, world.installs()[0]?.cause]).toEqual(['12.5.8', 'owner']);
  });

  it('is put off as often as the owner may', async () => {
    const world = await downloaded({ passcode: { ...HABIT, deferrals: 3 } });
    await world.schedule('Default', { ProductVersion: '12.5.8' });
    await world.run(96);
    expect(world.whats().filter((what) => what === 'deferred')).toHaveLength(3);
    expect(world.device.osVersion).toBe('12.5.8');
  });

  it('is never entered by some, however often they are asked', async () => {
    const world = await downloaded({ passcode: { ...HABIT, answersAfterMs: Number.POSITIVE_INFINITY } });
    for (let day = 0; day < 5; day++) {
      expect(resultOf(await world.schedule('Default', { ProductVersion: '12.5.8' }))).toMatchObject({ Status: 'Idle' });
      await world.run(24);
    }
    expect([world.device.osVersion, world.device.legacyPhase]).toEqual(['12.4.1', 'awaiting-passcode']);
    expect(world.whats().filter((what) => what === 'prompted')).toHaveLength(1);
  });

  it('lets it install between 1 and 3, and says Installing until then', async () => {
    const world = await downloaded({ passcode: { ...HABIT, when: 'tonight' } });
    await world.schedule('Default', { ProductVersion: '12.5.8' });
    await world.untilLocal('23:30');
    expect(await world.status()).toMatchObject({ Status: 'Installing', IsDownloaded: true });
    expect(resultOf(await world.schedule('Default', { ProductVersion: '12.5.8' }))).toMatchObject({ Status: 'Installing' });
    await world.untilLocal('04:00');
    const [install] = world.installs();
    expect([install?.cause, [1, 2].includes(world.localHour(install?.at ?? 0))]).toEqual(['owner', true]);
    expect(world.legacy().find((event) => event.what === 'scheduled')).toMatchObject({
      cause: 'owner',
      localAt: expect.stringMatching(/T0[12]:/),
    });
  });

  it('is not asked for on an Apple TV', async () => {
    const world = setUpLegacy({ ...TV, legacy: {} });
    await world.run(1);
    expect((await world.ask('SecurityInfo')).SecurityInfo).not.toHaveProperty('PasscodePresent');
  });
});

describe('what stands in the way', () => {
  const answers = async (change: Parameters<typeof setUpLegacy>[0], version: string) => {
    const world = setUpLegacy(change);
    await world.run(1);
    await world.list();
    const answer = await world.schedule('Default', version === '' ? {} : { ProductVersion: version });
    return { world, answer };
  };

  it.each([
    ['the enrollment has no right to it', { ...PHONE, trouble: 'access-rights-missing' as Trouble }, ['MCMDMErrorDomain 12007']],
    ['it is in Lost Mode', { ...PHONE, trouble: 'lost-mode' as Trouble }, ['DeviceManagement.error 302']],
    ['it was in Lost Mode long ago', { ...IPAD_9, trouble: 'lost-mode' as Trouble }, ['MCMDMErrorDomain 12078']],
    ['it is in Setup Assistant', { ...PHONE, trouble: 'awaiting-configuration' as Trouble }, ['DeviceManagement.error 2001']],
    ['it is not supervised', { ...PHONE, isSupervised: false }, ['DeviceManagement.error 4']],
    ['someone is logged in', { ...PHONE, legacy: { sharedIpad: 'always' as const } }, ['MCMDMErrorDomain 12077']],
    ['it is before 10.3 and not enrolled automatically', { ...IPAD_9, legacy: { isDepEnrolled: false } }, ['MCMDMErrorDomain 12007']],
    ['it is before 10.3 and has a passcode', { ...IPAD_9, legacy: { passcode: HABIT } }, ['MCMDMErrorDomain 12049']],
  ])('%s', async (_, change, chain) => {
    const { world, answer } = await answers(change, change.osVersion === '12.4.1' ? '12.5.8' : '');
    expect([answer.Status, chainOf(answer)]).toEqual(['Error', chain]);
    await world.run(24);
    expect(world.whats()).toEqual([]);
  });

  it('a Shared iPad is free in the evening', async () => {
    const world = setUpLegacy({ deviceId: 'iPad4,1', osVersion: '12.4.1', build: '16G102', legacy: { sharedIpad: 'by-day' } });
    await world.run(1);
    expect((await world.ask('DeviceInformation', { Queries: ['IsMultiUser'] })).QueryResponses).toEqual({ IsMultiUser: true });
    expect(chainOf(await world.schedule('Default', { ProductVersion: '12.5.8' }))).toEqual(['MCMDMErrorDomain 12077']);
    await world.untilLocal('18:00');
    expect(resultOf(await world.schedule('Default', { ProductVersion: '12.5.8' }))).toMatchObject({ Status: 'Downloading' });
  });

  it.each([
    ['insufficient-space', 'DownloadInsufficientSpace', ['DeviceManagement.error 2204', 'com.apple.softwareupdateservices.errors 6']],
    ['insufficient-network', 'DownloadInsufficientNetwork', ['DeviceManagement.error 2203']],
    ['needs-computer', 'DownloadRequiresComputer', ['DeviceManagement.error 2206']],
  ] as const)('of a download: %s, in UpdateResults or in the Status', async (trouble, status, chain) => {
    const inResults = await answers({ ...PHONE, trouble }, '12.5.8');
    expect(resultOf(inResults.answer)).toMatchObject({ InstallAction: 'Error', Status: status });
    expect(chainOf(resultOf(inResults.answer))).toEqual(chain);
    const inStatus = await answers({ ...PHONE, trouble, quirks: { failuresIn: 'status' } }, '12.5.8');
    expect([inStatus.answer.Status, chainOf(inStatus.answer)]).toEqual(['Error', chain]);
    expect(inStatus.world.whats()).toEqual([]);
  });

  it.each([
    ['insufficient-power', 'InstallInsufficientPower'],
    ['install-failed', 'InstallFailed'],
  ] as const)('of an install: %s', async (trouble, status) => {
    const { world } = await answers({ ...PHONE, trouble }, '12.5.8');
    await world.run(4);
    expect(resultOf(await world.schedule('Default', { ProductVersion: '12.5.8' }))).toMatchObject({ Status: status });
    await world.run(24);
    expect(world.device.osVersion).toBe('12.4.1');
  });

  it('an enforcement declaration: 103, and nothing of the OS is listed', async () => {
    const world = setUpLegacy({ deviceId: 'iPhone13,2', osVersion: '17.6.1', build: '21G93' });
    await world.run(1);
    expect(await world.list()).toHaveLength(1);
    await world.enforce('27.0.1', '2026-10-12T18:00:00');
    expect(chainOf(await world.schedule('Default', { ProductVersion: '27.0.1' }))).toEqual(['com.apple.softwareupdateservices.errors 103']);
    expect(await world.list()).toEqual([]);
    expect(await world.ask('OSUpdateStatus')).toMatchObject({ OSUpdateStatus: [] });
  });

  it.each(['ScheduleOSUpdate', 'AvailableOSUpdates', 'OSUpdateStatus', 'ScheduleOSUpdateScan'])(
    'OS 27: %s is gone',
    async (requestType) => {
      const change = { deviceId: 'iPhone13,2', osVersion: '27.0', build: '24A341' };
      const error = setUpLegacy(change);
      await error.run(1);
      const answer = await error.ask(requestType);
      expect([answer.Status, chainOf(answer)]).toEqual(['Error', ['MCMDMErrorDomain 12021']]);
      const format = setUpLegacy({ ...change, quirks: { removedCommand: 'CommandFormatError' } });
      await format.run(1);
      expect(await format.ask(requestType)).toMatchObject({ Status: 'CommandFormatError' });
    },
  );

  it.each([
    ['iPad2,2', '8.4.1', '12H321'],
    ['AppleTV5,3', '11.4.1', '15M73'],
    ['RealityDevice14,1', '2.5', '22O473'],
  ])('too old, or never there: %s', async (deviceId, osVersion, build) => {
    const world = setUpLegacy({ deviceId, osVersion, build });
    await world.run(1);
    expect(chainOf(await world.ask('AvailableOSUpdates'))).toEqual(['MCMDMErrorDomain 12021']);
  });
});

describe('what it tells of itself', () => {
  it.each([
    ['iPad3,3', '9.3.5', '13G36', { EnrolledViaDEP: true }, false],
    ['iPhone6,1', '12.4.1', '16G102', { EnrolledViaDEP: true }, false],
    ['iPhone10,3', '14.8.1', '18H107', { IsUserEnrollment: false }, true],
  ])('%s on %s', async (deviceId, osVersion, build, ManagementStatus, hasZone) => {
    const world = setUpLegacy({ deviceId, osVersion, build, legacy: { passcode: HABIT } });
    await world.run(1);
    expect((await world.ask('SecurityInfo')).SecurityInfo).toEqual({ PasscodePresent: true, PasscodeCompliant: true, ManagementStatus });
    const Queries = ['TimeZone', 'BatteryLevel', 'AvailableDeviceCapacity', 'SoftwareUpdateDeviceID', 'AccessRights'];
    const told = (await world.ask('DeviceInformation', { Queries })).QueryResponses;
    expect(told).toEqual({ BatteryLevel: 0.81, AvailableDeviceCapacity: 61.5, ...(hasZone ? { TimeZone: 'Europe/Berlin' } : {}) });
  });
});

import { describe, expect, it } from 'vitest';
import { chainOf, HOUR, resultOf, setUpLegacy } from './legacy-device.ts';

const PHONE = { deviceId: 'iPhone6,1', osVersion: '12.4.1', build: '16G102' };
const ON_11_3 = { deviceId: 'iPhone6,1', osVersion: '11.3.1', build: '15E302' };
const ON_11_4 = { deviceId: 'iPhone6,1', osVersion: '11.4', build: '15F79' };
const TARGET = { ProductVersion: '12.5.8' };
const HABIT = { deferrals: 0, answersAfterMs: 2 * HOUR, when: 'tonight' as const };

async function ready(change: Parameters<typeof setUpLegacy>[0]) {
  const world = setUpLegacy(change);
  await world.run(1);
  return world;
}

async function downloaded(change: Parameters<typeof setUpLegacy>[0]) {
  const world = await ready(change);
  await world.schedule('Default', TARGET);
  await world.run(4);
  expect(world.device.legacyPhase).toBe('downloaded');
  return world;
}

describe('known misbehaviour of iPhone and iPad', () => {
  it('11.3.1: acknowledged, and nothing follows', async () => {
    const world = await ready({ ...ON_11_3, quirks: { nothingFollows: 1 } });
    const answer = await world.schedule('Default', TARGET);
    expect([answer.Status, resultOf(answer)]).toEqual(['Acknowledged', undefined]);
    await world.run(24);
    expect([world.whats(), await world.status()]).toEqual([[], undefined]);
    await world.schedule('Default', TARGET);
    expect(world.whats()).toEqual(['download started']);
  });

  it('the same for good', async () => {
    const world = await ready({ ...ON_11_3, trouble: 'known-bug' });
    for (let day = 0; day < 4; day++) {
      expect((await world.schedule('Default', TARGET)).Status).toBe('Acknowledged');
      await world.run(24);
    }
    expect(world.whats()).toEqual([]);
  });

  it('11.3: IsDownloaded is an integer', async () => {
    const world = await ready({ ...ON_11_3, quirks: { isDownloadedAsInteger: true } });
    await world.schedule('Default', TARGET);
    expect((await world.status())?.IsDownloaded).toBe(0);
    await world.run(4);
    expect((await world.status())?.IsDownloaded).toBe(1);
  });

  it('11.4: Error, and the download starts', async () => {
    const world = await ready({ ...ON_11_4, quirks: { errorThoughItDownloads: 1 } });
    const answer = await world.schedule('Default', TARGET);
    expect([answer.Status, chainOf(answer)]).toEqual(['Error', ['DeviceManagement.error 2202']]);
    expect(await world.status()).toMatchObject({ Status: 'Downloading' });
  });

  it('a second command starts an install that is scheduled for the night', async () => {
    const world = await downloaded({ ...PHONE, legacy: { passcode: HABIT }, quirks: { secondCommandInstalls: true } });
    await world.schedule('Default', TARGET);
    await world.run(5);
    expect(world.device.legacyPhase).toBe('scheduled');
    await world.schedule('DownloadOnly', TARGET);
    expect(world.whats()).not.toContain('restarted early');
    await world.schedule('Default', TARGET);
    expect(world.legacy().find((event) => event.what === 'restarted early')).toMatchObject({ commandUuid: 'c4', cause: 'command' });
    await world.run(1);
    expect(world.device.osVersion).toBe('12.5.8');
    expect([1, 2]).not.toContain(world.localHour(world.installs()[0]?.at ?? 0));
  });

  it.each([
    ['no-results', 'Acknowledged', undefined, []],
    ['idle', 'Acknowledged', 'Idle', []],
    ['error', 'Error', undefined, ['DeviceManagement.error 2213', 'com.apple.softwareupdateservices.errors 3']],
  ] as const)('what is left to do after the restart: %s', async (afterRestart, status, itemStatus, chain) => {
    const world = await downloaded({ ...PHONE, quirks: { afterRestart } });
    await world.schedule('Default', TARGET);
    await world.run(2);
    const answer = await world.schedule('Default', TARGET);
    expect([answer.Status, resultOf(answer)?.Status, chainOf(answer)]).toEqual([status, itemStatus, chain]);
  });

  it('another InstallAction than asked', async () => {
    const world = await downloaded({ ...PHONE, quirks: { choosesOtherAction: 1 } });
    expect(resultOf(await world.schedule('InstallASAP', TARGET))).toMatchObject({ InstallAction: 'DownloadOnly', Status: 'Idle' });
    await world.run(24);
    expect(world.device.osVersion).toBe('12.4.1');
    await world.schedule('InstallASAP', TARGET);
    await world.run(2);
    expect(world.device.osVersion).toBe('12.5.8');
  });

  it('no passcode prompt after the download', async () => {
    const world = await downloaded({ ...PHONE, legacy: { passcode: { ...HABIT, when: 'now' } }, quirks: { neverPrompts: 1 } });
    await world.schedule('Default', TARGET);
    await world.run(24);
    expect(world.whats()).not.toContain('prompted');
    await world.schedule('Default', TARGET);
    expect(world.whats()).toContain('prompted');
  });

  it('UpdateAvailable, which is in no schema', async () => {
    const world = await ready({ ...PHONE, quirks: { saysUpdateAvailable: true } });
    expect(resultOf(await world.schedule('Default', TARGET))).toMatchObject({ Status: 'UpdateAvailable' });
    expect(await world.status()).toMatchObject({ Status: 'Downloading' });
  });

  it.each([
    ['12.5.8', '16H88', ['DeviceManagement.error 2213', 'com.apple.softwareupdateservices.errors 3']],
    ['10.3.4', '14G61', []],
  ])('an empty list as an error, from 11.3 on: %s', async (osVersion, build, chain) => {
    const deviceId = osVersion === '10.3.4' ? 'iPhone5,1' : 'iPhone6,1';
    const world = await ready({ deviceId, osVersion, build, quirks: { emptyListIsError: true } });
    const answer = await world.ask('AvailableOSUpdates');
    expect(chainOf(answer)).toEqual(chain);
    expect(answer.AvailableOSUpdates).toEqual(chain.length === 0 ? [] : undefined);
  });

  it('a phone call', async () => {
    const world = await downloaded({ ...PHONE, quirks: { phoneCalls: 1 } });
    expect(resultOf(await world.schedule('Default', TARGET))).toMatchObject({ Status: 'InstallPhoneCallInProgress' });
    expect(resultOf(await world.schedule('Default', TARGET))).toMatchObject({ Status: 'Installing' });
  });

  it('NotNow, and asked again by the server', async () => {
    const world = await ready({ ...PHONE, quirks: { notNows: 1 } });
    expect(await world.schedule('Default', TARGET)).toMatchObject({ Status: 'NotNow' });
    expect(world.whats()).toEqual([]);
    await world.ask('SecurityInfo');
    expect(world.whats()).toEqual(['download started']);
  });

  it('not enough power now and then', async () => {
    const world = await ready({ ...PHONE, quirks: { lowPower: 1 } });
    expect(resultOf(await world.schedule('Default', TARGET))).toMatchObject({ Status: 'DownloadInsufficientPower' });
    expect(resultOf(await world.schedule('Default', TARGET))).toMatchObject({ Status: 'Downloading' });
  });

  it.each([
    ['refuses', 'DeviceManagement.error 2211', []],
    ['downloads', undefined, ['download started']],
  ] as const)('InstallASAP before anything is downloaded: %s', async (asapBeforeDownload, link, whats) => {
    const world = await ready({ ...PHONE, quirks: { asapBeforeDownload } });
    expect(chainOf(resultOf(await world.schedule('InstallASAP', TARGET)))[0]).toBe(link);
    expect(world.whats()).toEqual(whats);
  });

  it('a time zone that isn’t told before declarations are taken', async () => {
    const world = await ready({ deviceId: 'iPhone13,2', osVersion: '16.5', build: '20F66', quirks: { hidesTimeZone: true } });
    const ask = async () => (await world.ask('DeviceInformation', { Queries: ['TimeZone', 'OSVersion'] })).QueryResponses;
    expect(await ask()).toEqual({ OSVersion: '16.5' });
    await world.schedule('Default', { ProductVersion: '26.7' });
    await world.run(4);
    await world.schedule('Default', { ProductVersion: '26.7' });
    await world.run(2);
    expect(await ask()).toEqual({ OSVersion: '26.7', TimeZone: 'Europe/Berlin' });
  });

  it('a result delivered twice', async () => {
    const world = await ready({ ...PHONE, quirks: { repeatsResults: 1 } });
    const twice = await world.send('ScheduleOSUpdate', { Updates: [{ ...TARGET, InstallAction: 'Default' }] });
    expect(twice).toHaveLength(2);
    expect(twice[1]).toEqual(twice[0]);
    expect(world.whats()).toEqual(['download started']);
    expect(await world.send('SecurityInfo')).toHaveLength(1);
  });

  it('odd numbers', async () => {
    const world = await ready({ ...PHONE, quirks: { oddNumbers: true } });
    const Queries = ['BatteryLevel', 'AvailableDeviceCapacity'];
    expect((await world.ask('DeviceInformation', { Queries })).QueryResponses).toEqual({ BatteryLevel: -1, AvailableDeviceCapacity: 61 });
    const [item] = await world.list();
    expect([Number.isInteger(item?.DownloadSize), item?.InstallSize]).toEqual([false, undefined]);
    await world.schedule('Default', TARGET);
    await world.run(4);
    expect((await world.status())?.DownloadPercentComplete).toBeGreaterThan(1);
  });

  it.each([
    ['NotNow', 'NotNow'],
    ['Error', 'Error'],
  ] as const)('in Setup Assistant: %s', async (inSetupAssistant, status) => {
    const world = await ready({ ...PHONE, trouble: 'awaiting-configuration', quirks: { inSetupAssistant } });
    expect((await world.schedule('Default', TARGET)).Status).toBe(status);
  });
});

import { describe, expect, it } from 'vitest';
import { createSimCatalogue } from '../../src/sim/catalogue.ts';
import { createSimDevice } from '../../src/sim/device.ts';
import type { DeviceEvent, DeviceSpec, Switches } from '../../src/sim/device.types.ts';
import type { HostEvent } from '../../src/sim/host.types.ts';
import { createSimNanoMdm } from '../../src/sim/nanomdm-host.ts';
import { writePlist } from '../../src/sim/plist.ts';
import { createPrng } from '../../src/sim/prng.ts';
import { createScheduler } from '../../src/sim/scheduler.ts';
import { USUAL_SWITCHES } from '../../src/sim/switches.ts';
import { MODELS, type Model } from '../../src/sim/table.ts';
import { answerOf, bytesOf, NOTHING, textOf } from '../../src/sim/wire.ts';

const START = Date.parse('2026-10-05T08:00:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const model = (deviceId: string) => MODELS.find((candidate) => candidate.deviceId === deviceId) as Model;

const PLAIN: DeviceSpec = {
  id: '00008110-0000000000000001',
  name: 'iphone-01',
  isUserEnrollment: false,
  serialNumber: 'C02TEST',
  model: model('iPhone15,2'),
  osVersion: '26.5.2',
  build: '23F84',
  timeZone: 'Europe/Berlin',
  isSupervised: true,
  usesTwinBuilds: false,
  firstContactAt: START + HOUR,
  hiccups: 0,
  owner: { isAlwaysOn: true, nightOff: 0, weekendOff: 0, holidays: [], installsEarly: false, checkInMinute: 600 },
};

interface Served {
  version: string;
  local: string;
}

/** One device, a host, and a hand-written DM server that serves one enforcement. */
function setUp(change: Partial<DeviceSpec> = {}, switches: Partial<Switches> = {}) {
  const scheduler = createScheduler(START);
  const spec: DeviceSpec = { ...PLAIN, ...change };
  const events: (DeviceEvent & { at: number })[] = [];
  const hostEvents: HostEvent[] = [];
  const webhooks: { topic: string; raw: string }[] = [];
  const reports: Record<string, never>[] = [];
  const served: { enforcement: Served | undefined; status: number } = { enforcement: undefined, status: 200 };
  const host = createSimNanoMdm({
    now: scheduler.now,
    random: createPrng('host').next,
    apiKey: 'k',
    webhookUrl: 'http://app/webhook',
    dmUrl: 'http://app/',
    observe: (event) => hostEvents.push(event),
    push: () => {
      device.push();
      return 'ok';
    },
    async fetch(url, init) {
      const endpoint = new URL(url).pathname.slice(1);
      if (endpoint === 'webhook') {
        const event = JSON.parse(textOf(init.body ?? NOTHING));
        const raw = (event.checkin_event ?? event.acknowledge_event).raw_payload;
        webhooks.push({ topic: event.topic, raw: Buffer.from(raw, 'base64').toString() });
        return answerOf(200, {}, NOTHING);
      }
      if (served.status !== 200) return answerOf(served.status, {}, NOTHING);
      const json = (value: unknown) => answerOf(200, {}, bytesOf(JSON.stringify(value)));
      const { enforcement } = served;
      const token = JSON.stringify(enforcement ?? 'none');
      const tag = enforcement ? `${enforcement.version} ${enforcement.local}` : '';
      const configurations = ['sub', ...(enforcement ? ['enf'] : [])];
      switch (endpoint) {
        case 'tokens':
          return json({ SyncTokens: { DeclarationsToken: token, Timestamp: '2026-10-05T00:00:00Z' } });
        case 'declaration-items':
          return json({
            Declarations: {
              Activations: [{ Identifier: 'act', ServerToken: `a${tag}` }],
              Assets: [],
              Configurations: configurations.map((Identifier) => ({ Identifier, ServerToken: Identifier === 'sub' ? 's' : tag })),
              Management: [],
            },
            DeclarationsToken: token,
          });
        case 'declaration/activation/act':
          return json({
            Type: 'com.apple.activation.simple',
            Identifier: 'act',
            ServerToken: `a${tag}`,
            Payload: { StandardConfigurations: configurations },
          });
        case 'declaration/configuration/sub':
          return json({
            Type: 'com.apple.configuration.management.status-subscriptions',
            Identifier: 'sub',
            ServerToken: 's',
            Payload: {
              StatusItems: ['install-state', 'failure-reason', 'install-reason', 'pending-version', 'device-id'].map((item) => ({
                Name: `softwareupdate.${item}`,
              })),
            },
          });
        case 'declaration/configuration/enf':
          return json({
            Type: 'com.apple.configuration.softwareupdate.enforcement.specific',
            Identifier: 'enf',
            ServerToken: tag,
            Payload: { TargetOSVersion: enforcement?.version, TargetLocalDateTime: enforcement?.local },
          });
        case 'status':
          reports.push(JSON.parse(textOf(init.body ?? NOTHING)));
          return answerOf(200, {}, NOTHING);
      }
      return answerOf(404, {}, NOTHING);
    },
  });
  const device = createSimDevice(
    spec,
    {
      scheduler,
      catalogue: createSimCatalogue(createPrng('c'), START, 0),
      switches: {
        failedFetch: 'retry',
        pastDate: 'in-an-hour',
        declarationsInReports: 'whole',
        pollsAfterNotNow: false,
        retriesShowDownloading: true,
        userChannelSyncs: false,
        ...USUAL_SWITCHES,
        ...switches,
      },
      prng: createPrng('device'),
      faults: () => ({ notNowPerMille: 0, syncPausedPerMille: 0, statusDoubledPerMille: 0 }),
      send: (kind, certificate, body) =>
        host.handle({
          method: 'PUT',
          path: '/mdm',
          headers: { 'X-Client-Cert': certificate, 'Content-Type': kind === 'checkin' ? 'application/x-apple-aspen-mdm-checkin' : 'x' },
          body,
        }),
      record: (event) => events.push({ at: scheduler.now(), ...event }),
    },
    60,
  );
  if (spec.enrollsAt === undefined)
    host.restore({ id: spec.id, type: spec.isUserEnrollment ? 'User Enrollment (Device)' : 'Device', certificate: `cert-${spec.id}-1` });
  device.start();
  let uuid = 0;
  const command = async (requestType: string, more = {}, id = spec.id) => {
    const body = bytesOf(writePlist({ CommandUUID: `c${++uuid}`, Command: { RequestType: requestType, ...more } }));
    await host.handle({ method: 'PUT', path: `/v1/enqueue/${id}`, headers: { Authorization: `Basic ${btoa('nanomdm:k')}` }, body });
  };
  const run = (hours: number) => scheduler.runUntil(scheduler.now() + hours * HOUR);
  const states = () => events.flatMap((event) => (event.kind === 'state' ? [event.installState] : []));
  const installs = () => events.flatMap((event) => (event.kind === 'installing' ? [event] : []));
  const enforce = async (version: string, local: string) => {
    served.enforcement = { version, local };
    await command('DeclarativeManagement');
    await run(0.1);
  };
  return { device, host, scheduler, events, hostEvents, webhooks, reports, served, command, run, states, installs, enforce };
}

type Told = {
  StatusItems: {
    softwareupdate?: Record<string, unknown>;
    management?: { declarations?: Record<string, { identifier: string; valid: string; reasons?: { code: string }[] }[]> };
  };
};
const toldStates = (reports: unknown[]) =>
  (reports as Told[]).flatMap((report) => (report.StatusItems.softwareupdate?.['install-state'] as string) ?? []);

describe('commands', () => {
  it('answers the queries its OS knows and leaves out the rest', async () => {
    const { command, run, webhooks } = setUp({ model: model('J413AP'), osVersion: '15.5', build: '24F74' });
    await run(2);
    await command('DeviceInformation', {
      Queries: ['OSVersion', 'BuildVersion', 'TimeZone', 'SoftwareUpdateDeviceID', 'ProductName', 'Nonsense'],
    });
    await run(1);
    const raw = webhooks.at(-1)?.raw ?? '';
    expect([...raw.matchAll(/<key>(\w+)<\/key>/g)].map((m) => m[1])).toEqual([
      'CommandUUID',
      'QueryResponses',
      'BuildVersion',
      'OSVersion',
      'ProductName',
      'SoftwareUpdateDeviceID',
      'Status',
      'UDID',
    ]);
    expect(raw).toContain('<string>J413AP</string>');
    expect(raw).not.toContain('RequestType');
  });

  it.each([
    ['an unknown command', 'ScheduleOSUpdate', {}, 'Error'],
    ['DDM where there is none', 'DeclarativeManagement', { model: model('AppleTV6,2'), osVersion: '15.6', build: '19M65' }, 'Error'],
    ['DDM in Setup Assistant', 'DeclarativeManagement', { trouble: 'awaiting-configuration' as const }, 'NotNow'],
    ['DDM', 'DeclarativeManagement', {}, 'Acknowledged'],
    ['SecurityInfo', 'SecurityInfo', {}, 'Acknowledged'],
  ])('answers %s', async (_, requestType, change, status) => {
    const { command, run, events } = setUp(change);
    await run(2);
    await command(requestType);
    await run(1);
    expect(events.filter((event) => event.kind === 'command').map((event) => [event.requestType, event.answer])).toContainEqual([
      requestType,
      status,
    ]);
  });

  it('is woken by a push within the minute, polls once a day by itself, and not while it is off', async () => {
    const from = START + 2.5 * DAY;
    const { run, command, events, webhooks } = setUp({ owner: { ...PLAIN.owner, holidays: [{ from, until: from + 3 * DAY }] } });
    await run(3);
    const idles = () => webhooks.filter((webhook) => webhook.raw.includes('Idle')).length;
    const before = idles();
    await run(45);
    expect(idles() - before).toBe(2);
    await run(13);
    await command('SecurityInfo');
    await command('SecurityInfo');
    const sleeping = idles();
    await run(70);
    expect(idles()).toBe(sleeping);
    await run(2);
    expect(idles()).toBeGreaterThan(sleeping);
    const answers = events.filter((event) => event.kind === 'command');
    expect(answers).toHaveLength(2);
    for (const answer of answers) expect(answer.at).toBeGreaterThanOrEqual(from + 3 * DAY);
  });
});

describe('enrollment', () => {
  it('says Authenticate, TokenUpdate, SetBootstrapToken, the user channel, then polls', async () => {
    const { run, webhooks } = setUp({ model: model('J413AP'), osVersion: '26.5', build: '25F71', enrollsAt: START + HOUR, userId: 'U1' });
    await run(2);
    expect(webhooks.map((webhook) => webhook.topic)).toEqual([
      'mdm.Authenticate',
      'mdm.TokenUpdate',
      'mdm.SetBootstrapToken',
      'mdm.TokenUpdate',
      'mdm.Connect',
      'mdm.Connect',
    ]);
    expect(webhooks[3]?.raw).toContain('<key>UserID</key>');
    expect(webhooks[5]?.raw).toContain('<key>UserID</key>');
  });

  it('forgets declarations when erased, and has a new certificate', async () => {
    const { run, enforce, device, host, events } = setUp({ wipedAt: START + 10 * HOUR });
    await run(2);
    await enforce('27.0.1', '2026-10-12T18:00:00');
    expect([device.ddm.isEnabled, device.installState]).toEqual([true, 'waiting']);
    await run(9);
    expect(events.filter((event) => event.kind === 'enrollment').map((event) => event.what)).toEqual(['re-enroll']);
    expect([device.ddm.isEnabled, device.installState, device.isEnrolled]).toEqual([false, 'none', true]);
    expect(host.store.certificateOf(device.spec.id)).toMatch(/-2$/);
  });

  it('is silent after CheckOut', async () => {
    const { run, webhooks, command, device } = setUp({ checksOutAt: START + 5 * HOUR });
    await run(6);
    expect(webhooks.at(-1)?.topic).toBe('mdm.CheckOut');
    const count = webhooks.length;
    await command('SecurityInfo');
    await run(48);
    expect([webhooks.length, device.isEnrolled]).toEqual([count, false]);
  });
});

describe('software update', () => {
  it('goes through the phases and installs at its date, in its own zone', async () => {
    const { run, enforce, device, installs, events, reports, hostEvents } = setUp();
    await run(2);
    await enforce('27.0.1', '2026-10-07T18:00:00');
    await run(72);
    expect(toldStates(reports).slice(0, 5)).toEqual(['waiting', 'downloading', 'prepared', 'prepared', 'prepared']);
    expect(toldStates(reports).at(-1)).toBe('none');
    expect(toldStates(reports)).toContain('installing');
    expect(installs().map((event) => [event.cause, new Date(event.at).toISOString()])).toEqual([['enforced', '2026-10-07T16:00:00.000Z']]);
    const installed = events.find((event) => event.kind === 'installed');
    const minutes = ((installed?.at ?? 0) - Date.parse('2026-10-07T16:00:00Z')) / 60_000;
    expect(minutes).toBeGreaterThan(11);
    expect(minutes).toBeLessThan(45);
    expect([device.osVersion, device.build, device.installState]).toEqual(['27.0.1', '24A355', 'none']);
    const after = (reports as unknown as Told[]).findLast((report) => report.StatusItems.softwareupdate);
    expect(after?.StatusItems.softwareupdate).toMatchObject({ 'failure-reason': { count: 0 }, 'install-reason': { reason: [] } });
    const configurations = (reports as unknown as Told[]).findLast((report) => report.StatusItems.management?.declarations)?.StatusItems
      .management?.declarations?.configurations;
    expect(configurations?.find((c) => c.identifier === 'enf')).toMatchObject({
      valid: 'invalid',
      reasons: [{ code: 'Error.ConfigurationCannotBeApplied' }],
    });
    expect(hostEvents.some((event) => event.kind === 'dm' && event.status !== 200)).toBe(false);
  });

  it('gets the second of two builds when it is such a device', async () => {
    const { run, enforce, device } = setUp({ usesTwinBuilds: true });
    await run(2);
    await enforce('27.0.1', '2026-10-06T18:00:00');
    await run(48);
    expect(device.build).toBe('24A6355');
  });

  it('installs an hour after it comes back, when it was off at its date', async () => {
    const from = Date.parse('2026-10-07T15:00:00Z');
    const until = Date.parse('2026-10-09T07:00:00Z');
    const { run, enforce, installs } = setUp({ owner: { ...PLAIN.owner, holidays: [{ from, until }] } });
    await run(2);
    await enforce('27.0.1', '2026-10-07T18:00:00');
    await run(120);
    expect(installs().map((event) => event.at)).toEqual([until + HOUR]);
  });

  it.each([
    ['in-an-hour', 60],
    ['at-once', 0],
  ] as const)('takes a past date: %s', async (pastDate, minutes) => {
    const { run, enforce, installs, scheduler } = setUp({}, { pastDate });
    await run(2);
    const at = scheduler.now();
    await enforce('27.0.1', '2026-10-01T18:00:00');
    await run(24);
    const after = ((installs()[0]?.at ?? 0) - at) / 60_000;
    expect(after).toBeGreaterThanOrEqual(minutes);
    // Downloading takes its time in either case.
    expect(after).toBeLessThan(minutes + 240);
  });

  it.each([
    ['taken back', undefined, []],
    ['put off', { version: '27.0.1', local: '2026-10-09T18:00:00' }, ['2026-10-09T16:00:00.000Z']],
    ['brought forward', { version: '27.0.1', local: '2026-10-06T18:00:00' }, ['2026-10-06T16:00:00.000Z']],
  ])('obeys a date %s', async (_, enforcement, instants) => {
    const { run, enforce, command, served, installs } = setUp();
    await run(2);
    await enforce('27.0.1', '2026-10-07T18:00:00');
    await run(10);
    served.enforcement = enforcement;
    await command('DeclarativeManagement');
    await run(120);
    expect(installs().map((event) => new Date(event.at).toISOString())).toEqual(instants);
  });

  it('keeps what it holds while the server answers 500', async () => {
    const { run, enforce, command, served, installs, events } = setUp();
    await run(2);
    await enforce('27.0.1', '2026-10-07T18:00:00');
    served.status = 500;
    served.enforcement = undefined;
    await command('DeclarativeManagement');
    await run(120);
    expect(installs()).toHaveLength(1);
    expect(events.filter((event) => event.kind === 'sync' && event.result === 'tokens: 500').length).toBeGreaterThan(3);
  });

  it('does nothing about a version Apple does not offer it', async () => {
    const { run, enforce, states, device } = setUp();
    await run(2);
    await enforce('27.9', '2026-10-06T18:00:00');
    await run(96);
    expect([states(), device.osVersion]).toEqual([['waiting'], '26.5.2']);
  });

  it.each([
    [
      'an unsupervised Mac',
      { model: model('J413AP'), osVersion: '26.5', build: '25F71', isSupervised: false },
      'Error.ConfigurationNotSupported',
    ],
    ['User Enrollment', { isUserEnrollment: true, isSupervised: false }, 'Error.ConfigurationNotSupported'],
    ['an OS too old', { model: model('iPhone10,3'), osVersion: '16.7.10', build: '20H350' }, 'Error.UnknownDeclarationType'],
    ['a device at the target', { osVersion: '27.0.1', build: '24A355' }, 'Error.ConfigurationCannotBeApplied'],
  ])('is refused by %s', async (_, change, code) => {
    const { run, enforce, reports, states } = setUp(change);
    await run(2);
    await enforce('27.0.1', '2026-10-06T18:00:00');
    await run(48);
    const found = (reports as unknown as Told[])
      .flatMap((report) => report.StatusItems.management?.declarations?.configurations ?? [])
      .filter((c) => c.identifier === 'enf');
    expect(found.length).toBeGreaterThan(0);
    for (const configuration of found) expect(configuration).toMatchObject({ valid: 'invalid', reasons: [{ code }] });
    expect(states()).toEqual([]);
  });

  it('is taken and forgotten in Single App Mode', async () => {
    const { run, enforce, reports, states, device } = setUp({ trouble: 'overdue' });
    await run(2);
    await enforce('27.0.1', '2026-10-06T18:00:00');
    await run(72);
    const told = (reports as unknown as Told[]).flatMap((report) => report.StatusItems.management?.declarations?.configurations ?? []);
    expect(told.find((c) => c.identifier === 'enf')).toMatchObject({ valid: 'valid' });
    expect([states(), device.osVersion]).toEqual([[], '26.5.2']);
  });

  it.each([
    ['insufficient-space', /Insufficient disk space/],
    ['insufficient-network', /network-error/],
    ['insufficient-power', /BatteryTooLow/],
    ['bootstrap-token-suspected', /SUMacControllerError Code=7507/],
    ['install-failed', /install-failed/],
  ] as const)('fails for good: %s', async (trouble, text) => {
    const { run, enforce, reports, device } = setUp({ trouble, model: model('J413AP'), osVersion: '26.5', build: '25F71' });
    await run(2);
    await enforce('27.0.1', '2026-10-06T18:00:00');
    await run(150);
    const reasons = (reports as unknown as Told[]).flatMap(
      (report) => (report.StatusItems.softwareupdate?.['failure-reason'] as { count: number; reason?: string; timestamp?: string }) ?? [],
    );
    const last = reasons.at(-1);
    expect(last?.count).toBeGreaterThan(3);
    expect(last?.reason).toMatch(text);
    expect(last?.timestamp).toMatch(/^2026-10-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(toldStates(reports)).toContain('failed');
    expect(device.osVersion).toBe('26.5');
  });

  it('gets there after passing failures', async () => {
    const { run, enforce, device, states } = setUp({ hiccups: 2 });
    await run(2);
    await enforce('27.0.1', '2026-10-06T18:00:00');
    await run(72);
    expect(states().filter((state) => state === 'failed')).toHaveLength(2);
    expect(device.osVersion).toBe('27.0.1');
  });

  it('tells everything once a day from 17 on', async () => {
    const { run, enforce, reports } = setUp();
    await run(2);
    await enforce('27.0.1', '2026-10-30T18:00:00');
    await run(72);
    expect((reports as unknown as { FullReport: boolean }[]).filter((report) => report.FullReport)).toHaveLength(3);
  });
});

import { createSimCatalogue } from '../../src/sim/catalogue.ts';
import { createSimDevice } from '../../src/sim/device.ts';
import type { DeviceEvent, DeviceSpec } from '../../src/sim/device.types.ts';
import { type LegacyEvent, type LegacyQuirks, type LegacyTraits, NO_QUIRKS } from '../../src/sim/legacy.types.ts';
import { createSimNanoMdm } from '../../src/sim/nanomdm-host.ts';
import { type PlistDict, readPlist, writePlist } from '../../src/sim/plist.ts';
import { createPrng } from '../../src/sim/prng.ts';
import { createScheduler } from '../../src/sim/scheduler.ts';
import { USUAL_SWITCHES } from '../../src/sim/switches.ts';
import type { Model } from '../../src/sim/table.ts';
import { answerOf, bytesOf, NOTHING, textOf } from '../../src/sim/wire.ts';
import { localTime } from '../../src/sim/zone.ts';

/** 2026-10-05, a Monday, 10:00 in Berlin. */
export const START = Date.parse('2026-10-05T08:00:00Z');
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export interface Change extends Partial<Omit<DeviceSpec, 'model' | 'legacy'>> {
  deviceId: string;
  legacy?: Partial<Omit<LegacyTraits, 'quirks'>>;
  quirks?: Partial<LegacyQuirks>;
}

/** One device that is updated by commands, behind a simulated NanoMDM; commands go in and results come out by the wire. */
export function setUpLegacy({ deviceId, legacy, quirks, ...change }: Change) {
  const scheduler = createScheduler(START);
  const catalogue = createSimCatalogue(createPrng('c'), START, 0, true);
  const spec: DeviceSpec = {
    id: '1c111c111c111c111c111c111c111c111c111c11',
    name: 'device-01',
    isUserEnrollment: false,
    serialNumber: 'C02TEST',
    model: catalogue.models.find((candidate) => candidate.deviceId === deviceId) as Model,
    osVersion: '12.4.1',
    build: '16G102',
    timeZone: 'Europe/Berlin',
    isSupervised: true,
    usesTwinBuilds: false,
    firstContactAt: START + HOUR / 4,
    hiccups: 0,
    owner: { isAlwaysOn: true, nightOff: 0, weekendOff: 0, holidays: [], installsEarly: false, checkInMinute: 600 },
    ...change,
    legacy: { isDepEnrolled: true, ...legacy, quirks: { ...NO_QUIRKS, ...quirks } },
  };
  const events: (DeviceEvent & { at: number })[] = [];
  const results: PlistDict[] = [];
  const host = createSimNanoMdm({
    now: scheduler.now,
    random: createPrng('host').next,
    apiKey: 'k',
    webhookUrl: 'http://app/webhook',
    dmUrl: 'http://app/',
    push: () => {
      device.push();
      return 'ok';
    },
    async fetch(url, init) {
      if (!url.endsWith('/webhook')) return answerDm(new URL(url).pathname.slice(1));
      const event = JSON.parse(textOf(init.body ?? NOTHING));
      const raw = (event.checkin_event ?? event.acknowledge_event).raw_payload;
      results.push(readPlist(new Uint8Array(Buffer.from(raw, 'base64'))));
      return answerOf(200, {}, NOTHING);
    },
  });
  /** The one enforcement that is served, if any. */
  let enforced: { version: string; local: string } | undefined;

  function answerDm(endpoint: string) {
    const token = JSON.stringify(enforced ?? 'none');
    const json = (value: unknown) => answerOf(200, {}, bytesOf(JSON.stringify(value)));
    const entry = (Identifier: string) => (enforced ? [{ Identifier, ServerToken: 't' }] : []);
    switch (endpoint) {
      case 'tokens':
        return json({ SyncTokens: { DeclarationsToken: token, Timestamp: '2026-10-05T00:00:00Z' } });
      case 'declaration-items':
        return json({
          Declarations: { Activations: entry('act'), Assets: [], Configurations: entry('enf'), Management: [] },
          DeclarationsToken: token,
        });
      case 'declaration/activation/act':
        return json({
          Type: 'com.apple.activation.simple',
          Identifier: 'act',
          ServerToken: 't',
          Payload: { StandardConfigurations: ['enf'] },
        });
      case 'declaration/configuration/enf':
        return json({
          Type: 'com.apple.configuration.softwareupdate.enforcement.specific',
          Identifier: 'enf',
          ServerToken: 't',
          Payload: { TargetOSVersion: enforced?.version, TargetLocalDateTime: enforced?.local },
        });
      default:
        return answerOf(200, {}, NOTHING);
    }
  }

  const device = createSimDevice(
    spec,
    {
      scheduler,
      catalogue,
      switches: {
        failedFetch: 'retry',
        pastDate: 'in-an-hour',
        declarationsInReports: 'whole',
        pollsAfterNotNow: false,
        retriesShowDownloading: true,
        userChannelSyncs: false,
        ...USUAL_SWITCHES,
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
  host.restore({ id: spec.id, type: 'Device', certificate: `cert-${spec.id}-1` });
  device.start();
  let uuid = 0;
  const run = (hours: number) => scheduler.runUntil(scheduler.now() + hours * HOUR);

  /** Enqueues with a push and lets two minutes pass; all results with its CommandUUID. */
  async function send(requestType: string, more: PlistDict = {}): Promise<PlistDict[]> {
    const commandUuid = `c${++uuid}`;
    const body = bytesOf(writePlist({ CommandUUID: commandUuid, Command: { RequestType: requestType, ...more } }));
    await host.handle({ method: 'PUT', path: `/v1/enqueue/${spec.id}`, headers: { Authorization: `Basic ${btoa('nanomdm:k')}` }, body });
    await run(1 / 30);
    return results.filter((result) => result.CommandUUID === commandUuid);
  }
  const ask = async (requestType: string, more: PlistDict = {}) => (await send(requestType, more))[0] ?? {};
  const schedule = (InstallAction: string, more: PlistDict = {}) =>
    ask('ScheduleOSUpdate', { Updates: [{ ...(more.ProductVersion ? {} : { ProductKey: newestKey }), InstallAction, ...more }] });
  /** What AvailableOSUpdates told last, of the newest. */
  let newestKey = '';

  return {
    device,
    scheduler,
    events,
    results,
    run,
    send,
    ask,
    schedule,
    /** Asks what is available and keeps the last key for `schedule`. */
    async list(): Promise<PlistDict[]> {
      const items = ((await ask('AvailableOSUpdates')).AvailableOSUpdates ?? []) as PlistDict[];
      newestKey = String(items.at(-1)?.ProductKey ?? '');
      return items;
    },
    status: async () => ((await ask('OSUpdateStatus')).OSUpdateStatus as PlistDict[])[0],
    /** Runs on until it shows so many hours and minutes on the device. */
    untilLocal: (hhmm: string) => scheduler.runUntil(nextLocal(scheduler.now(), hhmm, spec.timeZone)),
    async enforce(version: string, local: string): Promise<void> {
      enforced = { version, local };
      await ask('DeclarativeManagement');
      await run(0.2);
    },
    legacy: () => events.flatMap((event) => (event.kind === 'legacy' ? [event] : [])),
    whats: (): LegacyEvent['what'][] =>
      events.flatMap((event) => (event.kind === 'legacy' && event.what !== 'command' ? [event.what] : [])),
    installs: () => events.flatMap((event) => (event.kind === 'installing' ? [event] : [])),
    localHour: (at: number) => Number(localTime(at, spec.timeZone).slice(11, 13)),
  };
}

function nextLocal(now: number, hhmm: string, zone: string): number {
  for (let at = now + 60_000 - (now % 60_000); ; at += 60_000) if (localTime(at, zone).slice(11, 16) === hhmm) return at;
}

/** The first of UpdateResults. */
export function resultOf(answer: PlistDict): PlistDict | undefined {
  return (answer.UpdateResults as PlistDict[] | undefined)?.[0];
}

/** "domain code" of an ErrorChain, outermost first. */
export function chainOf(answer: PlistDict | undefined): string[] {
  return ((answer?.ErrorChain ?? []) as PlistDict[]).map((link) => `${link.ErrorDomain} ${link.ErrorCode}`);
}

import { createHash } from 'node:crypto';
import { createSimCatalogue } from './catalogue.ts';
import { createSimDevice } from './device.ts';
import { createSimFeed, drawWithdrawal, NO_FEED_FAULTS } from './feed.ts';
import { drawFleet, expectedOutcome } from './fleet.ts';
import type { HostEvent, PushOutcome, SimHost } from './host.types.ts';
import { createHostAccidents } from './host-accidents.ts';
import { drawLegacyFleet } from './legacy-fleet.ts';
import { createSimMicroMdm } from './micromdm-host.ts';
import { ASLEEP_DAYS_MAX, endOfMishaps, withMishaps } from './mishaps.ts';
import { createSimNanoHub, type SimNanoHub } from './nanohub-host.ts';
import { createSimNanoMdm } from './nanomdm-host.ts';
import { NO_FAULTS } from './no-faults.ts';
import { atPace } from './pace.ts';
import { createPrng, type Prng } from './prng.ts';
import type { SimDevice } from './sim-device.types.ts';
import { createSimSofa, NO_SOFA_FAULTS } from './sofa-feed.ts';
import { drawSwitches } from './switches.ts';
import { type Answer, answerOf, bytesOf, NOTHING, type OutgoingInit, textOf, type WireRequest } from './wire.ts';
import type { World, WorldDevice, WorldEvent, WorldFaults, WorldOptions } from './world.types.ts';
import { readDmExchange, readReport, traceLine } from './world-trace.ts';
import { localTime } from './zone.ts';

const DAY = 86_400_000;
const MINUTE = 60_000;
/** A device waits this long for its server, a caller of the API that names no limit this long for an answer. */
const PATIENCE_MS = MINUTE;

/** What of chance is one device's, or one endpoint's. */
interface Luck {
  chance: Prng;
  latency: Prng;
}

/** The device a call of the host is for, the first of several. */
function subjectOf(path: string): string {
  return decodeURIComponent(/\/([^/?]+)(?:\?|$)/.exec(path)?.[1] ?? '').split(',')[0] as string;
}

/**
 * A fleet, the server it is enrolled with, Apple's lookup service and everything that may go wrong between them and the
 * application. All is drawn from the seed; what is expected of each device is known before anything runs.
 */
export function createWorld(options: WorldOptions): World {
  const { scheduler } = options;
  const start = scheduler.now();
  const prng = createPrng(options.seed);
  /** Each device has its own luck: what happens to one does not hang on who else is there, so that a smaller fleet fails alike. */
  const lucks = new Map<string, Luck>();
  const luckOf = (subject: string): Luck => {
    const luck = lucks.get(subject) ?? { chance: prng.fork(`faults ${subject}`), latency: prng.fork(`latency ${subject}`) };
    lucks.set(subject, luck);
    return luck;
  };
  const catalogue = createSimCatalogue(prng.fork('releases'), start, options.newReleaseDays ?? 10, options.legacy);
  const switches = { ...drawSwitches(prng.fork('switches'), options.drawsAllSwitches ?? false), ...options.switches };
  const faults: WorldFaults = { ...NO_FAULTS, ...options.faults, feed: { ...NO_FEED_FAULTS, ...options.faults?.feed } };
  const feed = createSimFeed({ catalogue, prng: prng.fork('feed'), now: scheduler.now, faults: faults.feed });
  const sofa =
    options.sofa &&
    createSimSofa({
      ...options.sofa,
      catalogue,
      prng: prng.fork('sofa'),
      now: scheduler.now,
      start,
      ...(options.pace === undefined ? {} : { pace: options.pace }),
    });
  const accidents = createHostAccidents({
    scheduler,
    prng: prng.fork('host accidents'),
    faults,
    host: () => host,
    ids: () => [...byId.keys()],
    record,
    onPutBack() {
      for (const device of devices) if (device.isEnrolled && !host.isTrusted(device.id, device.certificate)) device.enrollAgain();
    },
  });
  const withdrawal = prng.fork('withdrawal');
  if (withdrawal.chance(0.4) ? options.withdraws !== undefined : options.withdraws === 'always')
    feed.withdrawals.push(...drawWithdrawal(withdrawal, catalogue, start, options.pace));
  const events: WorldEvent[] = [];
  const listeners = new Set<(event: WorldEvent) => void>();
  const trace = createHash('sha256');
  const byId = new Map<string, WorldDevice>();
  /** Calls of the webhook that come a second time, by event id, until the first was answered. */
  const repeats = new Map<string, Promise<number>>();
  const isHit = ({ chance }: Luck, perMille: number) => perMille > 0 && chance.int(0, 999) < perMille;

  /** `id` may be a user channel: the event is its device's. */
  function record(id: string, event: unknown): void {
    const device = byId.get(id) ?? byId.get(id.split(':')[0] as string);
    const at = scheduler.now();
    const whole = {
      at,
      device: device?.id ?? id,
      name: device?.spec.name ?? '',
      local: device ? localTime(at, device.spec.timeZone) : '',
      ...(event as object),
    } as WorldEvent;
    events.push(whole);
    trace.update(`${traceLine(whole)}\n`);
    for (const listener of listeners) listener(whole);
  }

  function observe(event: HostEvent): void {
    switch (event.kind) {
      case 'enqueue': {
        const { id, ...rest } = event;
        record(id, rest);
        break;
      }
      case 'push':
        record(event.id, { kind: 'push', outcome: event.outcome });
        break;
      case 'webhook': {
        const { id, message, ...rest } = event;
        const told = { ...rest, ...readReport(message) };
        record(id, told);
        const again = repeats.get(event.eventId);
        repeats.delete(event.eventId);
        void again?.then((status) => record(id, { ...told, status }));
        break;
      }
      case 'dm': {
        const { id, method, endpoint, status } = event;
        const told = status === 200 ? readDmExchange(endpoint, event.request, event.body) : {};
        record(id, { kind: 'dm', channel: id.includes(':') ? 'user' : 'device', method, endpoint, status, ...told });
        break;
      }
      case 'deliver':
        // The device tells when it has it.
        break;
    }
  }

  /** One call into the application, given up after a while. */
  function call(url: string, init: OutgoingInit): Promise<Answer> {
    const answered = new Promise<Answer>((resolve, reject) => {
      const forget = scheduler.schedule(scheduler.now() + PATIENCE_MS, () => reject(new Error('no answer')));
      options.outgoing(url, init).then(
        (answer) => {
          forget();
          resolve(answer);
        },
        (error: unknown) => {
          forget();
          reject(error);
        },
      );
    });
    return scheduler.track(answered);
  }

  /** A webhook is sent on its own, after the device was answered, and any of it may get lost, late or doubled. */
  async function webhook(url: string, init: OutgoingInit): Promise<Answer> {
    const text = textOf(init.body ?? NOTHING);
    const isCheckOut = /"topic": ?"mdm\.CheckOut"/.test(text);
    const luck = luckOf(/"udid": ?"([^"]+)"/.exec(text)?.[1] ?? '');
    const { chance, latency } = luck;
    await scheduler.sleep(latency.int(3, 90));
    if (!isCheckOut && isHit(luck, faults.webhookLostPerMille)) throw new Error('connection refused');
    if (isHit(luck, faults.webhookDelayedPerMille)) await scheduler.sleep(chance.int(1000, 30 * MINUTE));
    if (isHit(luck, faults.webhookDoubledPerMille)) {
      const again = repeat(url, init, chance.int(1, 10 * MINUTE));
      if (init.eventId) repeats.set(init.eventId, again);
    }
    if (!isCheckOut && accidents.isDown) throw new Error('connection refused');
    return call(url, init);
  }

  /** The same call once more, later; resolves to the status of its answer, 0 for none. */
  function repeat(url: string, init: OutgoingInit, afterMs: number): Promise<number> {
    return new Promise((resolve) => {
      scheduler.schedule(scheduler.now() + afterMs, async () => {
        try {
          const answer = await call(url, init);
          await answer.arrayBuffer();
          resolve(answer.status);
        } catch {
          resolve(0);
        }
      });
    });
  }

  function pushOutcome(id: string): PushOutcome {
    const luck = luckOf(id);
    if (accidents.arePushesFailing || isHit(luck, faults.pushUnavailablePerMille)) return 'unavailable';
    const device = byId.get(id.split(':')[0] as string);
    if (device && !device.isEnrolled) return 'unregistered';
    if (isHit(luck, faults.pushLostPerMille)) return 'ok';
    if (device && isHit(luck, faults.pushLatePerMille)) scheduler.schedule(scheduler.now() + luck.chance.int(1, 360) * MINUTE, device.push);
    else device?.push();
    return 'ok';
  }

  const server = options.server ?? 'nanomdm';
  const hostRandom = prng.fork('host');
  const webhookUrl = options.host?.webhookUrl ?? 'http://ratchet.sim:9006/webhook';
  const webhookPath = new URL(webhookUrl).pathname;
  const hostOptions = {
    apiKey: 'apikey',
    webhookHmacKey: 'webhook-secret',
    dmUrl: 'http://ratchet.sim:9007/',
    dmSendHmacKey: 'dm-secret',
    ...options.host,
    webhookUrl,
    now: scheduler.now,
    clock: accidents.clock,
    random: hostRandom.next,
    fetch: (url: string, init: OutgoingInit) => (new URL(url).pathname === webhookPath ? webhook(url, init) : call(url, init)),
    push: pushOutcome,
    observe,
  };
  const host: SimHost & Partial<Pick<SimNanoHub, 'kmfddm'>> =
    server === 'nanohub'
      ? createSimNanoHub({ ...hostOptions, shuffle: (items) => hostRandom.shuffle(items), notify: (ids) => options.host?.notify?.(ids) })
      : server === 'nanomdm'
        ? createSimNanoMdm(hostOptions)
        : // Stored some moments after it was answered, so that a device may ask in between.
          createSimMicroMdm({
            ...hostOptions,
            later: (run) => void scheduler.schedule(scheduler.now() + luckOf('server').latency.int(1, 20), run),
          });

  /** What a device sends, on the wire of its server. */
  function deviceRequest(kind: 'checkin' | 'report', certificate: string, body: Uint8Array): WireRequest {
    const isCheckin = kind === 'checkin';
    const type = { 'Content-Type': isCheckin ? 'application/x-apple-aspen-mdm-checkin' : 'application/x-apple-aspen-mdm; charset=UTF-8' };
    return server !== 'micromdm'
      ? { method: 'PUT', path: '/mdm', headers: { 'X-Client-Cert': certificate, ...type }, body }
      : { method: 'PUT', path: isCheckin ? '/mdm/checkin' : '/mdm/connect', headers: { 'Mdm-Signature': certificate, ...type }, body };
  }

  const horizonDays = options.horizonDays ?? 90;
  const fates = { prng: prng.fork('mishaps'), faults, catalogue, start, asleepDaysMax: options.asleepDaysMax ?? ASLEEP_DAYS_MAX };
  const drawn = (options.legacy ? drawLegacyFleet : drawFleet)({
    prng: prng.fork('fleet'),
    devices: options.devices,
    start,
    catalogue,
    isShort: (options.pace ?? 1) < 1,
    failingPercent: options.failingPercent ?? 0,
  });
  const kept = options.keep && new Set(options.keep);
  const specs = drawn
    .filter((_, index) => kept === undefined || kept.has(index))
    .map((spec) => atPace(withMishaps(spec, { ...fates, prng: fates.prng.fork(spec.id) }), start, options.pace ?? 1));
  const devices = specs.map((spec) => {
    const device: SimDevice = createSimDevice(
      spec,
      {
        scheduler,
        catalogue,
        switches,
        prng: prng.fork(`life ${spec.id}`),
        faults: () => faults,
        send: (kind, certificate, body) =>
          accidents.isDown ? Promise.reject(new Error('connection refused')) : host.handle(deviceRequest(kind, certificate, body)),
        record: (event) => record(spec.id, event),
      },
      horizonDays,
    );
    const whole: WorldDevice = Object.defineProperties(device, {
      id: { value: spec.id, enumerable: true },
      expected: { value: expectedOutcome(spec, catalogue), enumerable: true },
    }) as WorldDevice;
    byId.set(spec.id, whole);
    return whole;
  });

  /** One request of the application to the host's API, with what may happen to it. */
  async function api(
    path: string,
    init: { method: string; headers: Record<string, string>; body: Uint8Array },
    timeoutMs: number,
  ): Promise<Answer> {
    if (accidents.isDown) throw new Error('connect ECONNREFUSED');
    const luck = luckOf(subjectOf(path));
    const { chance, latency } = luck;
    if (isHit(luck, faults.apiErrorPerMille)) {
      await scheduler.delay(latency.int(5, 60));
      return answerOf(chance.pick([500, 502, 503]), { 'content-type': 'text/plain' }, bytesOf('upstream failed\n'));
    }
    if (isHit(luck, faults.apiTimeoutPerMille)) {
      if (chance.chance(0.5)) await host.handle({ ...init, path });
      await scheduler.delay(timeoutMs);
      const error = new Error('the operation timed out');
      error.name = 'TimeoutError';
      throw error;
    }
    const response = await host.handle({ ...init, path });
    await scheduler.delay(latency.int(5, 60));
    return answerOf(response.status, response.headers, response.body);
  }

  // Five failures cost a device on commands as many nights.
  const isHard = faults.stubbornPerMille + faults.shortagePerMille + faults.deviceClockPerMille > 0;
  const lastArrival = Math.max(
    start,
    catalogue.lastPostedAt,
    ...feed.withdrawals.map((withdrawal) => withdrawal.until),
    // What SOFA takes back is believed after three days.
    ...(sofa?.words ?? []).flatMap(({ from, until }) => [from, until + 3 * DAY].filter(Number.isFinite)),
    // Whoever the server has forgotten by then enrolls within a day.
    ...(accidents.putBackAt === undefined ? [] : [accidents.putBackAt + DAY]),
    ...specs.map((spec) => endOfMishaps(spec)),
    ...specs.map((spec) => Math.max(spec.enrollsAt ?? 0, spec.wipedAt ?? 0, ...spec.owner.holidays.map((h) => h.until))),
  );

  return {
    devices,
    device: (id) => byId.get(id),
    server,
    host,
    feed,
    sofa,
    catalogue,
    switches,
    faults,
    policy: options.policy,
    arrivedAt: lastArrival,
    // The date, a hard stop of a week on top for those who come back, and a week for retries, weekends and silence.
    // Commands take a night for each step, and the owners of passcodes their time.
    restsAt: lastArrival + (options.policy.days + (options.policy.daysOff ?? 0) + 14 + (options.legacy ? 10 : 0) + (isHard ? 7 : 0)) * DAY,
    start() {
      accidents.start();
      for (const { spec, start: begin } of devices) {
        if (spec.enrollsAt === undefined) {
          const hasToken = spec.model.family === 'Mac' && spec.trouble !== 'bootstrap-token-suspected';
          host.restore({
            id: spec.id,
            type: spec.isUserEnrollment ? 'User Enrollment (Device)' : 'Device',
            certificate: `cert-${spec.id}-1`,
            ...(hasToken ? { bootstrapToken: bytesOf(`bootstrap ${spec.id}`) } : {}),
          });
        }
        begin();
      }
    },
    async fetch(url, init = {}) {
      const target = new URL(url);
      const timeoutMs = init.timeoutMs ?? PATIENCE_MS;
      const body = typeof init.body === 'string' ? bytesOf(init.body) : (init.body ?? NOTHING);
      const headers = init.headers ?? {};
      await scheduler.delay(luckOf(subjectOf(target.pathname)).latency.int(5, 60));
      switch (target.hostname) {
        case `${server}.sim`:
          return api(`${target.pathname}${target.search}`, { method: init.method ?? 'GET', headers, body }, timeoutMs);
        case 'gdmf.sim': {
          if (target.pathname !== '/v2/pmv') return answerOf(404, {}, NOTHING);
          const answer = feed.handle({ headers });
          const { fault, odd } = feed.log.at(-1) ?? {};
          record('', {
            kind: 'feed',
            status: answer.status,
            ...(fault === undefined ? {} : { fault }),
            ...(odd === undefined ? {} : { odd }),
          });
          return answerOf(answer.status, answer.headers, bytesOf(answer.body));
        }
        case 'sofa.sim': {
          if (sofa === undefined) throw new Error(`getaddrinfo ENOTFOUND ${target.hostname}`);
          const { platform, fault, ...answer } = sofa.handle(target.pathname, { headers });
          if (platform !== undefined) record('', { kind: 'sofa', status: answer.status, platform, ...(fault ? { fault } : {}) });
          return answerOf(answer.status, answer.headers, bytesOf(answer.body));
        }
        default:
          throw new Error(`getaddrinfo ENOTFOUND ${target.hostname}`);
      }
    },
    heal() {
      Object.assign(faults, NO_FAULTS, { feed: { ...NO_FEED_FAULTS } });
      feed.faults = { ...NO_FEED_FAULTS };
      if (sofa) sofa.faults = { ...NO_SOFA_FAULTS };
      accidents.heal();
      record('', { kind: 'healed' });
    },
    events,
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    traceSha256: () => trace.copy().digest('hex'),
  };
}

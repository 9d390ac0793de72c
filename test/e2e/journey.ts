import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { WhyAnswer } from '../../src/engine/answers.ts';
import type { HostName } from '../../src/hosts/capabilities.ts';
import type { HostSettings, RunningHost } from '../hosts/bench.ts';
import { identityOf } from '../hosts/identity.ts';
import { createScriptedDevice, type PlistKeys, type ScriptedDevice, type Synchronized } from '../hosts/scripted-device.ts';
import { api, createSite, type Ended, type Serving, type Site } from '../process/ratchet-process.ts';
import { lookupAnswer } from './releases.ts';
import { hostSettings, serveOptions } from './wiring.ts';

/**
 * The main job, end to end: the real program beside a NanoMDM or a MicroMDM, a device that is behind, and a person at the command
 * line. All three speak over sockets; both credentials of each direction are used. Every step says what it saw.
 */

const HOUR_MS = 3_600_000;
/** A contact is looked at as a whole some two seconds after it began; the rest is for a busy machine. */
const LOOK_EVERY_MS = 25;
const LOOKS_MAX = 600;
const POLL_EVERY_MS = 500;
export const MODEL = 'iPhone15,2';
export const SERIAL = 'F2LLAB0001';
export const UDID = '00008120-000A1B2C3D4E5F60';
const USER = '11111111-2222-4333-8444-555555555555';
export const BEHIND = { version: '26.5', build: '23F79' };
export const TARGET = { version: '26.6.1', build: '23G80' };
const ENFORCEMENT = 'com.apple.configuration.softwareupdate.enforcement.specific';

export const YAML = `mode: enforce
timeZone: Europe/Berlin
policies:
  - name: iphones
    match: { platform: iOS }
    target: latest
    due: { days: 7, at: "18:00" }
    detailsUrl: https://it.example.com/updates
`;

const QUERY_RESPONSES: PlistKeys = {
  UDID,
  SerialNumber: SERIAL,
  ProductName: MODEL,
  OSVersion: BEHIND.version,
  BuildVersion: BEHIND.build,
  SoftwareUpdateDeviceID: MODEL,
  IsSupervised: true,
  TimeZone: 'Europe/Berlin',
  BatteryLevel: 0.8,
};

export interface JourneySettings {
  /** Default `nanomdm`. */
  server?: HostName;
  /** Starts the MDM server. */
  startHost(settings: HostSettings): Promise<RunningHost>;
  /** What each step saw, for people. */
  tell(line: string): void;
  /** Devices ask another declaration server, in which Ratchet keeps its own. */
  beside?: Beside;
}

export interface Beside {
  /** Before the MDM server starts: the settings it is started with. */
  start(settings: HostSettings): Promise<HostSettings>;
  /** When the MDM server is there: what Ratchet is started with beside the usual. */
  options(host: RunningHost): string[];
  /** What it has of its own for a device and for a user channel of it is put there; what Ratchet must leave. */
  give(host: RunningHost, enrollmentId: string, userId: string): Promise<void>;
  /** Identifiers of that, for the device, and for its user channel. */
  theirs: { device: string; user: string };
  /** It goes away, and comes back as it was; false: it can't. */
  whileDown(work: () => Promise<void>): Promise<boolean>;
  stop(): Promise<void>;
}

export function testJourney(name: string, settings: JourneySettings): void {
  describe(name, () => {
    it('a device goes from behind to verified, and every step can be seen at the command line', () => journey(settings), 180_000);
  });
}

async function journey({ server = 'nanomdm', startHost, tell, beside }: JourneySettings): Promise<void> {
  const site = await createSite({
    yaml: YAML,
    releases: lookupAnswer([
      { ...BEHIND, devices: [MODEL] },
      { ...TARGET, devices: [MODEL] },
    ]),
  });
  let host: RunningHost | undefined;
  let serving: Serving | undefined;
  try {
    const settings = hostSettings(server, site);
    host = await startHost((await beside?.start(settings)) ?? settings);
    const person = personAt(site, tell);

    const checked = await person('check', '--policies-only');
    expect(checked).toMatchObject({ code: 0, stdout: expect.stringContaining('1 policy, mode enforce; 0 problems') });

    const options = serveOptions(server, host.url);
    serving = await site.serve({ ...options, flags: [...options.flags, ...(beside?.options(host) ?? [])] });
    tell('ratchet serves');
    const device = createScriptedDevice({
      udid: UDID,
      ...(await identityOf(host, UDID)),
      hardware: {
        OSVersion: BEHIND.version,
        BuildVersion: BEHIND.build,
        ProductName: MODEL,
        SerialNumber: SERIAL,
        Model: 'MQ0G3',
        DeviceName: 'Lab',
      },
    });
    await device.enroll();
    const user = device.channel({ UserID: USER, UserShortName: 'jane' });
    if (beside) {
      await user.tokenUpdate();
      await beside.give(host, UDID, `${UDID}:${USER}`);
    }
    /** What that server has of its own is on the device and on its user channel, whatever we do. */
    const expectTheirs = async (synchronized: Synchronized): Promise<Synchronized> => {
      if (beside === undefined) return synchronized;
      expect(identifiersOf(synchronized)).toContain(beside.theirs.device);
      expect(identifiersOf(await user.synchronize())).toEqual([beside.theirs.user]);
      return synchronized;
    };
    tell(`device: enrolled, runs ${BEHIND.version}`);

    // Asked what it is and told to synchronize, in whichever order.
    const asked = await answerUntil(device, 'DeviceInformation', 'DeclarativeManagement');
    tell(`device: answered ${asked.join(', ')}`);
    await person.seesReason('awaiting-sync');

    const first = await expectTheirs(await device.synchronize());
    const enforcement = enforcementIn(first);
    expect(enforcement?.Payload).toEqual({
      TargetOSVersion: TARGET.version,
      TargetLocalDateTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT18:00:00$/),
      DetailsURL: 'https://it.example.com/updates',
    });
    const local = String(enforcement?.Payload.TargetLocalDateTime);
    expect(hoursUntil(local), 'notice').toBeGreaterThan(24);
    expect(namesOf(first)).toContain('com.apple.configuration.management.status-subscriptions');
    tell(
      `device: fetched ${first.declarations.length} declarations; ${TARGET.version} enforced at ${local}, ${hoursUntil(local)} h from now`,
    );
    await person.seesReason('waiting-for-date');

    // A person pauses: what the device holds stays. Then stops: it is taken back. Then resumes: the same date returns.
    expect((await person('pause', '--note', 'exam week')).stdout).toContain('Paused: now paused.');
    await person.seesReason('paused');
    expect((await person('resume')).stdout).toContain('Resumed: now running.');
    const stopped = await person('stop', '--note', 'bad release');
    expect(stopped.stdout).toContain('Withdrawn 1, confirmed 0, still holding a date 1.');
    await answerUntil(device, 'DeclarativeManagement');
    expect(enforcementIn(await expectTheirs(await device.synchronize()))).toBeUndefined();
    tell('device: synchronized; no enforcement while stopped');
    await person.seesReason('stopped');
    expect((await person('resume')).code).toBe(0);
    await answerUntil(device, 'DeclarativeManagement');
    const again = await expectTheirs(await device.synchronize());
    expect(enforcementIn(again)?.Payload).toEqual(enforcement?.Payload);
    tell('device: synchronized; the same enforcement is back');
    const wasAway = await beside?.whileDown(async () => {
      expect((await device.declarativeManagement('tokens')).status).toBe(500);
      await person('stop', '--note', 'while the declaration server is away');
      expect(await device.drain(() => ({}))).toEqual([]);
      await person('resume');
      tell('the declaration server was away: nobody is told to synchronize');
    });
    // What is there after all is placed anew, and the device told.
    if (wasAway) await answerUntil(device, 'DeclarativeManagement');
    if (beside) expect(enforcementIn(await expectTheirs(await device.synchronize()))?.Payload).toEqual(enforcement?.Payload);

    await report(device, { 'install-state': 'waiting', 'device-id': MODEL });
    await person.seesReason('waiting-for-date');
    for (const state of ['downloading', 'prepared', 'installing']) {
      await report(device, { 'install-state': state });
      tell(`device: reported ${state}`);
      await person.seesReason(state);
    }

    // Acknowledgements and progress were not enough; the version is.
    const beforeVersion = await person.why();
    expect(beforeVersion.runs.version).toBe(BEHIND.version);
    await report(device, { 'install-state': 'none' }, TARGET);
    tell(`device: reported ${TARGET.version}`);
    const verified = await person.seesReason('verified');
    expect(verified.runs).toMatchObject({ version: TARGET.version, build: TARGET.build, source: 'status-report' });
    expect(verified.wants).toMatchObject({ release: `iOS ${TARGET.version}` });

    await answerUntil(device, 'DeclarativeManagement');
    const last = await expectTheirs(await device.synchronize());
    expect(enforcementIn(last)).toBeUndefined();
    expect(last.token).not.toBe(again.token);
    expect(namesOf(last)).toContain('com.apple.configuration.management.status-subscriptions');
    tell('device: synchronized; the enforcement is withdrawn, the subscriptions stay');

    expect((await person('why', SERIAL)).stdout).toMatch(/^F2LLAB0001: verified\n/);
    expect((await person('plan')).stdout).toMatch(/1 device: 1 verified\n$/);
    expect(await person('inbox')).toMatchObject({ code: 0, stdout: 'The inbox is empty.\n' });
    expect(await device.idle()).toBeUndefined();

    serving.kill('SIGTERM');
    expect((await serving.ended).code).toBe(0);
    const offline = await person('plan', '--data', site.data);
    expect(offline.stdout).toMatch(/1 device: 1 verified\n$/);
  } finally {
    serving?.kill('SIGKILL');
    await serving?.ended;
    await host?.stop();
    await beside?.stop();
    site.dispose();
  }
}

export interface Person {
  (...args: string[]): Promise<Ended>;
  why(): Promise<WhyAnswer>;
  /** Asks again until the reason is this one: an answered report has been stored, and is folded when the contact is over. */
  seesReason(reason: string): Promise<WhyAnswer>;
}

export function personAt(site: Site, tell: (line: string) => void): Person {
  async function run(...args: string[]): Promise<Ended> {
    const ended = await site.run(...args);
    tell(`$ ratchet ${args.join(' ')}\n${indent(ended.stdout + ended.stderr)}`);
    return ended;
  }
  // The API that the verb asks: starting a program for each look would take most of the time.
  const why = () => api<WhyAnswer>(site.url, `why/${SERIAL}`);
  async function seesReason(reason: string): Promise<WhyAnswer> {
    let answer = await why();
    for (let looks = 0; answer.reason !== reason && looks < LOOKS_MAX; looks++) {
      await pause(LOOK_EVERY_MS);
      answer = await why();
    }
    expect(answer.reason, JSON.stringify(answer, undefined, 2)).toBe(reason);
    tell(`why: ${answer.reason}: ${answer.sentence}${answer.next ? ` Next: ${answer.next.text}` : ''}`);
    return answer;
  }
  return Object.assign(run, { why, seesReason });
}

/** Takes and answers commands until one of each type was answered; the types in order. */
export async function answerUntil(device: ScriptedDevice, ...requestTypes: string[]): Promise<string[]> {
  const answered: string[] = [];
  // Ratchet decides and enqueues on its own; the device polls as one does that was pushed.
  for (const until = Date.now() + 30_000; !requestTypes.every((type) => answered.includes(type)); ) {
    if (Date.now() > until) throw new Error(`${requestTypes.join(' and ')} did not come; only ${answered.join(', ') || 'nothing'}`);
    const taken = await device.drain(({ requestType: type }): PlistKeys => {
      if (type === 'DeviceInformation') return { QueryResponses: QUERY_RESPONSES };
      return type === 'SecurityInfo' ? { SecurityInfo: { PasscodePresent: true } } : {};
    });
    answered.push(...taken.map((command) => command.requestType));
    // A device that asks all the time makes MicroMDM lose commands: its queue is read and written without a lock.
    if (taken.length === 0) await pause(POLL_EVERY_MS);
  }
  return answered;
}

export async function report(
  device: ScriptedDevice,
  softwareupdate: Record<string, string>,
  os?: { version: string; build: string },
): Promise<void> {
  const system = os && { device: { 'operating-system': { version: os.version, 'build-version': os.build } } };
  const answer = await device.declarativeManagement('status', JSON.stringify({ StatusItems: { ...system, softwareupdate }, Errors: [] }));
  expect(answer.status).toBe(200);
}

export function enforcementIn({ declarations }: Synchronized): Synchronized['declarations'][number] | undefined {
  return declarations.find(({ Type }) => Type === ENFORCEMENT);
}

function identifiersOf({ declarations }: Synchronized): string[] {
  return declarations.map(({ Identifier }) => Identifier);
}

function namesOf({ declarations }: Synchronized): string[] {
  return declarations.map(({ Type }) => Type);
}

/** Hours from now to a wall time in Berlin, at the least (winter time). */
function hoursUntil(local: string): number {
  return Math.floor((Date.parse(`${local}+02:00`) - Date.now()) / HOUR_MS);
}

function indent(text: string): string {
  return text.trimEnd().replace(/^/gm, '    ');
}

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { AttemptAnswer, InboxAnswer, PlanAnswer, WhyAnswer } from '../../src/engine/answers.ts';
import type { RunningHost } from '../hosts/bench.ts';
import { identityOf } from '../hosts/identity.ts';
import { createScriptedDevice, type DeliveredCommand, type ScriptedDevice } from '../hosts/scripted-device.ts';
import { api, createSite, KEYS, type Serving } from '../process/ratchet-process.ts';
import type { JourneySettings } from './journey.ts';
import { answerOf, type Doing, type OlderDevice } from './older-devices.ts';
import { lookupAnswer } from './releases.ts';
import { hostSettings, serveOptions } from './wiring.ts';

/**
 * An older system goes from behind to verified by commands: the real program beside a MDM server, everything over sockets.
 * No install command is sent before days of notice have passed, and nothing counts as lost within a day. So the program
 * is started several times on the same data, each time with a clock that is days behind ours, the last time with ours.
 * What the server says in between is as real as in any other test: its stamps lie ahead of that clock, and then Ratchet
 * takes its own.
 */

const HOUR_MS = 3_600_000;
const LOOK_EVERY_MS = 25;
const LOOKS_MAX = 800;
/** A device that asks all the time makes MicroMDM lose commands: its queue is read and written without a lock. */
const POLL_EVERY_MS = 300;
const TALK_MAX_MS = 60_000;
const SHIFTED_CLOCK = fileURLToPath(new URL('../process/shifted-clock.mjs', import.meta.url));

/** How far behind our clock the program's is, start by start; hours. */
const INSTALLING_HOURS = 25;
/** Behind, so that it has passed everywhere: older systems don't tell their zone. */
const DATE_HOURS = INSTALLING_HOURS + 14;
const ENROLLING_HOURS = DATE_HOURS + 120;

export interface CommandsJourneySettings extends JourneySettings {
  device: OlderDevice;
}

export function testCommandsJourney(name: string, settings: CommandsJourneySettings): void {
  describe(name, () => {
    it(`${settings.device.name}: from behind to verified by commands`, () => journey(settings), 180_000);
  });
}

async function journey({ server = 'nanomdm', startHost, tell, device: older }: CommandsJourneySettings): Promise<void> {
  const serial = `LAB${randomUUID().slice(0, 8).toUpperCase()}`;
  const udid = randomUUID().toUpperCase();
  const startedAt = Date.now();
  const { from, to, platform } = older;
  const site = await createSite({
    yaml: policyOf(startedAt),
    releases: lookupAnswer([from, to].map((release) => ({ ...release, platform, devices: [older.lookupKey] }))),
  });
  let host: RunningHost | undefined;
  let serving: Serving | undefined;
  let behindMs = 0;

  /** The program, living that long ago. */
  async function serveAt(hours: number): Promise<void> {
    if (serving) {
      serving.kill('SIGTERM');
      expect((await serving.ended).code).toBe(0);
    }
    behindMs = hours * HOUR_MS;
    const { flags, env } = serveOptions(server, host?.url ?? '');
    const shifted = { preload: [SHIFTED_CLOCK], env: { ...env, SHIFT_CLOCK_MS: String(-behindMs) } };
    serving = await site.serve({ flags, ...(hours === 0 ? { env } : shifted) });
    tell(`ratchet serves, ${hours} h ago`);
  }

  const why = () => api<WhyAnswer>(site.url, `why/${serial}`);
  const attempts = async () => (await why()).commands?.last ?? [];
  /** What is answered is folded some two seconds after its contact began. */
  async function sees(what: string, isSo: (answer: WhyAnswer) => boolean): Promise<WhyAnswer> {
    let answer = await why();
    for (let looks = 0; !isSo(answer) && looks < LOOKS_MAX; looks++) {
      await pause(LOOK_EVERY_MS);
      answer = await why();
    }
    expect(isSo(answer), `${what}: ${JSON.stringify(answer, undefined, 2)}\n${serving?.log()}`).toBe(true);
    tell(`why: ${answer.reason}: ${answer.sentence}`);
    return answer;
  }
  const seesReason = (reason: WhyAnswer['reason']) => sees(reason, (answer) => answer.reason === reason);
  let polledAt = 0;
  /** What the device said last is in Ratchet's store. */
  const seesContact = () => sees('the contact', ({ device: { lastSeenAt } }) => (lastSeenAt ?? 0) >= polledAt - behindMs);

  try {
    host = await startHost(hostSettings(server, site));
    const { url, loseQueue } = host;
    const device = createScriptedDevice({
      udid,
      ...(await identityOf(host, udid)),
      hardware: { OSVersion: from.version, BuildVersion: from.build, ProductName: older.productName, SerialNumber: serial },
    });
    let os = from;
    let doing: Doing = 'nothing';
    /** Every command the server handed out, in order. */
    const delivered: DeliveredCommand[] = [];
    const schedules = () => new Set(delivered.filter(isSchedule).map(({ commandUuid }) => commandUuid));

    /**
     * Polls and answers until these were answered and the queue is empty, or until the command of that kind, which is not
     * answered.
     */
    async function talk(until: { stopsAt: string } | { answered: string[] }): Promise<DeliveredCommand[]> {
      const taken: DeliveredCommand[] = [];
      const answered = new Set<string>();
      const stopsAt = 'stopsAt' in until ? until.stopsAt : undefined;
      const wanted = 'answered' in until ? until.answered : [];
      for (const giveUpAt = Date.now() + TALK_MAX_MS; ; await pause(POLL_EVERY_MS)) {
        polledAt = Date.now();
        for (let command = await device.idle(); command; ) {
          taken.push(command);
          delivered.push(command);
          const kind = kindOf(command);
          if (kind === stopsAt) return taken;
          answered.add(kind);
          command = await answer(command);
        }
        if (stopsAt === undefined && wanted.every((kind) => answered.has(kind))) return taken;
        if (Date.now() > giveUpAt)
          throw new Error(
            `waited for ${JSON.stringify(until)}, got ${taken.map(kindOf).join(', ') || 'nothing'}\n${JSON.stringify((await why()).sent, undefined, 2)}\n${serving?.log()}`,
          );
      }
    }

    function answer(command: DeliveredCommand): Promise<DeliveredCommand | undefined> {
      const { commandUuid } = command;
      const kind = kindOf(command);
      tell(`device: ${kind} ${commandUuid}`);
      if (kind === 'InstallASAP') {
        const { afterRestart } = older;
        if (afterRestart.status === 'NotNow') return device.report('NotNow', commandUuid);
        const chain = { ErrorCode: afterRestart.code, ErrorDomain: 'SUMacControllerError', LocalizedDescription: 'no such update' };
        return device.report('Error', commandUuid, { ErrorChain: [chain] });
      }
      if (kind === 'DownloadOnly') {
        doing = 'downloading';
        const result = { ProductKey: older.productKey, InstallAction: 'DownloadOnly', Status: 'Downloading' };
        return device.report('Acknowledged', commandUuid, { UpdateResults: [result] });
      }
      return device.report('Acknowledged', commandUuid, answerOf(older, command, os, doing));
    }

    await serveAt(ENROLLING_HOURS);
    await device.enroll();
    tell(`device: enrolled, runs ${from.version}`);

    // The server hands over a command, the answer does not arrive, and before the device asks again the queue is gone.
    const lost = (await talk({ stopsAt: older.lost })).at(-1) as DeliveredCommand;
    await sees('the command is with the server', ({ sent }) => sent.some(isEnqueued(lost)));
    if (loseQueue) await loseQueue(udid);
    else if (server === 'micromdm') await deleteQueue(url, udid);
    else await repeatAnswer(device, delivered);
    await talk({ answered: [] });
    tell(`the server lost ${older.lost} ${lost.commandUuid}`);
    await seesContact();

    await serveAt(ENROLLING_HOURS - 1);
    await talk({ answered: [] });
    await seesContact();
    expect((await why()).sent.find(isOf(lost))?.state, 'silence alone ends nothing').toBe('enqueued');

    await serveAt(ENROLLING_HOURS - 26);
    await sees('it is lost', ({ sent }) => sent.some((entry) => isOf(lost)(entry) && entry.state === 'lost'));

    // Days before its date: asked what it does, then the download, nothing that installs.
    await serveAt(ENROLLING_HOURS - 52);
    const again = await talk({ answered: [older.lost, 'OSUpdateStatus', 'DownloadOnly'] });
    const kinds = again.map(kindOf);
    expect(kinds.lastIndexOf('OSUpdateStatus')).toBeLessThan(kinds.indexOf('DownloadOnly'));
    expect(again.find((command) => kindOf(command) === 'DownloadOnly')?.bytes.toString()).toMatch(textOfUpdate(older));
    await seesReason('downloading');

    await serveAt(ENROLLING_HOURS - 54);
    doing = 'downloaded';
    await talk({ answered: ['OSUpdateStatus'] });
    await seesReason('prepared');

    // Its date has passed and its window is open; it has been heard from and asked.
    await serveAt(INSTALLING_HOURS);
    const install = (await talk({ stopsAt: 'InstallASAP' })).at(-1) as DeliveredCommand;
    expect(install.bytes.toString()).toMatch(textOfUpdate(older));
    expect(await device.report('NotNow', install.commandUuid)).toBeUndefined();
    tell(`device: InstallASAP ${install.commandUuid}: NotNow`);
    await sees('NotNow', ({ commands }) => commands?.last.at(-1)?.notNowCount === 1);
    const offered = (await talk({ stopsAt: 'InstallASAP' })).at(-1);
    expect(offered, 'the same command, byte for byte').toEqual(install);
    tell('device: takes it, and restarts without a word');
    await seesContact();
    expect((await attempts()).at(-1)).toMatchObject({ action: 'InstallASAP', outcome: 'open', notNowCount: 1 });
    serving?.kill('SIGKILL');
    await serving?.ended;
    serving = undefined;

    // A day later, on the new version; nobody has told Ratchet. The window is open again.
    os = to;
    await serveAt(0);
    expect((await why()).reason).not.toBe('verified');
    const back = await talk({ answered: ['DeviceInformation'] });
    expect(back.filter(isSchedule).map(({ commandUuid }) => commandUuid)).toContain(install.commandUuid);
    const verified = await seesReason('verified');
    expect(verified.runs).toMatchObject({ version: to.version, build: to.build, source: 'device-information' });
    expect((await attempts()).at(-1)).toMatchObject({ commandUuid: install.commandUuid, outcome: 'verified' });

    await talk({ answered: [] });
    const downloads = older.lost === 'DownloadOnly' ? 2 : 1;
    expect(schedules().size, 'one download and one installation, beside what was lost').toBe(downloads + 1);
    expect((await attempts()).map(outcome)).toEqual([
      ...(downloads === 2 ? ['DownloadOnly lost'] : []),
      'DownloadOnly verified',
      'InstallASAP verified',
    ]);
    expect((await api<PlanAnswer>(site.url, 'plan')).counts).toEqual({ verified: 1 });
    expect((await api<InboxAnswer>(site.url, 'inbox')).items).toEqual([]);
    const table = await site.run('attempts', '--device', serial);
    expect(table.code).toBe(0);
    tell(table.stdout);
  } finally {
    serving?.kill('SIGKILL');
    await serving?.ended;
    await host?.stop();
    site.dispose();
  }
}

/** Due while the device is asleep; the window is open now, and was a day ago. */
function policyOf(now: number): string {
  const due = new Date(now - DATE_HOURS * HOUR_MS).toISOString().slice(0, 16);
  const hour = (offset: number) => new Date(now + offset * HOUR_MS).toISOString().slice(11, 13);
  return `mode: enforce
timeZone: UTC
policies:
  - name: older-systems
    target: latest
    due: { date: "${due}" }
    windows:
      - { from: "${hour(-1)}:00", to: "${hour(5)}:00", zone: UTC }
`;
}

/** RequestType; of ScheduleOSUpdate its InstallAction. */
function kindOf({ requestType, bytes }: DeliveredCommand): string {
  const action = /<key>InstallAction<\/key>\s*<string>(\w+)</.exec(bytes.toString())?.[1];
  return action ?? requestType;
}

function isSchedule({ requestType }: DeliveredCommand): boolean {
  return requestType === 'ScheduleOSUpdate';
}

function textOfUpdate({ named }: OlderDevice): RegExp {
  const [[key, value] = []] = Object.entries(named);
  return new RegExp(`<key>${key}</key>\\s*<string>${value}</string>`);
}

type Sent = WhyAnswer['sent'][number];

function isOf({ commandUuid }: DeliveredCommand): (sent: Sent) => boolean {
  return ({ what }) => what.endsWith(commandUuid);
}

function isEnqueued(command: DeliveredCommand): (sent: Sent) => boolean {
  return (sent) => isOf(command)(sent) && sent.state === 'enqueued';
}

function outcome({ action, outcome: became }: AttemptAnswer): string {
  return `${action} ${became}`;
}

/** NanoMDM's key-value storage: an answer that comes twice takes the queue with it. */
async function repeatAnswer(device: ScriptedDevice, delivered: readonly DeliveredCommand[]): Promise<void> {
  const answered = delivered.at(-2);
  if (answered === undefined) throw new Error('nothing was answered yet');
  expect(await device.report('Acknowledged', answered.commandUuid)).toBeUndefined();
}

/** Another tool that clears the queue of a device. */
async function deleteQueue(url: string, udid: string): Promise<void> {
  const authorization = `Basic ${Buffer.from(`micromdm:${KEYS.enqueue}`).toString('base64')}`;
  const answer = await fetch(`${url}/v1/commands/${udid}`, { method: 'DELETE', headers: { authorization } });
  expect(answer.ok, await answer.text()).toBe(true);
}

import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { listen } from '../../src/sim/listen.ts';
import type { WireRequest, WireResponse } from '../../src/sim/wire.ts';
import type { HostSettings, RunningHost } from '../hosts/bench.ts';
import { KMFDDM_KEY, type RunningKmfddm } from '../hosts/contract-upstream.ts';
import { identityOf } from '../hosts/identity.ts';
import { createScriptedDevice, type ScriptedDevice, type Synchronized } from '../hosts/scripted-device.ts';
import { createSite, type Serving } from '../process/ratchet-process.ts';
import { answerUntil, BEHIND, enforcementIn, MODEL, personAt, report, SERIAL, TARGET, UDID, YAML } from './journey.ts';
import { lookupAnswer } from './releases.ts';
import { hostSettings, serveOptions } from './wiring.ts';

/**
 * From behind to verified where KMFDDM has declarations on the same device, and on its user channel: they stay on it all the
 * time, also while KMFDDM is down.
 */

const USER = { UserID: 'F151140B-3988-45A9-9471-E96B49F27D93', UserShortName: 'jane' };

export interface NeighbourJourneySettings {
  startHost(settings: HostSettings): Promise<RunningHost>;
  startKmfddm(): Promise<RunningKmfddm>;
  /** What each step saw, for people. */
  tell(line: string): void;
}

export function testMergeJourney(name: string, settings: NeighbourJourneySettings): void {
  describe(name, () => {
    it("a device goes from behind to verified, and KMFDDM's declarations stay on it", () => journey(settings), 180_000);
  });
}

async function journey({ startHost, startKmfddm, tell }: NeighbourJourneySettings): Promise<void> {
  const site = await createSite({
    yaml: YAML,
    releases: lookupAnswer([
      { ...BEHIND, devices: [MODEL] },
      { ...TARGET, devices: [MODEL] },
    ]),
  });
  const kmfddm = await startKmfddm();
  const line = await lineTo(kmfddm.url);
  let host: RunningHost | undefined;
  let serving: Serving | undefined;
  try {
    await declareAt(kmfddm, 'wifi', UDID);
    await declareAt(kmfddm, 'dock', `${UDID}:${USER.UserID}`);
    host = await startHost(hostSettings('nanomdm', site));
    const { flags, env } = serveOptions('nanomdm', host.url);
    serving = await site.serve({ flags: [...flags, '--dm-upstream-url', `${line.url}/`], env });
    const person = personAt(site, tell);
    const device = createScriptedDevice({
      udid: UDID,
      ...(await identityOf(host, UDID)),
      hardware: { OSVersion: BEHIND.version, BuildVersion: BEHIND.build, ProductName: MODEL, SerialNumber: SERIAL },
    });
    const user = device.channel(USER);

    await device.enroll();
    await user.tokenUpdate();
    await answerUntil(device, 'DeviceInformation', 'DeclarativeManagement');
    const first = await device.synchronize();
    expect(theirsIn(first)).toEqual(['com.example.wifi', 'com.example.wifi.activation']);
    expect(enforcementIn(first)?.Payload).toMatchObject({ TargetOSVersion: TARGET.version });
    expect(await identifiersFor(user)).toEqual(['com.example.dock', 'com.example.dock.activation']);
    tell(`device: holds ${identifiersOf(first).join(', ')}`);
    await person.seesReason('waiting-for-date');
    expect((await device.synchronize()).token).toBe(first.token);

    await report(device, { 'install-state': 'downloading', 'device-id': MODEL });
    await person.seesReason('downloading');
    expect(await reportsAt(kmfddm)).toContain('"install-state":"downloading"');
    tell('KMFDDM: has the report, too');

    await line.cut();
    const alone = await device.synchronize();
    expect([alone.token, identifiersOf(alone)]).toEqual([first.token, identifiersOf(first)]);
    expect((await user.declarativeManagement('tokens')).status).toBe(500);
    await report(device, { 'install-state': 'prepared' });
    await person.seesReason('prepared');
    tell('KMFDDM is down: the device is told the same, the user channel gets an error, the report is taken');

    await line.mend();
    await declareAt(kmfddm, 'vpn', UDID);
    // It is not asked for a few seconds after it was not reached: until then the device is told what it had before.
    const later = await untilHeard(device, 'com.example.vpn');
    expect(theirsIn(later)).toEqual(['com.example.vpn', 'com.example.vpn.activation', 'com.example.wifi', 'com.example.wifi.activation']);
    expect(enforcementIn(later)).toEqual(enforcementIn(first));
    tell(`KMFDDM is up: the device holds ${identifiersOf(later).join(', ')}`);

    await report(device, { 'install-state': 'none' }, TARGET);
    await person.seesReason('verified');
    await answerUntil(device, 'DeclarativeManagement');
    const last = await device.synchronize();
    expect(enforcementIn(last)).toBeUndefined();
    expect(theirsIn(last)).toEqual(theirsIn(later));
    expect(await identifiersFor(user)).toEqual(['com.example.dock', 'com.example.dock.activation']);
    tell(`device: runs ${TARGET.version}, holds ${identifiersOf(last).join(', ')}`);
  } finally {
    serving?.kill('SIGKILL');
    await serving?.ended;
    await host?.stop();
    await line.close();
    await kmfddm.stop();
    site.dispose();
  }
}

/** A configuration with its activation, in a set of its own, for one enrollment. */
async function declareAt({ url, fetch }: RunningKmfddm, name: string, enrollmentId: string): Promise<void> {
  const headers = { Authorization: `Basic ${Buffer.from(`kmfddm:${KMFDDM_KEY}`).toString('base64')}` };
  const put = async (path: string, content?: unknown) => {
    const answer = await fetch(`${url}v1/${path}nonotify=1`, {
      ...{ method: 'PUT', headers },
      ...(content === undefined ? {} : { body: JSON.stringify(content) }),
    });
    expect([204, 304]).toContain(answer.status);
  };
  const Identifier = `com.example.${name}`;
  const activation = { Type: 'com.apple.activation.simple', Identifier: `${Identifier}.activation` };
  await put('declarations?', { Type: 'com.apple.configuration.management.test', Identifier, Payload: { Echo: name } });
  await put('declarations?', { ...activation, Payload: { StandardConfigurations: [Identifier] } });
  for (const each of [Identifier, activation.Identifier]) await put(`set-declarations/${name}?declaration=${each}&`);
  await put(`enrollment-sets/${enrollmentId}?set=${name}&`);
}

async function reportsAt({ url, fetch }: RunningKmfddm): Promise<string> {
  const headers = { Authorization: `Basic ${Buffer.from(`kmfddm:${KMFDDM_KEY}`).toString('base64')}` };
  const answer = await fetch(`${url}v1/status-report/${UDID}?index=0`, { method: 'GET', headers });
  return answer.text();
}

async function untilHeard(device: ScriptedDevice, identifier: string): Promise<Synchronized> {
  for (const until = Date.now() + 60_000; ; ) {
    const synchronized = await device.synchronize();
    if (identifiersOf(synchronized).includes(identifier)) return synchronized;
    if (Date.now() > until) throw new Error(`${identifier} did not come; only ${identifiersOf(synchronized).join(', ')}`);
    await pause(500);
  }
}

async function identifiersFor(device: ScriptedDevice): Promise<string[]> {
  return identifiersOf(await device.synchronize());
}

function identifiersOf({ declarations }: Synchronized): string[] {
  return declarations.map(({ Identifier }) => Identifier).sort();
}

function theirsIn(synchronized: Synchronized): string[] {
  return identifiersOf(synchronized).filter((identifier) => !identifier.startsWith('ratchet.'));
}

interface Line {
  url: string;
  /** Nobody listens there any more. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  close(): Promise<void>;
}

/** A line to that server which can be cut. */
async function lineTo(url: string): Promise<Line> {
  const passOn = async ({ method, path, headers, body }: WireRequest): Promise<WireResponse> => {
    const { host: _, connection: __, 'content-length': ___, ...passed } = headers;
    const content = body.length > 0 ? { body: body as Uint8Array<ArrayBuffer> } : {};
    const answer = await fetch(new URL(path, url), { method, headers: passed, ...content });
    return { status: answer.status, headers: {}, body: new Uint8Array(await answer.arrayBuffer()) };
  };
  let listening = await listen(passOn);
  const { port } = new URL(listening.url);
  return {
    url: listening.url,
    cut: () => listening.close(),
    async mend() {
      listening = await listen(passOn, Number(port));
    },
    close: () => listening.close(),
  };
}

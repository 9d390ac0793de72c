import { expect, it } from 'vitest';
import { whyText } from '../../src/cli/why.ts';
import { parseEndpoint } from '../../src/ddm/endpoint.ts';
import { createAnswerDdm } from '../../src/engine/serve-ddm/answer-ddm.ts';
import { createShow } from '../../src/engine/show/show.ts';
import { hostCapabilities } from '../../src/hosts/capabilities.ts';
import type { UpstreamAnswer, UpstreamRequest } from '../../src/hosts/ddm-upstream.ts';
import { silentLogger } from '../../src/logger.ts';
import { DAY_MS, MINUTE_MS } from '../../src/time/local.ts';
import { devicePage } from '../../src/web/pages/device.tsx';
import { DEVICE, NOW } from '../decide/builders.ts';
import { createHouse } from './house.ts';

/** A declaration of another server, from the device's fetch through us to what a person reads. */

const UPDATE = { Identifier: 'com.example.update', ServerToken: 'u1' };
const WIFI = { Identifier: 'com.example.wifi', ServerToken: 'w1' };
const BODIES: Record<string, object> = {
  [UPDATE.Identifier]: {
    ...UPDATE,
    Type: 'com.apple.configuration.softwareupdate.enforcement.specific',
    Payload: { TargetOSVersion: '40.6', TargetLocalDateTime: '2040-09-12T09:00:00' },
  },
  [WIFI.Identifier]: { ...WIFI, Type: 'com.apple.configuration.legacy', Payload: { ProfileURL: 'https://example.com/softwareupdate' } },
};

function createSite() {
  const house = createHouse();
  let isDown = false;
  const upstream = {
    name: 'http://kmfddm:9002/',
    async ask({ endpoint }: UpstreamRequest): Promise<UpstreamAnswer> {
      if (isDown) return { kind: 'down', message: 'ECONNREFUSED' };
      if (endpoint.kind === 'declaration') return { kind: 'answer', body: JSON.stringify(BODIES[endpoint.identifier]) };
      return { kind: 'answer', body: JSON.stringify({ Declarations: { Configurations: [UPDATE, WIFI] }, DeclarationsToken: 'x' }) };
    },
  };
  const alerts = { raise: async () => undefined, refresh: async () => undefined, clear: async () => undefined };
  const options = {
    ...house,
    alerts,
    upstream,
    channel: undefined,
    host: { capabilities: hostCapabilities.nanomdm },
    log: silentLogger,
    onReached: async () => undefined,
  };
  const { answer } = createAnswerDdm(options);
  const show = createShow(house.store, house.standing, house.clock);
  return {
    house,
    fail: () => {
      isDown = true;
    },
    async ask(path: string, id = DEVICE) {
      const endpoint = parseEndpoint(path);
      if (endpoint === undefined) throw new Error(path);
      const told = await answer({ endpoint, enrollmentId: id, type: 'Device', body: new Uint8Array() });
      await house.reconciler.settle(id);
      return told;
    },
    devices: async () => (await show.devices({ sort: 'id', isDescending: false, limit: 10 })).devices,
    why: async () => {
      const why = await show.why(DEVICE);
      if (why === undefined) throw new Error('no such device');
      return why;
    },
  };
}

it('is named with whose it is, who wins and what to do, wherever a person looks', async () => {
  const { house, ask, why, devices } = createSite();
  await house.enroll();
  await ask('declaration-items');
  await ask(`declaration/configuration/${WIFI.Identifier}`);
  expect((await why()).conflicts).toBeUndefined();
  expect((await ask(`declaration/configuration/${UPDATE.Identifier}`)).body).toBe(JSON.stringify(BODIES[UPDATE.Identifier]));

  const told = await why();
  expect(told.conflicts).toMatchObject([
    {
      kind: 'enforcement',
      outcome: 'theirs-first',
      whose: 'http://kmfddm:9002/',
      version: '40.6',
      local: '2040-09-12T09:00:00',
      sentence: 'A declaration of http://kmfddm:9002/ enforces 40.6 at 2040-09-12 09:00 device time.',
      wins: expect.stringContaining('the earlier date first: theirs'),
      remedy: expect.stringContaining('remove the declaration there'),
    },
  ]);
  expect(told.timeline.map(({ text }) => text)).toContain(
    'Fetched com.example.update of http://kmfddm:9002/: enforces 40.6 at 2040-09-12T09:00:00 device time.',
  );
  expect(whyText(told)).toContain('  conflict:   A declaration of http://kmfddm:9002/ enforces 40.6 at 2040-09-12 09:00 device time.\n');
  const viewer = { name: 'jane', mayOperate: false, isSignedIn: true } as never;
  const page = devicePage({
    why: told,
    history: { schema: 'ratchet.history/1', device: DEVICE, entries: [] },
    isOlder: false,
    now: NOW,
    viewer,
  });
  expect(page).toContain('Beside other tools');
  expect(page).toContain('A declaration of http://kmfddm:9002/ enforces 40.6');
  // Ours stays as it was, and nothing more is sent because of theirs.
  expect(told.date?.enforced).toBe('2040-09-17T18:00:00');
  expect((await devices()).map(({ conflicts }) => conflicts)).toEqual([['enforcement']]);
  expect(await house.store.countConflicts()).toEqual([{ conflicts: [{ kind: 'enforcement', whose: 'http://kmfddm:9002/' }], devices: 1 }]);
});

it('is told in what happened to the device, once when it begins and once when it is over', async () => {
  const { house, why } = createSite();
  await house.enroll();
  const updateResults = [{ productKey: 'k', installAction: 'InstallASAP', status: 'Idle' }];
  await house.hear({ kind: 'message', message: { kind: 'CommandReport', status: 'Acknowledged', commandUuid: 'THEIRS', updateResults } });
  const about = async () => (await why()).timeline.map(({ text }) => text).filter((text) => text.includes('did not send'));
  const sentence = 'The device answered an update command that Ratchet did not send (InstallASAP, Idle).';
  expect(await about()).toEqual([sentence]);
  house.setNow(NOW + DAY_MS);
  await house.hear({ kind: 'user-channel' });
  expect(await about()).toEqual([sentence]);
  house.setNow(NOW + 8 * DAY_MS);
  await house.hear({ kind: 'user-channel' });
  expect(await about()).toEqual([sentence, `No more: ${sentence}`]);
});

it('leaves the manifest and the commands of the device as they were', async () => {
  const runs = await Promise.all(
    [true, false].map(async (isThere) => {
      const { house, ask } = createSite();
      await house.enroll();
      await ask('declaration-items');
      if (isThere) await ask(`declaration/configuration/${UPDATE.Identifier}`);
      house.setNow(NOW + 10 * MINUTE_MS);
      await ask('tokens');
      const { manifest, commands } = await house.gathered();
      return { token: manifest?.token, sent: commands.map(({ requestType }) => requestType).sort() };
    }),
  );
  expect(runs[0]).toEqual(runs[1]);
});

it('is known as well when the other server is down and what it said to others is answered', async () => {
  const { house, ask, why, fail } = createSite();
  for (const id of [DEVICE, 'D2', 'D3']) await house.enroll({}, id);
  for (const id of ['D2', 'D3']) {
    await ask('declaration-items', id);
    await ask(`declaration/configuration/${UPDATE.Identifier}`, id);
  }
  await ask('declaration-items');
  fail();
  expect((await ask(`declaration/configuration/${UPDATE.Identifier}`)).status).toBe(200);
  expect((await why()).conflicts).toHaveLength(1);
});

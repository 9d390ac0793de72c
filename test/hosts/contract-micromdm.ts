import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseEndpoint } from '../../src/ddm/endpoint.ts';
import { listDevices } from '../../src/hosts/micromdm/list-devices.ts';
import { declarativeManagementCommand, deviceInformationCommand, securityInfoCommand } from '../../src/mdm/commands.ts';
import { createSystemFetch } from '../../src/runtime/fetch.ts';
import { type HostBench, keys } from './bench.ts';
import { createScriptedDevice } from './scripted-device.ts';

/** MicroMDM's side of the contract, in the order a device meets it. */
export function testMicroMdm(bench: HostBench): void {
  testEnrolling(bench);
  testCommands(bench);
  testDuplicates(bench);
  testApi(bench);
  testDeclarativeManagement(bench);
}

function testEnrolling(bench: HostBench): void {
  describe('enrolling', () => {
    it('is told by two events without ids and tally, with hardware', async () => {
      const device = await bench.newEnrolledDevice();
      const enrollment = { id: device.udid, type: 'Device' };
      const authenticate = await bench.nextEvent(device.udid, 'mdm.Authenticate');
      expect(authenticate).toStrictEqual({
        kind: 'event',
        topic: 'mdm.Authenticate',
        enrollment,
        createdAt: expect.any(Number),
        eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        message: {
          kind: 'Authenticate',
          osVersion: '15.6',
          buildVersion: '24G84',
          productName: 'Mac15,6',
          serialNumber: expect.stringMatching(/^C02LAB/),
          deviceName: 'Lab',
          model: 'MRX33',
        },
      });
      const tokenUpdate = await bench.nextEvent(device.udid, 'mdm.TokenUpdate');
      expect(tokenUpdate).toMatchObject({ enrollment, message: { kind: 'TokenUpdate' } });
      expect(tokenUpdate).not.toHaveProperty('tokenUpdateTally');
      expect(tokenUpdate.eventId).not.toBe(authenticate.eventId);
    });

    it('of a user channel is known by the payload alone', async () => {
      const device = await bench.newEnrolledDevice();
      await device.channel({ UserID: 'USER-1', UserShortName: 'jane' }).tokenUpdate();
      expect((await bench.nextEvent(`${device.udid}:USER-1`, 'mdm.TokenUpdate')).enrollment).toStrictEqual({
        id: `${device.udid}:USER-1`,
        parentId: device.udid,
        type: 'User',
      });
    });

    it('by a person has an EnrollmentID and no UDID', async () => {
      const id = `EID-${randomUUID()}`;
      const device = await bench.newDevice({ EnrollmentID: id });
      await device.enroll();
      expect((await bench.nextEvent(id, 'mdm.TokenUpdate')).enrollment).toStrictEqual({ id, type: 'User Enrollment (Device)' });
    });

    it('again clears the queue, and a used CommandUUID is taken again', async () => {
      const device = await bench.newEnrolledDevice();
      const { uuid, xml } = await bench.queueCommand(device);
      await device.enroll();
      expect(await device.idle()).toBeUndefined();
      expect(await bench.host.enqueue(device.udid, uuid, xml)).toStrictEqual({ kind: 'queued' });
      await bench.listed(device.udid, uuid);
      expect((await device.idle())?.commandUuid).toBe(uuid);
    });

    it('needs a signature, and afterwards the same certificate', async () => {
      const device = await bench.newEnrolledDevice();
      const urls = { mdmUrl: `${bench.url}/mdm/connect`, checkInUrl: `${bench.url}/mdm/checkin`, udid: device.udid };
      expect((await createScriptedDevice(urls).authenticate()).status).toBe(500);
      const impostor = createScriptedDevice({ ...urls, signature: await bench.signer(randomUUID()) });
      expect((await impostor.tokenUpdate()).status).toBe(500);
    });

    it('ends with CheckOut, which the queue survives', async () => {
      const device = await bench.newEnrolledDevice();
      const { uuid } = await bench.queueCommand(device);
      expect((await device.checkOut()).status).toBe(200);
      expect((await bench.nextEvent(device.udid, 'mdm.CheckOut')).message).toStrictEqual({ kind: 'CheckOut' });
      expect((await device.idle())?.commandUuid).toBe(uuid);
    });

    it('a bootstrap token is escrowed, and its event never shows it', async () => {
      const device = await bench.newEnrolledDevice();
      // What follows is told of a device that the server has stored.
      await bench.nextEvent(device.udid, 'mdm.TokenUpdate');
      await device.checkIn('SetBootstrapToken', { BootstrapToken: new TextEncoder().encode('very secret') });
      const event = await bench.nextEvent(device.udid, 'mdm.SetBootstrapToken');
      expect(event.message).toStrictEqual({ kind: 'SetBootstrapToken', escrowed: true });
      expect(JSON.stringify(event)).not.toContain(Buffer.from('very secret').toString('base64'));
    });

    it.each([
      ['UserAuthenticate', { UserID: 'USER-1' }, 410],
      ['GetToken', { TokenServiceType: 'com.apple.maid' }, 500],
      ['Nonsense', {}, 500],
    ])('%s is answered so', async (messageType, further, status) => {
      const device = await bench.newEnrolledDevice();
      expect((await device.checkIn(messageType, further)).status).toBe(status);
    });

    it('is answered whatever the webhook says', async () => {
      const device = await bench.newEnrolledDevice();
      bench.webhook.answer = () => ({ status: 500 });
      expect(await device.idle()).toBeUndefined();
      expect((await bench.nextEvent(device.udid, 'mdm.Connect')).message).toStrictEqual({ kind: 'CommandReport', status: 'Idle' });
    });
  });
}

function testCommands(bench: HostBench): void {
  describe('a command', () => {
    it('reaches the device with exactly its bytes, and its answer names it', async () => {
      const device = await bench.newEnrolledDevice();
      const uuid = randomUUID();
      const xml = deviceInformationCommand(uuid, ['OSVersion', 'BuildVersion']);
      expect(await bench.host.enqueue(device.udid, uuid, xml)).toStrictEqual({ kind: 'queued' });
      await bench.listed(device.udid, uuid);
      expect((await device.idle())?.bytes.toString()).toBe(xml);
      const next = await device.report('Acknowledged', uuid, { QueryResponses: { OSVersion: '15.6.1', BuildVersion: '24G90' } });
      expect(next).toBeUndefined();
      expect(await bench.nextReport(device.udid)).toStrictEqual({
        kind: 'CommandReport',
        status: 'Acknowledged',
        commandUuid: uuid,
        answers: 'DeviceInformation',
        deviceInformation: { osVersion: '15.6.1', buildVersion: '24G90' },
      });
      expect(await device.idle()).toBeUndefined();
    });

    it('for a user channel is not ours to send', async () => {
      const device = await bench.newEnrolledDevice();
      const uuid = randomUUID();
      expect(await bench.host.enqueue(`${device.udid}:USER-1`, uuid, declarativeManagementCommand(uuid))).toMatchObject({
        kind: 'refused',
      });
    });

    it('after NotNow is listed no more, and comes again when nothing else is left', async () => {
      const device = await bench.newEnrolledDevice();
      const first = await bench.queueCommand(device);
      expect((await device.idle())?.commandUuid).toBe(first.uuid);
      expect(await device.report('NotNow', first.uuid)).toBeUndefined();
      expect(await bench.nextReport(device.udid)).toStrictEqual({ kind: 'CommandReport', status: 'NotNow', commandUuid: first.uuid });
      expect(await bench.host.enqueue(device.udid, first.uuid, first.xml, { maybeQueued: true })).toMatchObject({ kind: 'unknowable' });
      const second = await bench.queueCommand(device);
      expect((await device.idle())?.commandUuid).toBe(second.uuid);
      expect((await device.report('Acknowledged', second.uuid))?.commandUuid).toBe(first.uuid);
      expect(await device.report('Acknowledged', first.uuid)).toBeUndefined();
      expect(await device.idle()).toBeUndefined();
    });

    it('delivered and not answered comes again, and is still listed', async () => {
      const device = await bench.newEnrolledDevice();
      const { uuid, xml } = await bench.queueCommand(device);
      expect((await device.idle())?.commandUuid).toBe(uuid);
      expect(await bench.host.enqueue(device.udid, uuid, xml, { maybeQueued: true })).toStrictEqual({ kind: 'already-queued' });
      expect((await device.idle())?.commandUuid).toBe(uuid);
    });

    it.each(['Error', 'CommandFormatError'])('answered with %s is done, and the chain is told', async (status) => {
      const device = await bench.newEnrolledDevice();
      const { uuid } = await bench.queueCommand(device);
      await device.idle();
      const chain = [{ ErrorCode: 12021, ErrorDomain: 'MCMDMErrorDomain', LocalizedDescription: 'unknown' }];
      await device.report(status, uuid, { ErrorChain: chain });
      const errorChain = [{ domain: 'MCMDMErrorDomain', code: 12021, description: 'unknown' }];
      expect(await bench.nextReport(device.udid)).toStrictEqual({ kind: 'CommandReport', status, commandUuid: uuid, errorChain });
      expect(await device.idle()).toBeUndefined();
    });

    it('survives a result that nobody waits for', async () => {
      const device = await bench.newEnrolledDevice();
      const { uuid } = await bench.queueCommand(device);
      expect((await device.report('Acknowledged', randomUUID()))?.commandUuid).toBe(uuid);
    });

    it('for an enrollment nobody knows is taken and lost at its Authenticate', async () => {
      const device = await bench.newDevice();
      await bench.queueCommand(device);
      await device.enroll();
      expect(await device.idle()).toBeUndefined();
    });

    it.each([
      ['no property list', 'hello', /^parse payload as plist/],
      ['no command', '<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict></dict></plist>', /^request is malformed/],
    ])('that is %s is refused', async (_name, text, message) => {
      const device = await bench.newEnrolledDevice();
      expect(await bench.host.enqueue(device.udid, 'x', text)).toMatchObject({ kind: 'refused', message: expect.stringMatching(message) });
    });
  });
}

function testDuplicates(bench: HostBench): void {
  describe('a CommandUUID that is used twice', () => {
    it('makes the queue lose a command and send another twice: so the queue is looked at before anything is resent', async () => {
      const device = await bench.newEnrolledDevice();
      const first = await bench.queueCommand(device);
      const second = await bench.queueCommand(device);
      const xml = deviceInformationCommand(first.uuid, ['OSVersion']);
      expect(await bench.host.enqueue(device.udid, first.uuid, xml)).toStrictEqual({ kind: 'queued' });
      await bench.listed(device.udid, first.uuid, 2);
      const seen = [];
      for (let command = await device.idle(); command; command = await device.report('Acknowledged', command.commandUuid)) {
        seen.push(command.bytes.toString());
        if (seen.length > 5) break;
      }
      // The first answer cut the wrong one of the two.
      expect(seen).toStrictEqual([first.xml, second.xml, first.xml]);
    });

    it('is told when it is listed, and never sent again when it is not', async () => {
      const device = await bench.newEnrolledDevice();
      const { uuid, xml } = await bench.queueCommand(device);
      expect(await bench.host.enqueue(device.udid, uuid, xml, { maybeQueued: true })).toStrictEqual({
        kind: 'already-queued',
      });
      expect((await device.drain()).map(({ commandUuid }) => commandUuid)).toStrictEqual([uuid]);
      expect(await bench.host.enqueue(device.udid, uuid, xml, { maybeQueued: true })).toMatchObject({
        kind: 'unknowable',
      });
      expect(await device.idle()).toBeUndefined();
    });
  });
}

function testApi(bench: HostBench): void {
  describe('our credential', () => {
    it('is good', async () => {
      expect(await bench.host.probe()).toStrictEqual({ reachable: true, authorized: true, version: expect.stringMatching(/./) });
    });

    it('is wrong', async () => {
      const device = await bench.newEnrolledDevice();
      const stranger = bench.hostWith('wrong');
      const uuid = randomUUID();
      const xml = securityInfoCommand(uuid);
      expect(await stranger.enqueue(device.udid, uuid, xml)).toStrictEqual({ kind: 'unauthorized', message: 'HTTP 401' });
      expect(await stranger.enqueue(device.udid, uuid, xml, { maybeQueued: true })).toStrictEqual({
        kind: 'unauthorized',
        message: 'HTTP 401',
      });
      expect((await stranger.push([device.udid])).errors.get(device.udid)?.kind).toBe('credential');
      expect(await stranger.probe()).toMatchObject({ reachable: true, authorized: false });
      expect(await device.idle()).toBeUndefined();
    });
  });

  describe('the rest of the API', () => {
    it('says of a push to an enrollment nobody knows that nobody knows it', async () => {
      const id = randomUUID();
      expect((await bench.host.push([id])).errors.get(id)?.kind).toBe('unknown-id');
    });

    it('fails a push without a push certificate, for a while', async () => {
      const device = await bench.newEnrolledDevice();
      await bench.nextEvent(device.udid, 'mdm.TokenUpdate');
      expect((await bench.host.push([device.udid])).errors.get(device.udid)?.kind).toMatch(/later|unknown-id/);
    });

    it('lists devices with their serial numbers', async () => {
      const device = await bench.newEnrolledDevice();
      const { message } = await bench.nextEvent(device.udid, 'mdm.Authenticate');
      await bench.nextEvent(device.udid, 'mdm.TokenUpdate');
      const api = {
        fetch: createSystemFetch(),
        commandsUrl: `${bench.url}/v1/commands/`,
        pushUrl: `${bench.url}/v1/push/`,
        key: keys.apiKey,
      };
      // It is stored beside the webhook, not before it.
      for (let looks = 0; ; looks++) {
        const list = await listDevices(api);
        const row = list.kind === 'devices' ? list.devices.find(({ udid }) => udid === device.udid) : undefined;
        if (!row?.isEnrolled && looks < 200) continue;
        expect(row).toMatchObject({ isEnrolled: true, serialNumber: message.kind === 'Authenticate' && message.serialNumber });
        break;
      }
    });
  });
}

function testDeclarativeManagement(bench: HostBench): void {
  describe('declarative management', () => {
    const tokens = '{"SyncTokens":{"DeclarationsToken":"t1","Timestamp":"2026-11-20T00:00:00Z"}}';

    it.each(['tokens', 'declaration-items', 'declaration/configuration/ratchet.enforcement.0123456789ab'])(
      '%s comes to us with the id alone, and our bytes to the device',
      async (endpoint) => {
        const device = await bench.newEnrolledDevice();
        bench.dm.answer = () => ({ status: 200, body: tokens });
        const answer = await device.declarativeManagement(endpoint);
        expect([answer.status, answer.body.toString()]).toStrictEqual([200, tokens]);
        const call = await bench.nextDmCall();
        expect(call).toMatchObject({ method: 'GET', path: `/ddm/${endpoint}`, headers: { 'x-enrollment-id': device.udid } });
        expect(call.headers['x-enrollment-type']).toBeUndefined();
        expect(call.headers['x-enrollment-parentid']).toBeUndefined();
        expect(parseEndpoint(call.path.slice('/ddm/'.length))).toBeDefined();
      },
    );

    it('of a user channel names the user alone', async () => {
      const device = await bench.newEnrolledDevice();
      const id = randomUUID();
      await device.channel({ UserID: id, UserShortName: 'jane' }).declarativeManagement('tokens');
      expect((await bench.nextDmCall()).headers['x-enrollment-id']).toBe(id);
    });

    it('a status report comes to us as the device wrote it', async () => {
      const device = await bench.newEnrolledDevice();
      const report = '{"StatusItems":{"softwareupdate":{"install-state":"downloading"}},"Errors":[]}';
      const answer = await device.declarativeManagement('status', report);
      expect([answer.status, answer.body.length]).toStrictEqual([200, 0]);
      const call = await bench.nextDmCall();
      expect(call).toMatchObject({
        method: 'PUT',
        path: '/ddm/status',
        headers: { 'content-type': 'application/json', 'x-enrollment-id': device.udid },
      });
      expect(call.body.toString()).toBe(report);
    });

    it.each([404, 500, 204])('that we answer with %i reaches the device as 500', async (status) => {
      const device = await bench.newEnrolledDevice();
      bench.dm.answer = () => ({ status });
      expect((await device.declarativeManagement('tokens')).status).toBe(500);
      await bench.nextDmCall();
    });

    it.each([
      ['../v1/policies', '/v1/policies'],
      ['/webhook', '/webhook'],
      ['tokens?x=y', '/ddm/tokens?x=y'],
    ])('lets the device choose the path: %s', async (endpoint, path) => {
      const device = await bench.newEnrolledDevice();
      await device.declarativeManagement(endpoint);
      const call = await bench.nextDmCall();
      expect(call.path).toBe(path);
      expect(parseEndpoint(path.replace('/ddm', ''))).toBeUndefined();
    });
  });
}

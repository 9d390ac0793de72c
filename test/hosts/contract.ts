import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseEndpoint } from '../../src/ddm/endpoint.ts';
import type { Host, WebhookEvent } from '../../src/hosts/host.ts';
import { createNanoMdmHost } from '../../src/hosts/nanomdm/client.ts';
import { decodeWebhook } from '../../src/hosts/nanomdm/decode-webhook.ts';
import { classifyEnqueue } from '../../src/hosts/nanomdm/enqueue-answer.ts';
import { readEnvelope } from '../../src/hosts/nanomdm/envelope.ts';
import { sign, verifySignature } from '../../src/hosts/nanomdm/signature.ts';
import { declarativeManagementCommand, deviceInformationCommand, securityInfoCommand } from '../../src/mdm/commands.ts';
import { createSystemFetch } from '../../src/runtime/fetch.ts';
import { parsePlist } from '../../src/runtime/parse-plist.ts';
import { createScriptedDevice, type PlistKeys, type ScriptedDevice } from './scripted-device.ts';
import { openSink, type SeenCall, type Sink } from './sink.ts';

/** How the server under test is to be started. */
export interface HostSettings {
  apiKey: string;
  webhookUrl: string;
  webhookHmacKey: string;
  /** Ends in a slash. */
  dmUrl: string;
  dmSendHmacKey: string;
  dmRecvHmacKey: string;
}

/** A server that runs, without a push certificate. */
export interface RunningHost {
  /** Without a slash at the end. */
  url: string;
  /** Value of the header X-Client-Cert for a device of that name; another value for another name. */
  certificate(name: string): Promise<string>;
  stop(): Promise<void>;
}

const keys = { apiKey: 'apikey', webhookHmacKey: 'webhook-key', dmSendHmacKey: 'dm-send-key', dmRecvHmacKey: 'dm-recv-key' };

/**
 * What Ratchet relies on in a NanoMDM, from 0.9 on. It runs against the simulated server always and against real ones
 * when there are some: a difference is a defect of the simulation.
 */
export function testHostContract(name: string, makeHost: (settings: HostSettings) => Promise<RunningHost>): void {
  describe(name, () => {
    let webhook: Sink;
    let dm: Sink;
    let running: RunningHost;
    let host: Host;
    let enrolled = 0;

    beforeAll(async () => {
      webhook = await openSink();
      dm = await openSink();
      running = await makeHost({ ...keys, webhookUrl: `${webhook.url}/webhook?tenant=a`, dmUrl: `${dm.url}/ddm/` });
      host = hostWith(keys.apiKey);
    }, 60_000);
    afterEach(() => {
      webhook.answer = () => ({ status: 200 });
      dm.answer = () => ({ status: 200 });
    });
    afterAll(async () => {
      await running?.stop();
      await webhook?.close();
      await dm?.close();
    });

    function hostWith(key: string): Host {
      return createNanoMdmHost({
        fetch: createSystemFetch(),
        enqueueUrl: `${running.url}/v1/enqueue/`,
        pushUrl: `${running.url}/v1/push/`,
        key,
      });
    }

    /** A device that nobody has seen yet. */
    async function newDevice(identity?: PlistKeys): Promise<ScriptedDevice> {
      const udid = randomUUID().toUpperCase();
      const hardware = {
        OSVersion: '15.6',
        BuildVersion: '24G84',
        ProductName: 'Mac15,6',
        SerialNumber: `C02LAB${++enrolled}`,
        Model: 'MRX33',
        DeviceName: 'Lab',
      };
      return createScriptedDevice({
        mdmUrl: `${running.url}/mdm`,
        udid,
        certificate: await running.certificate(udid),
        hardware,
        ...(identity && { identity }),
      });
    }

    async function newEnrolledDevice(): Promise<ScriptedDevice> {
      const device = await newDevice();
      await device.enroll();
      return device;
    }

    /** The next event of that enrollment and topic, its signature verified, decoded as Ratchet does. */
    async function nextEvent(enrollmentId: string, topic: string): Promise<Extract<WebhookEvent, { kind: 'event' }>> {
      const { body } = await nextCall(enrollmentId, topic);
      const read = readEnvelope(body.toString());
      if (!read.ok) throw new Error(read.message);
      const event = await decodeWebhook(read.value, async (bytes) => parsePlist(bytes));
      if (event.kind !== 'event') throw new Error(`${topic}: ${JSON.stringify(event)}`);
      return event;
    }

    async function nextCall(enrollmentId: string, topic: string): Promise<SeenCall> {
      const call = await webhook.take(({ body }) => {
        const { topic: given, checkin_event, acknowledge_event } = JSON.parse(body.toString());
        return given === topic && (checkin_event ?? acknowledge_event).ids.id === enrollmentId;
      });
      expect(call).toMatchObject({
        method: 'POST',
        path: '/webhook?tenant=a',
        headers: { 'content-type': 'application/json; charset=utf-8' },
      });
      expect(verifySignature(String(call.headers['x-hmac-signature']), call.body, [keys.webhookHmacKey])).toBe(true);
      return call;
    }

    /** The next report of that enrollment which isn't Idle. */
    async function nextReport(enrollmentId: string) {
      for (;;) {
        const { message } = await nextEvent(enrollmentId, 'mdm.Connect');
        if (message.kind === 'CommandReport' && message.status !== 'Idle') return message;
      }
    }

    async function queueCommand(device: ScriptedDevice): Promise<{ uuid: string; xml: string }> {
      const uuid = randomUUID();
      const xml = securityInfoCommand(uuid);
      expect(await host.enqueue(device.udid, uuid, xml)).toStrictEqual({ kind: 'queued' });
      return { uuid, xml };
    }

    describe('enrolling', () => {
      it('is told by two events with ids, hardware and tally', async () => {
        const device = await newEnrolledDevice();
        const enrollment = { id: device.udid, type: 'Device' };
        const authenticate = await nextEvent(device.udid, 'mdm.Authenticate');
        expect(authenticate).toStrictEqual({
          kind: 'event',
          topic: 'mdm.Authenticate',
          enrollment,
          createdAt: expect.any(Number),
          eventId: expect.stringMatching(/^[0-9a-f]{16}$/),
          message: {
            kind: 'Authenticate',
            osVersion: '15.6',
            buildVersion: '24G84',
            productName: 'Mac15,6',
            serialNumber: expect.stringMatching(/^C02LAB/),
            model: 'MRX33',
          },
        });
        const tokenUpdate = await nextEvent(device.udid, 'mdm.TokenUpdate');
        expect(tokenUpdate).toMatchObject({ enrollment, tokenUpdateTally: 1, message: { kind: 'TokenUpdate' } });
        expect(tokenUpdate.eventId).not.toBe(authenticate.eventId);
      });

      it('counts further token updates, each channel for itself', async () => {
        const device = await newEnrolledDevice();
        await nextEvent(device.udid, 'mdm.TokenUpdate');
        await device.tokenUpdate();
        expect((await nextEvent(device.udid, 'mdm.TokenUpdate')).tokenUpdateTally).toBe(2);
        const user = device.channel({ UserID: 'USER-1', UserShortName: 'jane' });
        expect((await user.tokenUpdate()).status).toBe(200);
        expect(await nextEvent(`${device.udid}:USER-1`, 'mdm.TokenUpdate')).toMatchObject({
          enrollment: { id: `${device.udid}:USER-1`, parentId: device.udid, type: 'User' },
          tokenUpdateTally: 1,
        });
      });

      it('of a user of a Shared iPad has the short name in its id', async () => {
        const device = await newEnrolledDevice();
        await device.channel({ UserID: 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF', UserShortName: 'jane@example.com' }).tokenUpdate();
        const id = `${device.udid}:jane@example.com`;
        expect((await nextEvent(id, 'mdm.TokenUpdate')).enrollment).toStrictEqual({ id, parentId: device.udid, type: 'Shared iPad' });
      });

      it('by a person has an EnrollmentID and no UDID', async () => {
        const id = `EID-${randomUUID()}`;
        const device = await newDevice({ EnrollmentID: id });
        await device.enroll();
        expect((await nextEvent(id, 'mdm.TokenUpdate')).enrollment).toStrictEqual({ id, type: 'User Enrollment (Device)' });
        await device.channel({ EnrollmentUserID: 'EU-1' }).tokenUpdate();
        expect((await nextEvent(`${id}:EU-1`, 'mdm.TokenUpdate')).enrollment).toStrictEqual({
          id: `${id}:EU-1`,
          parentId: id,
          type: 'User Enrollment',
        });
      });

      it('again clears the queue, resets the tally, and leaves used CommandUUIDs used', async () => {
        const device = await newEnrolledDevice();
        await device.tokenUpdate();
        const { uuid, xml } = await queueCommand(device);
        await device.enroll();
        expect(await device.idle()).toBeUndefined();
        const tallies = [];
        for (let count = 0; count < 3; count++) tallies.push((await nextEvent(device.udid, 'mdm.TokenUpdate')).tokenUpdateTally);
        expect(tallies.sort()).toStrictEqual([1, 1, 2]);
        expect(await host.enqueue(device.udid, uuid, xml)).toStrictEqual({ kind: 'already-queued' });
        expect(await device.idle()).toBeUndefined();
      });

      it('needs a certificate, and one that is no other device’s', async () => {
        const device = await newEnrolledDevice();
        const other = await newDevice();
        const stranger = createScriptedDevice({ mdmUrl: `${running.url}/mdm`, udid: other.udid, certificate: undefined });
        expect((await stranger.authenticate()).status).toBe(400);
        const impostor = createScriptedDevice({
          mdmUrl: `${running.url}/mdm`,
          udid: other.udid,
          certificate: await running.certificate(device.udid),
        });
        expect((await impostor.authenticate()).status).toBe(500);
        expect((await other.tokenUpdate()).status).toBe(500);
      });

      it('ends with CheckOut, which the queue survives', async () => {
        const device = await newEnrolledDevice();
        const { uuid } = await queueCommand(device);
        expect((await device.checkOut()).status).toBe(200);
        expect((await nextEvent(device.udid, 'mdm.CheckOut')).message).toStrictEqual({ kind: 'CheckOut' });
        expect((await device.idle())?.commandUuid).toBe(uuid);
      });
    });

    describe('other check-ins', () => {
      it('a bootstrap token is escrowed and deleted, and its event never shows it', async () => {
        const device = await newEnrolledDevice();
        await device.checkIn('SetBootstrapToken', { BootstrapToken: new TextEncoder().encode('very secret') });
        const event = await nextEvent(device.udid, 'mdm.SetBootstrapToken');
        expect(event.message).toStrictEqual({ kind: 'SetBootstrapToken', escrowed: true });
        expect(JSON.stringify(event)).not.toContain(Buffer.from('very secret').toString('base64'));
        const given = await device.checkIn('GetBootstrapToken');
        expect(given.body.toString()).toContain(Buffer.from('very secret').toString('base64'));
        await device.checkIn('SetBootstrapToken');
        expect((await nextEvent(device.udid, 'mdm.SetBootstrapToken')).message).toStrictEqual({
          kind: 'SetBootstrapToken',
          escrowed: false,
        });
      });

      it.each([
        ['UserAuthenticate', { UserID: 'USER-1' }, ':USER-1', 410],
        ['GetToken', { TokenServiceType: 'com.apple.maid' }, '', 500],
      ])('%s is answered so, with an event all the same', async (messageType, further, suffix, status) => {
        const device = await newEnrolledDevice();
        expect((await device.checkIn(messageType, further)).status).toBe(status);
        expect((await nextEvent(device.udid + suffix, `mdm.${messageType}`)).message).toStrictEqual({ kind: messageType });
      });

      it('of an unknown type is refused', async () => {
        const device = await newEnrolledDevice();
        expect((await device.checkIn('Nonsense')).status).toBe(400);
      });

      it('is answered whatever the webhook says', async () => {
        const device = await newEnrolledDevice();
        webhook.answer = () => ({ status: 500 });
        expect(await device.idle()).toBeUndefined();
        expect((await nextEvent(device.udid, 'mdm.Connect')).message).toStrictEqual({ kind: 'CommandReport', status: 'Idle' });
      });
    });

    describe('a command', () => {
      it('reaches the device with exactly its bytes, and its answer names it', async () => {
        const device = await newEnrolledDevice();
        const uuid = randomUUID();
        const xml = deviceInformationCommand(uuid, ['OSVersion', 'BuildVersion']);
        expect(await host.enqueue(device.udid, uuid, xml)).toStrictEqual({ kind: 'queued' });
        const command = await device.idle();
        expect(command?.bytes.toString()).toBe(xml);
        const next = await device.report('Acknowledged', uuid, { QueryResponses: { OSVersion: '15.6.1', BuildVersion: '24G90' } });
        expect(next).toBeUndefined();
        expect(await nextReport(device.udid)).toStrictEqual({
          kind: 'CommandReport',
          status: 'Acknowledged',
          commandUuid: uuid,
          answers: 'DeviceInformation',
          deviceInformation: { osVersion: '15.6.1', buildVersion: '24G90' },
        });
        expect(await device.idle()).toBeUndefined();
      });

      it('for a user channel stays in it', async () => {
        const device = await newEnrolledDevice();
        const user = device.channel({ UserID: 'USER-1', UserShortName: 'jane' });
        await user.tokenUpdate();
        const uuid = randomUUID();
        expect(await host.enqueue(`${device.udid}:USER-1`, uuid, declarativeManagementCommand(uuid))).toStrictEqual({ kind: 'queued' });
        expect(await device.idle()).toBeUndefined();
        expect((await user.idle())?.commandUuid).toBe(uuid);
      });

      it('after NotNow stays, and is offered again with the next request', async () => {
        const device = await newEnrolledDevice();
        const { uuid, xml } = await queueCommand(device);
        expect((await device.idle())?.commandUuid).toBe(uuid);
        expect(await device.report('NotNow', uuid)).toBeUndefined();
        expect(await nextReport(device.udid)).toStrictEqual({ kind: 'CommandReport', status: 'NotNow', commandUuid: uuid });
        expect((await device.idle())?.bytes.toString()).toBe(xml);
        expect(await device.report('Acknowledged', uuid)).toBeUndefined();
        expect(await device.idle()).toBeUndefined();
      });

      it('after NotNow lets another one pass', async () => {
        const device = await newEnrolledDevice();
        const first = await queueCommand(device);
        const second = await queueCommand(device);
        expect((await device.idle())?.commandUuid).toBe(first.uuid);
        expect((await device.report('NotNow', first.uuid))?.commandUuid).toBe(second.uuid);
        expect((await device.report('Acknowledged', second.uuid))?.commandUuid).toBe(first.uuid);
      });

      it.each(['Error', 'CommandFormatError'])('answered with %s is done, and the chain is told', async (status) => {
        const device = await newEnrolledDevice();
        const { uuid } = await queueCommand(device);
        await device.idle();
        const chain = [{ ErrorCode: 12021, ErrorDomain: 'MCMDMErrorDomain', LocalizedDescription: 'unknown' }];
        await device.report(status, uuid, { ErrorChain: chain });
        const errorChain = [{ domain: 'MCMDMErrorDomain', code: 12021, description: 'unknown' }];
        expect(await nextReport(device.udid)).toStrictEqual({ kind: 'CommandReport', status, commandUuid: uuid, errorChain });
        expect(await device.idle()).toBeUndefined();
      });

      it('is taken once: the same CommandUUID is known for ever, for every enrollment', async () => {
        const device = await newEnrolledDevice();
        const other = await newEnrolledDevice();
        const { uuid, xml } = await queueCommand(device);
        expect(await host.enqueue(device.udid, uuid, xml)).toStrictEqual({ kind: 'already-queued' });
        expect((await device.drain()).map(({ commandUuid }) => commandUuid)).toStrictEqual([uuid]);
        expect(await host.enqueue(device.udid, uuid, xml)).toStrictEqual({ kind: 'already-queued' });
        expect(await host.enqueue(other.udid, uuid, xml)).toStrictEqual({ kind: 'already-queued' });
        expect(await device.idle()).toBeUndefined();
        expect(await other.idle()).toBeUndefined();
      });

      it('for an enrollment nobody knows is taken and lost at its Authenticate', async () => {
        const device = await newDevice();
        await queueCommand(device);
        await device.enroll();
        expect(await device.idle()).toBeUndefined();
      });

      it.each([
        ['no property list', 'hello'],
        ['no command', '<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict></dict></plist>'],
      ])('that is %s is refused', async (_name, text) => {
        const device = await newEnrolledDevice();
        expect(await host.enqueue(device.udid, 'x', text)).toMatchObject({
          kind: 'refused',
          message: expect.stringMatching(/^decoding command/),
        });
      });

      it('of a megabyte passes, and so does an answer of three', async () => {
        const device = await newEnrolledDevice();
        const uuid = randomUUID();
        const xml = deviceInformationCommand(uuid, ['x'.repeat(1_000_000)]);
        expect(await host.enqueue(device.udid, uuid, xml)).toStrictEqual({ kind: 'queued' });
        expect((await device.idle())?.bytes.toString() === xml).toBe(true);
        await device.report('Acknowledged', uuid, { QueryResponses: { OSVersion: '15.6', DeviceName: 'y'.repeat(3_000_000) } });
        expect(await nextReport(device.udid)).toMatchObject({ commandUuid: uuid, deviceInformation: { osVersion: '15.6' } });
      });

      it('and its queue are lost when a result comes that nobody waits for (key-value backends)', async () => {
        const device = await newEnrolledDevice();
        await queueCommand(device);
        await device.report('Acknowledged', randomUUID());
        expect(await device.idle()).toBeUndefined();
        // The queue works again for what comes later.
        const { uuid } = await queueCommand(device);
        expect((await device.idle())?.commandUuid).toBe(uuid);
      });
    });

    describe('our credential', () => {
      it('is good', async () => {
        expect(await host.probe()).toStrictEqual({ reachable: true, authorized: true, version: expect.stringMatching(/./) });
      });

      it('is wrong', async () => {
        const device = await newEnrolledDevice();
        const stranger = hostWith('wrong');
        const uuid = randomUUID();
        expect(await stranger.enqueue(device.udid, uuid, securityInfoCommand(uuid))).toStrictEqual({
          kind: 'unauthorized',
          message: 'HTTP 401',
        });
        expect((await stranger.push([device.udid])).errors.get(device.udid)?.kind).toBe('credential');
        expect(await stranger.probe()).toMatchObject({ reachable: true, authorized: false });
        expect(await device.idle()).toBeUndefined();
      });
    });

    describe('pushing without a push certificate', () => {
      it('fails for every enrollment as a matter of the certificate', async () => {
        const device = await newEnrolledDevice();
        const { errors } = await host.push([device.udid]);
        expect(errors.get(device.udid)).toStrictEqual({ kind: 'credential', message: expect.stringContaining('push cert') });
      });

      it('fails for an enrollment nobody knows because nobody knows it', async () => {
        const id = randomUUID();
        expect((await host.push([id])).errors.get(id)).toStrictEqual({ kind: 'unknown-id', message: 'push data missing for id' });
      });

      it('fails for each of both for its own reason', async () => {
        const device = await newEnrolledDevice();
        const id = randomUUID();
        const { errors } = await host.push([device.udid, id]);
        expect([errors.get(device.udid)?.kind, errors.get(id)?.kind]).toStrictEqual(['credential', 'unknown-id']);
      });

      it('leaves a command that was enqueued with it in the queue', async () => {
        const device = await newEnrolledDevice();
        const uuid = randomUUID();
        const response = await fetch(`${running.url}/v1/enqueue/${device.udid}`, {
          method: 'PUT',
          headers: { authorization: `Basic ${Buffer.from(`nanomdm:${keys.apiKey}`).toString('base64')}` },
          body: securityInfoCommand(uuid),
        });
        const body = await response.text();
        expect(response.status).toBe(500);
        expect(classifyEnqueue(response.status, body, uuid)).toStrictEqual({ kind: 'queued' });
        expect((await device.idle())?.commandUuid).toBe(uuid);
      });

      it('of more ids than one call takes says something about each', async () => {
        const ids = Array.from({ length: host.capabilities.pushIdsMax * 2 + 1 }, () => randomUUID());
        const { errors } = await host.push(ids);
        expect([...errors.keys()].sort()).toStrictEqual([...ids].sort());
      });
    });

    describe('declarative management', () => {
      const tokens = '{"SyncTokens":{"DeclarationsToken":"t1","Timestamp":"2026-11-20T00:00:00Z"}}';
      const signed = (body: string, status = 200) => ({
        status,
        body,
        headers: { 'X-Hmac-Signature': sign(Buffer.from(body), keys.dmRecvHmacKey) },
      });

      async function nextDmCall(): Promise<SeenCall> {
        const call = await dm.take(() => true);
        expect(verifySignature(String(call.headers['x-hmac-signature']), call.body, [keys.dmSendHmacKey])).toBe(true);
        return call;
      }

      it.each(['tokens', 'declaration-items', 'declaration/configuration/ratchet.enforcement.0123456789ab'])(
        '%s comes to us, and our bytes to the device',
        async (endpoint) => {
          const device = await newEnrolledDevice();
          dm.answer = () => signed(tokens);
          const answer = await device.declarativeManagement(endpoint);
          expect([answer.status, answer.body.toString()]).toStrictEqual([200, tokens]);
          const call = await nextDmCall();
          expect(call).toMatchObject({
            method: 'GET',
            path: `/ddm/${endpoint}`,
            headers: { 'x-enrollment-id': device.udid, 'x-enrollment-type': 'Device' },
          });
          expect(call.headers['x-enrollment-parentid']).toBeUndefined();
          expect(call.body.length).toBe(0);
          expect(parseEndpoint(call.path.slice('/ddm/'.length))).toBeDefined();
          expect((await nextEvent(device.udid, 'mdm.DeclarativeManagement')).message).toStrictEqual({
            kind: 'DeclarativeManagement',
            endpoint,
          });
        },
      );

      it('of a user channel names the device', async () => {
        const device = await newEnrolledDevice();
        const user = device.channel({ UserID: 'USER-1', UserShortName: 'jane' });
        await user.tokenUpdate();
        dm.answer = () => signed(tokens);
        expect((await user.declarativeManagement('tokens')).status).toBe(200);
        expect((await nextDmCall()).headers).toMatchObject({
          'x-enrollment-id': `${device.udid}:USER-1`,
          'x-enrollment-type': 'User',
          'x-enrollment-parentid': device.udid,
        });
      });

      it.each([
        ['small', '{"StatusItems":{"softwareupdate":{"install-state":"downloading"}},"Errors":[]}'],
        ['of a megabyte', `{"StatusItems":{"x":"${'ä'.repeat(500_000)}"}}`],
      ])('a status report, %s, comes to us and in the webhook as the device wrote it', async (_name, report) => {
        const device = await newEnrolledDevice();
        dm.answer = () => signed('');
        const answer = await device.declarativeManagement('status', report);
        expect([answer.status, answer.body.length]).toStrictEqual([200, 0]);
        const call = await nextDmCall();
        expect(call).toMatchObject({
          method: 'PUT',
          path: '/ddm/status',
          headers: { 'content-type': 'application/json', 'x-enrollment-id': device.udid },
        });
        expect(call.body.toString() === report).toBe(true);
        const { message } = await nextEvent(device.udid, 'mdm.DeclarativeManagement');
        expect(message.kind === 'DeclarativeManagement' && message.data === report).toBe(true);
      });

      it.each<[string, () => { status: number; body?: string; headers?: Record<string, string> }]>([
        ['without a signature', () => ({ status: 200, body: tokens })],
        ['with a signature of another body', () => ({ ...signed('{}'), body: tokens })],
        [
          'with a signature of the other key',
          () => ({ status: 200, body: tokens, headers: { 'X-Hmac-Signature': sign(Buffer.from(tokens), keys.dmSendHmacKey) } }),
        ],
        ['with 404', () => signed('not here', 404)],
        ['with 500', () => signed('', 500)],
        ['with 204', () => signed('', 204)],
      ])('that we answer %s reaches the device as 500, and the event comes', async (_name, answer) => {
        const device = await newEnrolledDevice();
        dm.answer = answer;
        expect((await device.declarativeManagement('tokens')).status).toBe(500);
        await nextDmCall();
        expect((await nextEvent(device.udid, 'mdm.DeclarativeManagement')).message).toMatchObject({ endpoint: 'tokens' });
      });

      it.each([
        ['../v1/policies', '/v1/policies'],
        ['/webhook', '/webhook'],
        ['tokens?x=y', '/ddm/tokens?x=y'],
        ['declaration/configuration/a%2Fb', '/ddm/declaration/configuration/a%2Fb'],
      ])('lets the device choose the path: %s', async (endpoint, path) => {
        const device = await newEnrolledDevice();
        dm.answer = () => signed('');
        await device.declarativeManagement(endpoint);
        const call = await nextDmCall();
        expect(call.path).toBe(path);
        expect(parseEndpoint(path.replace('/ddm', ''))).toBeUndefined();
      });
    });
  });
}

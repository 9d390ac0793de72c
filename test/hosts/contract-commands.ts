import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { classifyEnqueue } from '../../src/hosts/nanomdm/enqueue-answer.ts';
import { declarativeManagementCommand, deviceInformationCommand, securityInfoCommand } from '../../src/mdm/commands.ts';
import { type HostBench, keys } from './bench.ts';

/** The queue of commands, the credential of its API, and pushing. */
export function testCommands(bench: HostBench): void {
  describe('a command', () => {
    it('reaches the device with exactly its bytes, and its answer names it', async () => {
      const device = await bench.newEnrolledDevice();
      const uuid = randomUUID();
      const xml = deviceInformationCommand(uuid, ['OSVersion', 'BuildVersion']);
      expect(await bench.host.enqueue(device.udid, uuid, xml)).toStrictEqual({ kind: 'queued' });
      const command = await device.idle();
      expect(command?.bytes.toString()).toBe(xml);
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

    it('for a user channel stays in it', async () => {
      const device = await bench.newEnrolledDevice();
      const user = device.channel({ UserID: 'USER-1', UserShortName: 'jane' });
      await user.tokenUpdate();
      const uuid = randomUUID();
      expect(await bench.host.enqueue(`${device.udid}:USER-1`, uuid, declarativeManagementCommand(uuid))).toStrictEqual({ kind: 'queued' });
      expect(await device.idle()).toBeUndefined();
      expect((await user.idle())?.commandUuid).toBe(uuid);
    });

    it('after NotNow stays, and is offered again with the next request', async () => {
      const device = await bench.newEnrolledDevice();
      const { uuid, xml } = await bench.queueCommand(device);
      expect((await device.idle())?.commandUuid).toBe(uuid);
      expect(await device.report('NotNow', uuid)).toBeUndefined();
      expect(await bench.nextReport(device.udid)).toStrictEqual({ kind: 'CommandReport', status: 'NotNow', commandUuid: uuid });
      expect((await device.idle())?.bytes.toString()).toBe(xml);
      expect(await device.report('Acknowledged', uuid)).toBeUndefined();
      expect(await device.idle()).toBeUndefined();
    });

    it('after NotNow lets another one pass', async () => {
      const device = await bench.newEnrolledDevice();
      const first = await bench.queueCommand(device);
      const second = await bench.queueCommand(device);
      expect((await device.idle())?.commandUuid).toBe(first.uuid);
      expect((await device.report('NotNow', first.uuid))?.commandUuid).toBe(second.uuid);
      expect((await device.report('Acknowledged', second.uuid))?.commandUuid).toBe(first.uuid);
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

    it('is taken once: the same CommandUUID is known for ever, for every enrollment', async () => {
      const device = await bench.newEnrolledDevice();
      const other = await bench.newEnrolledDevice();
      const { uuid, xml } = await bench.queueCommand(device);
      expect(await bench.host.enqueue(device.udid, uuid, xml)).toStrictEqual({ kind: 'already-queued' });
      expect((await device.drain()).map(({ commandUuid }) => commandUuid)).toStrictEqual([uuid]);
      expect(await bench.host.enqueue(device.udid, uuid, xml)).toStrictEqual({ kind: 'already-queued' });
      expect(await bench.host.enqueue(other.udid, uuid, xml)).toStrictEqual({ kind: 'already-queued' });
      expect(await device.idle()).toBeUndefined();
      expect(await other.idle()).toBeUndefined();
    });

    it('for an enrollment nobody knows is taken and lost at its Authenticate', async () => {
      const device = await bench.newDevice();
      await bench.queueCommand(device);
      await device.enroll();
      expect(await device.idle()).toBeUndefined();
    });

    it.each([
      ['no property list', 'hello'],
      ['no command', '<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict></dict></plist>'],
    ])('that is %s is refused', async (_name, text) => {
      const device = await bench.newEnrolledDevice();
      expect(await bench.host.enqueue(device.udid, 'x', text)).toMatchObject({
        kind: 'refused',
        message: expect.stringMatching(/^decoding command/),
      });
    });

    it('of a megabyte passes, and so does an answer of three', async () => {
      const device = await bench.newEnrolledDevice();
      const uuid = randomUUID();
      const xml = deviceInformationCommand(uuid, ['x'.repeat(1_000_000)]);
      expect(await bench.host.enqueue(device.udid, uuid, xml)).toStrictEqual({ kind: 'queued' });
      expect((await device.idle())?.bytes.toString() === xml).toBe(true);
      await device.report('Acknowledged', uuid, { QueryResponses: { OSVersion: '15.6', DeviceName: 'y'.repeat(3_000_000) } });
      expect(await bench.nextReport(device.udid)).toMatchObject({ commandUuid: uuid, deviceInformation: { osVersion: '15.6' } });
    });

    it('and its queue are lost when a result comes that nobody waits for (key-value backends)', async () => {
      const device = await bench.newEnrolledDevice();
      await bench.queueCommand(device);
      await device.report('Acknowledged', randomUUID());
      expect(await device.idle()).toBeUndefined();
      // The queue works again for what comes later.
      const { uuid } = await bench.queueCommand(device);
      expect((await device.idle())?.commandUuid).toBe(uuid);
    });

    it('and its queue are lost when a device answers another one twice, also what it was handed over (key-value backends)', async () => {
      const device = await bench.newEnrolledDevice();
      const first = await bench.queueCommand(device);
      const second = await bench.queueCommand(device);
      await device.idle();
      expect((await device.report('Acknowledged', first.uuid))?.commandUuid).toBe(second.uuid);
      expect(await device.report('Acknowledged', first.uuid)).toBeUndefined();
      expect(await device.idle()).toBeUndefined();
    });

    it('behind one that waits after NotNow is handed out again, and its second answer takes that one with it (key-value backends)', async () => {
      const device = await bench.newEnrolledDevice();
      const waiting = await bench.queueCommand(device);
      await device.idle();
      await device.report('NotNow', waiting.uuid);
      const { uuid } = await bench.queueCommand(device);
      expect((await device.idle())?.commandUuid).toBe(waiting.uuid);
      expect((await device.report('NotNow', waiting.uuid))?.commandUuid).toBe(uuid);
      expect((await device.report('Acknowledged', uuid))?.commandUuid).toBe(waiting.uuid);
      expect((await device.report('NotNow', waiting.uuid))?.commandUuid, 'answered already').toBe(uuid);
      expect(await device.report('Acknowledged', uuid)).toBeUndefined();
      expect(await device.idle(), 'lost with it').toBeUndefined();
    });

    it('queued behind that takes its place, and comes again itself when the waiting one was answered (key-value backends)', async () => {
      const device = await bench.newEnrolledDevice();
      const waiting = await bench.queueCommand(device);
      const { uuid } = await bench.queueCommand(device);
      await device.idle();
      expect((await device.report('NotNow', waiting.uuid))?.commandUuid).toBe(uuid);
      await device.report('Acknowledged', uuid);
      const third = await bench.queueCommand(device);
      expect((await device.report('NotNow', waiting.uuid))?.commandUuid).toBe(third.uuid);
      expect((await device.report('Acknowledged', third.uuid))?.commandUuid).toBe(waiting.uuid);
      expect((await device.report('Acknowledged', waiting.uuid))?.commandUuid, 'answered already').toBe(third.uuid);
      expect(await device.report('Acknowledged', third.uuid)).toBeUndefined();
    });

    it('that a device took and never answered is offered again, byte for byte', async () => {
      const device = await bench.newEnrolledDevice();
      const { uuid, xml } = await bench.queueCommand(device);
      expect((await device.idle())?.commandUuid).toBe(uuid);
      expect(await device.report('NotNow', uuid)).toBeUndefined();
      expect((await device.idle())?.bytes.toString()).toBe(xml);
      expect((await device.idle())?.bytes.toString()).toBe(xml);
    });
  });

  describe('our credential', () => {
    it('is good', async () => {
      expect(await bench.host.probe()).toStrictEqual({ reachable: true, authorized: true, version: expect.stringMatching(/./) });
    });

    it('is wrong', async () => {
      const device = await bench.newEnrolledDevice();
      const stranger = bench.hostWith('wrong');
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
      const device = await bench.newEnrolledDevice();
      const { errors } = await bench.host.push([device.udid]);
      expect(errors.get(device.udid)).toStrictEqual({ kind: 'credential', message: expect.stringContaining('push cert') });
    });

    it('fails for an enrollment nobody knows because nobody knows it', async () => {
      const id = randomUUID();
      expect((await bench.host.push([id])).errors.get(id)).toStrictEqual({ kind: 'unknown-id', message: 'push data missing for id' });
    });

    it('fails for each of both for its own reason', async () => {
      const device = await bench.newEnrolledDevice();
      const id = randomUUID();
      const { errors } = await bench.host.push([device.udid, id]);
      expect([errors.get(device.udid)?.kind, errors.get(id)?.kind]).toStrictEqual(['credential', 'unknown-id']);
    });

    it('leaves a command that was enqueued with it in the queue', async () => {
      const device = await bench.newEnrolledDevice();
      const uuid = randomUUID();
      const [path, user] = bench.name === 'nanohub' ? ['api/v1/nanomdm', 'nanohub'] : ['v1', 'nanomdm'];
      const response = await fetch(`${bench.url}/${path}/enqueue/${device.udid}`, {
        method: 'PUT',
        headers: { authorization: `Basic ${Buffer.from(`${user}:${keys.apiKey}`).toString('base64')}` },
        body: securityInfoCommand(uuid),
      });
      const body = await response.text();
      expect(response.status).toBe(500);
      expect(classifyEnqueue(response.status, body, uuid)).toStrictEqual({ kind: 'queued' });
      expect((await device.idle())?.commandUuid).toBe(uuid);
    });

    it('of more ids than one call takes says something about each', async () => {
      const ids = Array.from({ length: bench.host.capabilities.pushIdsMax * 2 + 1 }, () => randomUUID());
      const { errors } = await bench.host.push(ids);
      expect([...errors.keys()].sort()).toStrictEqual([...ids].sort());
    });
  });
}

import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { HostBench } from './bench.ts';
import { createScriptedDevice } from './scripted-device.ts';

/** How devices come and go, and what the webhook says of it. */
export function testEnrolling(bench: HostBench): void {
  describe('enrolling', () => {
    it('is told by two events with ids, hardware and tally', async () => {
      const device = await bench.newEnrolledDevice();
      const enrollment = { id: device.udid, type: 'Device' };
      const authenticate = await bench.nextEvent(device.udid, 'mdm.Authenticate');
      expect(authenticate).toStrictEqual({
        kind: 'event',
        topic: 'mdm.Authenticate',
        enrollment,
        createdAt: expect.any(Number),
        ...bench.eventId,
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
      expect(tokenUpdate).toMatchObject({ enrollment, tokenUpdateTally: 1, message: { kind: 'TokenUpdate' } });
      if ('eventId' in bench.eventId) expect(tokenUpdate.eventId).not.toBe(authenticate.eventId);
    });

    it('counts further token updates, each channel for itself', async () => {
      const device = await bench.newEnrolledDevice();
      await bench.nextEvent(device.udid, 'mdm.TokenUpdate');
      await device.tokenUpdate();
      expect((await bench.nextEvent(device.udid, 'mdm.TokenUpdate')).tokenUpdateTally).toBe(2);
      const user = device.channel({ UserID: 'USER-1', UserShortName: 'jane' });
      expect((await user.tokenUpdate()).status).toBe(200);
      expect(await bench.nextEvent(`${device.udid}:USER-1`, 'mdm.TokenUpdate')).toMatchObject({
        enrollment: { id: `${device.udid}:USER-1`, parentId: device.udid, type: 'User' },
        tokenUpdateTally: 1,
      });
    });

    it('of a user of a Shared iPad has the short name in its id', async () => {
      const device = await bench.newEnrolledDevice();
      await device.channel({ UserID: 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF', UserShortName: 'jane@example.com' }).tokenUpdate();
      const id = `${device.udid}:jane@example.com`;
      expect((await bench.nextEvent(id, 'mdm.TokenUpdate')).enrollment).toStrictEqual({ id, parentId: device.udid, type: 'Shared iPad' });
    });

    it('by a person has an EnrollmentID and no UDID', async () => {
      const id = `EID-${randomUUID()}`;
      const device = await bench.newDevice({ EnrollmentID: id });
      await device.enroll();
      expect((await bench.nextEvent(id, 'mdm.TokenUpdate')).enrollment).toStrictEqual({ id, type: 'User Enrollment (Device)' });
      await device.channel({ EnrollmentUserID: 'EU-1' }).tokenUpdate();
      expect((await bench.nextEvent(`${id}:EU-1`, 'mdm.TokenUpdate')).enrollment).toStrictEqual({
        id: `${id}:EU-1`,
        parentId: id,
        type: 'User Enrollment',
      });
    });

    it('again clears the queue, resets the tally, and leaves used CommandUUIDs used', async () => {
      const device = await bench.newEnrolledDevice();
      await device.tokenUpdate();
      const { uuid, xml } = await bench.queueCommand(device);
      await device.enroll();
      expect(await device.idle()).toBeUndefined();
      const tallies = [];
      for (let count = 0; count < 3; count++) tallies.push((await bench.nextEvent(device.udid, 'mdm.TokenUpdate')).tokenUpdateTally);
      expect(tallies.sort()).toStrictEqual([1, 1, 2]);
      expect(await bench.host.enqueue(device.udid, uuid, xml)).toStrictEqual({ kind: 'already-queued' });
      expect(await device.idle()).toBeUndefined();
    });

    it('needs a certificate, and one that is no other device’s', async () => {
      const device = await bench.newEnrolledDevice();
      const other = await bench.newDevice();
      const stranger = createScriptedDevice({ mdmUrl: `${bench.url}/mdm`, udid: other.udid, certificate: undefined });
      expect((await stranger.authenticate()).status).toBe(400);
      const impostor = createScriptedDevice({
        mdmUrl: `${bench.url}/mdm`,
        udid: other.udid,
        certificate: await bench.certificate(device.udid),
      });
      expect((await impostor.authenticate()).status).toBe(500);
      expect((await other.tokenUpdate()).status).toBe(500);
    });

    it('ends with CheckOut, which the queue survives', async () => {
      const device = await bench.newEnrolledDevice();
      const { uuid } = await bench.queueCommand(device);
      expect((await device.checkOut()).status).toBe(200);
      expect((await bench.nextEvent(device.udid, 'mdm.CheckOut')).message).toStrictEqual({ kind: 'CheckOut' });
      expect((await device.idle())?.commandUuid).toBe(uuid);
    });
  });

  describe('other check-ins', () => {
    it('a bootstrap token is escrowed and deleted, and its event never shows it', async () => {
      const device = await bench.newEnrolledDevice();
      await device.checkIn('SetBootstrapToken', { BootstrapToken: new TextEncoder().encode('very secret') });
      const event = await bench.nextEvent(device.udid, 'mdm.SetBootstrapToken');
      expect(event.message).toStrictEqual({ kind: 'SetBootstrapToken', escrowed: true });
      expect(JSON.stringify(event)).not.toContain(Buffer.from('very secret').toString('base64'));
      const given = await device.checkIn('GetBootstrapToken');
      expect(given.body.toString()).toContain(Buffer.from('very secret').toString('base64'));
      await device.checkIn('SetBootstrapToken');
      expect((await bench.nextEvent(device.udid, 'mdm.SetBootstrapToken')).message).toStrictEqual({
        kind: 'SetBootstrapToken',
        escrowed: false,
      });
    });

    it.each([
      ['UserAuthenticate', { UserID: 'USER-1' }, ':USER-1', 410],
      ['GetToken', { TokenServiceType: 'com.apple.maid' }, '', 500],
    ])('%s is answered so, with an event all the same', async (messageType, further, suffix, status) => {
      const device = await bench.newEnrolledDevice();
      expect((await device.checkIn(messageType, further)).status).toBe(status);
      expect((await bench.nextEvent(device.udid + suffix, `mdm.${messageType}`)).message).toStrictEqual({ kind: messageType });
    });

    it('of an unknown type is refused', async () => {
      const device = await bench.newEnrolledDevice();
      expect((await device.checkIn('Nonsense')).status).toBe(400);
    });

    it('is answered whatever the webhook says', async () => {
      const device = await bench.newEnrolledDevice();
      bench.webhook.answer = () => ({ status: 500 });
      expect(await device.idle()).toBeUndefined();
      expect((await bench.nextEvent(device.udid, 'mdm.Connect')).message).toStrictEqual({ kind: 'CommandReport', status: 'Idle' });
    });
  });
}

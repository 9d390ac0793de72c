import { describe, expect, it } from 'vitest';
import { parseEndpoint } from '../../src/ddm/endpoint.ts';
import { sign } from '../../src/hosts/body-signature.ts';
import { type HostBench, keys } from './bench.ts';

/** What a server does with a device's declarative management requests, and with our answers to them. */
export function testDeclarativeManagement(bench: HostBench): void {
  describe('declarative management', () => {
    const tokens = '{"SyncTokens":{"DeclarationsToken":"t1","Timestamp":"2026-11-20T00:00:00Z"}}';
    const signed = (body: string, status = 200) => ({
      status,
      body,
      headers: { 'X-Hmac-Signature': sign(Buffer.from(body), keys.dmRecvHmacKey) },
    });

    it.each(['tokens', 'declaration-items', 'declaration/configuration/ratchet.enforcement.0123456789ab'])(
      '%s comes to us, and our bytes to the device',
      async (endpoint) => {
        const device = await bench.newEnrolledDevice();
        bench.dm.answer = () => signed(tokens);
        const answer = await device.declarativeManagement(endpoint);
        expect([answer.status, answer.body.toString()]).toStrictEqual([200, tokens]);
        const call = await bench.nextDmCall();
        expect(call).toMatchObject({
          method: 'GET',
          path: `/ddm/${endpoint}`,
          headers: { 'x-enrollment-id': device.udid, 'x-enrollment-type': 'Device' },
        });
        expect(call.headers['x-enrollment-parentid']).toBeUndefined();
        expect(call.body.length).toBe(0);
        expect(parseEndpoint(call.path.slice('/ddm/'.length))).toBeDefined();
        expect((await bench.nextEvent(device.udid, 'mdm.DeclarativeManagement')).message).toStrictEqual({
          kind: 'DeclarativeManagement',
          endpoint,
        });
      },
    );

    it('of a user channel names the device', async () => {
      const device = await bench.newEnrolledDevice();
      const user = device.channel({ UserID: 'USER-1', UserShortName: 'jane' });
      await user.tokenUpdate();
      bench.dm.answer = () => signed(tokens);
      expect((await user.declarativeManagement('tokens')).status).toBe(200);
      expect((await bench.nextDmCall()).headers).toMatchObject({
        'x-enrollment-id': `${device.udid}:USER-1`,
        'x-enrollment-type': 'User',
        'x-enrollment-parentid': device.udid,
      });
    });

    it.each([
      ['small', '{"StatusItems":{"softwareupdate":{"install-state":"downloading"}},"Errors":[]}'],
      ['of a megabyte', `{"StatusItems":{"x":"${'ä'.repeat(500_000)}"}}`],
    ])('a status report, %s, comes to us and in the webhook as the device wrote it', async (_name, report) => {
      const device = await bench.newEnrolledDevice();
      bench.dm.answer = () => signed('');
      const answer = await device.declarativeManagement('status', report);
      expect([answer.status, answer.body.length]).toStrictEqual([200, 0]);
      const call = await bench.nextDmCall();
      expect(call).toMatchObject({
        method: 'PUT',
        path: '/ddm/status',
        headers: { 'content-type': 'application/json', 'x-enrollment-id': device.udid },
      });
      expect(call.body.toString() === report).toBe(true);
      const { message } = await bench.nextEvent(device.udid, 'mdm.DeclarativeManagement');
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
      const device = await bench.newEnrolledDevice();
      bench.dm.answer = answer;
      expect((await device.declarativeManagement('tokens')).status).toBe(500);
      await bench.nextDmCall();
      expect((await bench.nextEvent(device.udid, 'mdm.DeclarativeManagement')).message).toMatchObject({ endpoint: 'tokens' });
    });

    it.each([
      ['../v1/policies', '/v1/policies'],
      ['/webhook', '/webhook'],
      ['tokens?x=y', '/ddm/tokens?x=y'],
      ['declaration/configuration/a%2Fb', '/ddm/declaration/configuration/a%2Fb'],
    ])('lets the device choose the path: %s', async (endpoint, path) => {
      const device = await bench.newEnrolledDevice();
      bench.dm.answer = () => signed('');
      await device.declarativeManagement(endpoint);
      const call = await bench.nextDmCall();
      expect(call.path).toBe(path);
      expect(parseEndpoint(path.replace('/ddm', ''))).toBeUndefined();
    });
  });
}

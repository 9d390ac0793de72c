import { expect, it } from 'vitest';
import { listen } from '../../src/sim/listen.ts';
import { createSimNanoMdm } from '../../src/sim/nanomdm-host.ts';
import { createPrng } from '../../src/sim/prng.ts';

it('serves a host on a loopback port, bytes and headers as they are', async () => {
  const host = createSimNanoMdm({
    now: () => 0,
    random: createPrng('l').next,
    apiKey: 'k',
    fetch: () => Promise.reject(new Error('nobody')),
  });
  const server = await listen(host.handle);
  try {
    expect(await (await fetch(`${server.url}/version`)).json()).toEqual({ version: 'v0.9.0' });
    const body =
      '<plist version="1.0"><dict><key>MessageType</key><string>Authenticate</string><key>UDID</key><string>Ü</string></dict></plist>';
    const headers = { 'X-Client-Cert': 'c', 'Content-Type': 'application/x-apple-aspen-mdm-checkin' };
    expect((await fetch(`${server.url}/mdm`, { method: 'PUT', headers, body })).status).toBe(200);
    expect(host.store.enrollments.has('Ü')).toBe(true);
    const refused = await fetch(`${server.url}/v1/push/x`);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="nanomdm"']);
  } finally {
    await server.close();
  }
});

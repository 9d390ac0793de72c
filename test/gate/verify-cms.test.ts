import { createHash, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { APPLE_ROOT_CA } from '../../src/feeds/gdmf/apple-root-ca.ts';
import { APPLE_DEVICE_CA } from '../../src/gate/cms/chain.ts';
import { createVerifyCms } from '../../src/gate/cms/verify-cms.ts';
import { SIGNED_BYTES_MAX } from '../../src/gate/verify-device.ts';
import { createPrng } from '../../src/sim/prng.ts';
import { type Authority, createAuthority } from '../feeds/certificates.ts';
import { signCms } from '../live/cms.ts';
import { createTestDevices, derOf } from './signed-by.ts';

const CONTENT = '<plist version="1.0"><dict><key>SERIAL</key><string>C02LAB0001</string></dict></plist>';
const devices = createTestDevices();
const verify = createVerifyCms([{ root: devices.root }]);

function problemOf(answer: Awaited<ReturnType<typeof verify>>): string {
  return answer.ok ? 'it is believed' : answer.problem;
}

describe('what a device signed', () => {
  it('is believed, and read, when its chain ends in the root, though every certificate below has run out', async () => {
    const answer = await verify(devices.sign(CONTENT));
    expect(answer).toMatchObject({ ok: true });
    expect(answer.ok && Buffer.from(answer.content).toString()).toBe(CONTENT);
  });

  it('is believed without the root in it, and not without an authority between', async () => {
    expect(await verify(devices.sign(CONTENT, { chain: devices.chain.slice(0, 2) }))).toMatchObject({ ok: true });
    expect(problemOf(await verify(devices.sign(CONTENT, { chain: devices.chain.slice(0, 1) })))).toBe(
      'it is not signed by a device of Apple',
    );
    expect(problemOf(await verify(devices.sign(CONTENT, { chain: [] })))).toBe('it is not signed by a device of Apple');
  });

  it('is not believed under another root, also one of the same name', async () => {
    const others = createTestDevices('Test Root');
    expect(problemOf(await verify(others.sign(CONTENT)))).toBe('it is not signed by a device of Apple');
    expect(await createVerifyCms([{ root: others.root }])(others.sign(CONTENT))).toMatchObject({ ok: true });
  });

  it('is not believed when a device signed as if it were an authority', async () => {
    const root = createAuthority('Root');
    const signedBelow = (device: Authority) => {
      const { certificate, key } = device.issue({ hosts: ['device'], key: 'rsa' });
      return signCms(Buffer.from(CONTENT), { certificate: derOf(certificate), key }, { chain: [derOf(device.certificate)] });
    };
    const verifyOurs = createVerifyCms([{ root: root.certificate }]);
    expect(await verifyOurs(signedBelow(root.issueAuthority('Authority')))).toMatchObject({ ok: true });
    const asDevice = signedBelow(root.issueAuthority('Device', { isAuthority: false }));
    expect(problemOf(await verifyOurs(asDevice))).toBe('it is not signed by a device of Apple');
  });

  it('is not believed under the right root by another of its authorities, as developers and MDM servers are', async () => {
    const root = createAuthority('Root');
    const issuer = 'CN=Device CA';
    const verifyDevices = createVerifyCms([{ root: root.certificate, issuer }]);
    const signedBelow = (authority: Authority, ...above: Authority[]) => {
      const { certificate, key } = authority.issue({ hosts: ['somebody'], key: 'rsa' });
      const chain = [authority, ...above].map((one) => derOf(one.certificate));
      return signCms(Buffer.from(CONTENT), { certificate: derOf(certificate), key }, { chain });
    };
    const middle = root.issueAuthority('Certification Authority');
    const deviceCa = middle.issueAuthority('Device CA');
    expect(await verifyDevices(signedBelow(deviceCa, middle))).toMatchObject({ ok: true });
    const others: [string, Buffer][] = [
      ['a developer', signedBelow(root.issueAuthority('Worldwide Developer Relations'), deviceCa, middle)],
      ['the root itself', signedBelow(root, deviceCa, middle)],
      ['an authority below that of devices', signedBelow(deviceCa.issueAuthority('Below'), deviceCa, middle)],
      ['one of that name under another root', signedBelow(createAuthority('Root').issueAuthority('Device CA'), middle)],
      ['one of that name that signed itself', signedBelow(createAuthority('Device CA'), deviceCa, middle)],
    ];
    for (const [who, signed] of others) expect(problemOf(await verifyDevices(signed)), who).toBe('it is not signed by a device of Apple');
  });

  it('is not believed when another key signed it', async () => {
    const { key } = createTestDevices().signer;
    const signed = signCms(Buffer.from(CONTENT), { ...devices.signer, key }, { chain: devices.chain });
    expect(problemOf(await verify(signed))).toBe('its signature does not fit what it says');
  });

  it('is not believed when its content was altered', async () => {
    const signed = devices.sign(CONTENT);
    const at = signed.indexOf('C02LAB0001');
    signed.write('C02LAB0002', at);
    expect(problemOf(await verify(signed))).toBe('its signature does not fit what it says');
  });

  it('is not believed without the content in it', async () => {
    expect(problemOf(await verify(devices.sign(CONTENT, { isDetached: true })))).toBe('what was signed is not in it');
  });

  it('is not believed cut off anywhere', async () => {
    const signed = devices.sign(CONTENT);
    for (let length = 0; length < signed.length; length += 13) {
      const answer = await verify(signed.subarray(0, length));
      expect(answer.ok, `cut at ${length}`).toBe(false);
    }
  });

  it('is not believed with a byte changed, unless nothing of what was signed is in that byte', async () => {
    const signed = devices.sign(CONTENT);
    for (let at = 0; at < signed.length; at += 29) {
      const changed = Buffer.from(signed);
      changed[at] = (changed[at] as number) ^ 0x41;
      const answer = await verify(changed);
      if (answer.ok) expect(Buffer.from(answer.content).toString(), `byte ${at}`).toBe(CONTENT);
    }
  });

  it('is refused by its size before it is looked at: 5 MB of rubbish', async () => {
    const rubbish = Buffer.alloc(5 * 1024 * 1024, 0x30);
    expect(problemOf(await verify(rubbish))).toBe(`it has ${rubbish.length} bytes, more than ${SIGNED_BYTES_MAX}`);
  });

  it('is refused when it is random, nested without end, or nothing', async () => {
    const prng = createPrng('gate rubbish');
    for (let run = 0; run < 200; run += 1) {
      const bytes = Buffer.from(Array.from({ length: run * 7 }, () => Math.floor(prng.next() * 256)));
      expect((await verify(bytes)).ok).toBe(false);
    }
    const nested = Buffer.from(Array.from({ length: SIGNED_BYTES_MAX }, (_, at) => (at % 2 === 0 ? 0x30 : 0x80)));
    expect((await verify(nested)).ok).toBe(false);
    expect((await verify(new Uint8Array())).ok).toBe(false);
  });
});

const sample = join(import.meta.dirname, '../../../shared/data/machineinfo/zentral.ota-phase2.VirtualMac2,1.cms');
const isThere = existsSync(sample);
if (!isThere) console.warn("What a Mac of Apple's signed is not verified: ../shared/data/machineinfo is absent.");

describe("Apple's own", () => {
  it('root is the one that Apple names', () => {
    expect(createHash('sha256').update(new X509Certificate(APPLE_ROOT_CA).raw).digest('hex').toUpperCase()).toBe(
      'B0B1730ECBC7FF4505142C49F1295E6EDA6BCAED7E2C68C5BE91B5A11001F024',
    );
  });

  it.skipIf(!isThere)('devices are believed: the genuine sample, and not when it is altered (needs ../shared/data)', async () => {
    const verifyApple = createVerifyCms([{ root: APPLE_ROOT_CA, issuer: APPLE_DEVICE_CA }]);
    const genuine = readFileSync(sample);
    const answer = await verifyApple(genuine);
    expect(answer.ok && Buffer.from(answer.content).toString()).toContain('<string>VirtualMac2,1</string>');
    expect(problemOf(await verify(genuine))).toBe('it is not signed by a device of Apple');
    const altered = Buffer.from(genuine);
    altered.write('VirtualMac3,1', altered.indexOf('VirtualMac2,1'));
    expect(problemOf(await verifyApple(altered))).toBe('its signature does not fit what it says');
  });
});

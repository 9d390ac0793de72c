import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createVerifyCms } from '../../src/gate/cms/verify-cms.ts';
import { createHttpEnrollServer } from '../../src/gate/http/http-enroll-server.ts';
import { listen } from '../../src/runtime/listen.ts';
import { policy } from '../decide/builders.ts';
import { lookupAnswer } from '../e2e/releases.ts';
import { api, createSite, freePorts, type Serving, type Site } from '../process/ratchet-process.ts';
import { ROOT } from '../tidy/files.ts';
import { createWebBench, type WebBench } from '../web/bench.ts';
import { machineInfoPlist } from './builders.ts';
import { NGINX, NO_NGINX, SITE, startNginx } from './nginx.ts';
import { createTestDevices } from './signed-by.ts';

/** The site of examples/gate in front of the gate, with everything over real connections: nobody who can enroll is ever kept from it. */

if (NGINX === undefined) console.warn(NO_NGINX);

const devices = createTestDevices();
const PHONE = { SERIAL: 'C02LAB0001', PRODUCT: 'iPhone15,2', VERSION: '23F79', MDM_CAN_REQUEST_SOFTWARE_UPDATE: true };
const BEHIND = devices.sign(machineInfoPlist({ ...PHONE, OS_VERSION: '26.5' }));
const UPDATED = devices.sign(machineInfoPlist({ ...PHONE, OS_VERSION: '26.6.1' }));

/** The MDM server: it tells what it was asked. */
let theirs: Server;
let asked: string[];
let ports: { site: number; gate: number; server: number };
let endNginx: (() => Promise<void>) | undefined;

const post = (body: Buffer, path = '/mdm/enroll?site=berlin', port = ports.site) =>
  fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    body: new Uint8Array(body),
    headers: { 'Content-Type': 'application/pkcs7-signature' },
  });

beforeAll(async () => {
  if (NGINX === undefined) return;
  theirs = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked.push(`${request.method} ${request.url} ${Buffer.concat(chunks).length} ${request.headers.via ?? 'not by the gate'}`);
      response.writeHead(200, { 'Content-Type': 'application/x-apple-aspen-config' }).end('profile');
    });
  });
  await new Promise<void>((resolve) => theirs.listen(0, '127.0.0.1', resolve));
  const [site = 0, gate = 0] = await freePorts(2);
  ports = { site, gate, server: (theirs.address() as AddressInfo).port };
  endNginx = await startNginx(ports);
});
afterAll(async () => {
  await endNginx?.();
  theirs?.closeAllConnections();
  theirs?.close();
});

describe.skipIf(NGINX === undefined)('the proxy of examples/gate (needs nginx)', () => {
  let bench: WebBench | undefined;
  let gate: Server | undefined;
  let site: Site | undefined;
  let ratchet: Serving | undefined;

  async function openGate(): Promise<void> {
    const server = createHttpEnrollServer({ url: `http://127.0.0.1:${ports.server}/mdm/enroll` });
    bench = await createWebBench({
      policies: { policies: [policy({ enrollmentMinimum: '26.6' })] },
      gate: { verify: createVerifyCms([{ root: devices.root }]), server },
    });
    const { ratchet } = bench;
    gate = await listen({ host: '127.0.0.1', port: ports.gate }, (request) => ratchet.fetchPublic(request));
  }

  async function closeGate(): Promise<void> {
    gate?.closeAllConnections();
    await new Promise((resolve) => (gate === undefined ? resolve(undefined) : gate.close(resolve)));
    gate = undefined;
  }

  afterEach(async () => {
    asked = [];
    await closeGate();
    await bench?.close();
    bench = undefined;
    ratchet?.kill('SIGKILL');
    await ratchet?.ended;
    ratchet = undefined;
    site?.dispose();
    site = undefined;
  });

  it('brings the gate’s 403 to the device, and what is passed on to the server and back', async () => {
    asked = [];
    await openGate();
    const away = await post(BEHIND);
    expect([away.status, away.headers.get('content-type')]).toEqual([403, 'application/json']);
    expect(await away.json()).toMatchObject({ details: { OSVersion: '26.6.1' } });
    expect(asked).toEqual([]);
    const passed = await post(UPDATED);
    expect([passed.status, passed.headers.get('content-type'), await passed.text()]).toEqual([
      200,
      'application/x-apple-aspen-config',
      'profile',
    ]);
    expect(asked).toEqual([`POST /mdm/enroll?site=berlin ${UPDATED.length} 1.1 ratchet-gate`]);
  });

  it('takes what the web view says in a header, however long its chain', async () => {
    asked = [];
    await openGate();
    const long = devices.sign(machineInfoPlist({ ...PHONE, OS_VERSION: '26.5', LANGUAGE: 'x'.repeat(14_000) }));
    const answer = await fetch(`http://127.0.0.1:${ports.site}/mdm/enroll`, {
      headers: { 'x-apple-aspen-deviceinfo': long.toString('base64') },
    });
    expect(answer.status).toBe(403);
  });

  it('asks the server itself, with the same body, when the gate is not there', async () => {
    asked = [];
    expect(await (await post(BEHIND)).text()).toBe('profile');
    expect(asked).toEqual([`POST /mdm/enroll?site=berlin ${BEHIND.length} not by the gate`]);
  });

  it('asks the server itself when the gate hangs', async () => {
    asked = [];
    gate = await listen({ host: '127.0.0.1', port: ports.gate }, () => new Promise(() => undefined));
    const [port = 0] = await freePorts(1);
    const end = await startNginx({ ...ports, site: port }, '300ms');
    try {
      expect(await (await post(BEHIND, undefined, port)).text()).toBe('profile');
    } finally {
      await end();
    }
    expect(asked).toEqual([`POST /mdm/enroll?site=berlin ${BEHIND.length} not by the gate`]);
    expect(SITE).toContain('proxy_read_timeout 3s;');
  });

  it.each([404, 500, 503])('asks the server itself when the gate answers %i', async (status) => {
    asked = [];
    gate = await listen({ host: '127.0.0.1', port: ports.gate }, () => new Response('trouble', { status }));
    expect(await (await post(BEHIND)).text()).toBe('profile');
  });

  it('goes past Ratchet when it is killed, and through it before', async () => {
    asked = [];
    const due = 'due: { days: 7, at: "18:00" }';
    site = await createSite({
      yaml: `mode: enforce\ntimeZone: UTC\npolicies:\n  - { name: phones, target: latest, enrollmentMinimum: "26.6", ${due} }\n`,
      releases: lookupAnswer([{ version: '26.6.1', build: '23G80', devices: ['iPhone15,2'] }]),
    });
    const root = join(site.folder, 'root.pem');
    writeFileSync(root, devices.root);
    const behind = `http://127.0.0.1:${ports.server}/mdm/enroll`;
    const flags = ['--listen-public', `127.0.0.1:${ports.gate}`, '--gate-url', behind, '--gate-ca', root];
    ratchet = await site.serve({ flags });
    // The list is read beside the start.
    const { url } = site;
    await vi.waitFor(async () => expect((await api<{ releases: unknown[] }>(url, 'releases')).releases).toHaveLength(1), 20_000);
    expect((await post(BEHIND)).status).toBe(403);
    expect(await (await post(UPDATED)).text()).toBe('profile');
    ratchet.kill('SIGKILL');
    await ratchet.ended;
    expect(await (await post(BEHIND)).text()).toBe('profile');
    expect(asked.map((line) => line.split(' ').slice(3).join(' '))).toEqual(['1.1 ratchet-gate', 'not by the gate']);
    // What it did before is kept.
    const { stdout } = await site.run('gate', '--data', site.data);
    expect(stdout).toMatch(/C02LAB0001 +iPhone15,2 +26\.6\.1 +reached +phones +200/);
    expect(stdout).toMatch(/C02LAB0001 +iPhone15,2 +26\.5 +sent-away: 26\.6\.1 +phones +-/);
  }, 60_000);

  it('has a device of curl and openssl in its lab, who is sent away like a real one', async () => {
    asked = [];
    const folder = mkdtempSync(join(tmpdir(), 'ratchet-gate-lab-'));
    try {
      const server = createHttpEnrollServer({ url: `http://127.0.0.1:${ports.server}/mdm/enroll` });
      const device = (...args: string[]) =>
        promisify(execFile)('bash', [join(ROOT, 'examples/gate/device.sh'), ...args], {
          cwd: folder,
          env: { ...process.env, ENROLL_URL: `http://127.0.0.1:${ports.site}/mdm/enroll` },
        });
      await device('certificates');
      bench = await createWebBench({
        policies: { policies: [policy({ enrollmentMinimum: '26.6' })] },
        gate: { verify: createVerifyCms([{ root: readFileSync(join(folder, 'lab-ca.pem'), 'utf8') }]), server },
      });
      const { ratchet: house } = bench;
      gate = await listen({ host: '127.0.0.1', port: ports.gate }, (request) => house.fetchPublic(request));
      for (const how of ['enroll', 'web']) expect((await device(how, '26.5')).stdout).toContain('"details":{"OSVersion":"26.6.1"}');
      expect((await device('enroll', '26.6.1')).stdout).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*profile$/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('leaves everything else to the server', async () => {
    asked = [];
    await openGate();
    expect(await (await post(BEHIND, '/mdm/checkin')).text()).toBe('profile');
    expect(asked).toEqual([`POST /mdm/checkin ${BEHIND.length} not by the gate`]);
  });
});

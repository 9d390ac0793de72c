import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { WhyAnswer } from '../../src/engine/answers.ts';
import { listen } from '../../src/sim/listen.ts';
import { createSimNanoMdm } from '../../src/sim/nanomdm-host.ts';
import { api, createSite, KEYS, type Serving } from '../process/ratchet-process.ts';
import { ROOT, textOf } from '../tidy/files.ts';

/** docs/quickstart-nanomdm.md, done: its policy, its device of curl and openssl, the real program. */

const FOLDER = join(ROOT, 'examples/nanomdm');
const SERIAL = 'LAB0000001';

if (!areThere('bash', 'curl', 'openssl')) {
  describe.skip('the quickstart', () => {
    it('skipped: this needs bash, curl and openssl', () => undefined);
  });
} else {
  it('the device of the quickstart enrolls, is asked, fetches and arrives', quickstart, 120_000);
}

async function quickstart(): Promise<void> {
  const page = /```yaml\n([\s\S]*?)```/.exec(textOf('docs/quickstart-nanomdm.md'))?.[1] ?? '';
  // The keys come from the environment here, and enforcing begins at once.
  const yaml = page.replace(/^server:\n(^ {2}.*\n)+/m, '').replace('mode: observe', 'mode: enforce');
  const site = await createSite({ yaml, releases: JSON.parse(textOf('examples/nanomdm/lab-releases.json')) });
  const nanomdm = createSimNanoMdm({
    apiKey: KEYS.enqueue,
    webhookUrl: `${site.url}/webhook`,
    webhookHmacKey: KEYS.webhook,
    dmUrl: site.ddmUrl,
    dmSendHmacKey: KEYS.dmRequest,
    dmRecvHmacKey: KEYS.dmResponse,
    now: () => Date.now(),
    random: () => Math.random(),
    certHeader: 'X-Client-Cert',
    hasPushCertificate: false,
    fetch: (url, init) => fetch(url, { ...init, body: init.body as Uint8Array<ArrayBuffer> | undefined }),
  });
  const server = await listen((request) => nanomdm.handle(request));
  let serving: Serving | undefined;
  try {
    serving = await site.serve({ flags: ['--enqueue-url', `${server.url}/v1/enqueue/`] });
    copyFileSync(join(FOLDER, 'device.sh'), join(site.folder, 'device.sh'));
    const device = (...args: string[]) => deviceAt(site.folder, `${server.url}/mdm`, args);
    const why = () => api<WhyAnswer>(site.url, `why/${SERIAL}`);
    // An answered report has been stored, and is folded when the contact is over.
    const reason = async (expected: string) => {
      let answer = await why();
      for (let looks = 0; answer.reason !== expected && looks < 200; looks++) {
        await pause(50);
        answer = await why();
      }
      return answer.reason;
    };

    expect(await device('certificates')).toMatch(/^ca\.pem is for nanomdm -ca/);
    expect(await device('enroll')).toBe(`${SERIAL} is enrolled, runs 18.5 (22F76)\n`);
    await nanomdm.quiet();
    let told = '';
    // The command is queued when its decision is made; the device asks until it is there.
    for (let polls = 0; polls < 200 && !told.includes('fetched: ratchet.enforcement.'); polls++) told += await device('poll');
    expect(told).toContain('command: DeviceInformation\n');
    expect(told).toContain('command: DeclarativeManagement\n');
    expect(told).toContain('fetched: tokens\nfetched: declaration-items\n');
    expect(told).toMatch(
      /fetched: ratchet\.enforcement\.\w+ \{"TargetOSVersion":"18\.6\.2","TargetLocalDateTime":"\d{4}-\d\d-\d\dT18:00:00"\}/,
    );
    expect(await reason('waiting-for-date')).toBe('waiting-for-date');
    expect(await device('install', '18.6.2', '22G100')).toBe('reported: now runs 18.6.2 (22G100)\n');
    expect(await reason('verified')).toBe('verified');
    await expect(device('dance')).rejects.toThrow(/device\.sh enroll/);
  } finally {
    serving?.kill('SIGKILL');
    await serving?.ended;
    await server.close();
    site.dispose();
  }
}

/** What the script prints; rejects with it when it fails. */
function deviceAt(cwd: string, mdmUrl: string, args: string[]): Promise<string> {
  const child = spawn('./device.sh', args, {
    cwd,
    env: { PATH: process.env.PATH ?? '', MDM_URL: mdmUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(output) : reject(new Error(output))));
  });
}

function areThere(...commands: string[]): boolean {
  try {
    for (const command of commands) execFileSync('which', [command], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

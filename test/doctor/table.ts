import { describe, expect, it } from 'vitest';
import type { HostName } from '../../src/hosts/capabilities.ts';
import type { HostSettings } from '../hosts/bench.ts';
import { createDoctorBench, type DoctorBench, type DoctorBenchOptions, KEYS } from './bench.ts';

/**
 * What `ratchet doctor` prints with each link broken in turn, beside a real or a simulated server. First the whole page
 * where nothing is broken; then, for each fault, the lines that are others than there.
 */
export interface Fault {
  broken: string;
  /** How the server is started otherwise than Ratchet expects. */
  server?(right: HostSettings, ratchetsDmUrl: string): Partial<HostSettings>;
  /** ratchet.yaml. */
  policies?: string;
  /** Of serve and doctor. */
  serve?: readonly string[];
  /** Of doctor alone. */
  flags?: readonly string[];
  env?: Record<string, string>;
  /** Before doctor looks; by default a device enrolls and asks for its declarations. */
  happens?(bench: DoctorBench): Promise<void>;
  prints: readonly string[];
}

/** Lines by the link they are of. */
function linesOf(text: string): Map<string, string> {
  const lines = text.split('\n').filter((line) => /^(ok|warning|broken|unknown|skipped) /.test(line));
  return new Map(lines.map((line) => [line.slice(9).split(' ')[0] ?? '', line]));
}

async function deviceCalls(bench: DoctorBench, { isHeard = true, isAsked = true } = {}): Promise<void> {
  await bench.device.enroll();
  if (isHeard) await bench.sees('webhook');
  await bench.device.declarativeManagement('tokens');
  if (isAsked) await bench.sees('declarations');
}

export function testDoctor(
  name: string,
  {
    host,
    healthy,
    faults,
    happens: usually = deviceCalls,
    ...starts
  }: {
    host: HostName;
    healthy: string;
    faults: readonly Fault[];
    happens?(bench: DoctorBench): Promise<void>;
  } & Pick<DoctorBenchOptions, 'startHost' | 'startKmfddm'>,
): void {
  describe(`doctor beside ${name}`, () => {
    it('prints this where everything is wired, and there is no push certificate', async () => {
      const bench = await createDoctorBench({ host, ...starts });
      try {
        await usually(bench);
        expect(await bench.doctor()).toEqual({ code: /^broken/m.test(healthy) ? 1 : 0, text: healthy });
        // What is wrong with doctor's own settings needs no other bench.
        for (const fault of faults.filter(isOfDoctor)) expectLines(await bench.doctor(fault.flags, fault.env), fault);
      } finally {
        await bench.close();
      }
    });

    it.each(faults.filter((fault) => !isOfDoctor(fault)))('$broken', async (fault) => {
      const { server, policies, serve, happens = usually } = fault;
      const bench = await createDoctorBench({
        ...{ host, ...starts },
        ...(server === undefined ? {} : { server }),
        ...(policies === undefined ? {} : { policies }),
        ...(serve === undefined ? {} : { flags: serve }),
      });
      try {
        await happens(bench);
        expectLines(await bench.doctor(fault.flags, fault.env), fault);
      } finally {
        await bench.close();
      }
    });
  });

  const usual = linesOf(healthy);
  function expectLines({ code, text }: { code: number; text: string }, { broken, prints }: Fault): void {
    const others = [...linesOf(text)].filter(([link, line]) => usual.get(link) !== line).map(([, line]) => line);
    expect({ broken, prints: others }).toEqual({ broken, prints });
    expect(code).toBe(/^broken/m.test(text) ? 1 : 0);
    for (const secret of Object.values(KEYS)) expect(text).not.toContain(secret);
  }
}

/** The server and Ratchet are as they should be. */
function isOfDoctor({ server, policies, serve, happens }: Fault): boolean {
  return [server, policies, serve, happens].every((given) => given === undefined);
}

/** A server that can't reach us, or is told a wrong place: nothing is waited for. */
export const unheard = (bench: DoctorBench) => deviceCalls(bench, { isHeard: false });
export const unasked = (bench: DoctorBench) => deviceCalls(bench, { isAsked: false });
/** Another server answers devices, and one comes for what Ratchet keeps there. */
export async function deviceIsAnsweredThere(bench: DoctorBench): Promise<void> {
  await bench.device.enroll();
  await bench.sees('webhook');
  await bench.deviceSynchronizes();
  await bench.sees('kmfddm', 'answersAt');
  // Nobody is to ask us, so that is not shown.
  expect((await bench.system()).links.map(({ name }) => name)).toEqual(['commands', 'pushes', 'webhook', 'kmfddm']);
}
export async function serverIsDown(bench: DoctorBench): Promise<void> {
  await deviceCalls(bench);
  await bench.stopServer();
}
export async function ratchetIsDown(bench: DoctorBench): Promise<void> {
  await deviceCalls(bench);
  await bench.stopRatchet();
}

import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { createHostBench, type MakeHost } from './bench.ts';
import { testCommands } from './contract-commands.ts';
import { testDeclarativeManagement } from './contract-ddm.ts';
import { testEnrolling } from './contract-enrolling.ts';
import { testMicroMdm } from './contract-micromdm.ts';

/**
 * What Ratchet relies on in a NanoMDM, from 0.9 on. It runs against the simulated server always and against real ones
 * when there are some: a difference is a defect of the simulation.
 */
export function testHostContract(name: string, makeHost: MakeHost): void {
  describe(name, () => {
    const bench = createHostBench(makeHost);
    beforeAll(() => bench.start(), 60_000);
    afterEach(() => bench.answerAsUsual());
    afterAll(() => bench.stop());

    testEnrolling(bench);
    testCommands(bench);
    testDeclarativeManagement(bench);
  });
}

/** The same of the NanoMDM inside a NanoHUB, 0.2 or later; what it has of declarations is the contract of declaration channels. */
export function testNanoHubContract(name: string, makeHost: MakeHost): void {
  describe(name, () => {
    const bench = createHostBench(makeHost, 'nanohub');
    beforeAll(() => bench.start(), 60_000);
    afterEach(() => bench.answerAsUsual());
    afterAll(() => bench.stop());

    testEnrolling(bench);
    testCommands(bench);
  });
}

/** What Ratchet relies on in a MicroMDM, 1.11 to 1.13. */
export function testMicroMdmContract(name: string, makeHost: MakeHost): void {
  describe(name, () => {
    const bench = createHostBench(makeHost, 'micromdm');
    beforeAll(() => bench.start(), 60_000);
    afterEach(() => bench.answerAsUsual());
    afterAll(() => bench.stop());

    testMicroMdm(bench);
  });
}

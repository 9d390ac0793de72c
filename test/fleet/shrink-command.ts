import { writeFileSync } from 'node:fs';
import { faultsText, type RunCase, type RunSpec } from './run-spec.ts';
import { shrinkRun } from './shrink-run.ts';
import { failureText } from './sim-text.ts';

/** `npm run sim -- --shrink`: tells each step on stderr and writes a case. Answers the exit code: 1 when the run fails at all. */
export async function shrinkCommand(given: RunSpec, out = `${given.seed}.case.json`): Promise<number> {
  const shrunken = await shrinkRun(given, {
    onProgress(spec, runs) {
      const devices = spec.keep?.length ?? spec.devices;
      process.stderr.write(`after ${runs} runs: ${devices} ${devices === 1 ? 'device' : 'devices'}, ${faultsText(spec)}\n`);
    },
  });
  if (shrunken === undefined) {
    process.stderr.write(`seed ${given.seed} does not fail\n`);
    return 0;
  }
  const { spec, failure, runs } = shrunken;
  const why = `${failure.promise === undefined ? '' : `promise ${failure.promise}: `}${failure.name} ${failure.what}`;
  writeFileSync(out, `${JSON.stringify({ why, spec } satisfies RunCase, null, 2)}\n`);
  process.stdout.write(`${failureText(spec.seed, failure)}\n${runs} runs; the case is in ${out}: npm run sim -- --case ${out}\n`);
  return 1;
}

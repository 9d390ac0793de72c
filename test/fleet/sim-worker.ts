import { runOne } from './run-one.ts';
import { RunSpec } from './run-spec.ts';

/** A process that runs one spec after the other as they are sent to it, and answers each with its result. */
process.on('message', async (message) => {
  process.send?.(await runOne(RunSpec.parse(message)));
});

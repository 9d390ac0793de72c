import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { compileProgram } from './compiled.ts';
import { killText, runKills, WHENS } from './kills.ts';

/** What `--json` prints. */
const CrashReport = z.object({
  schema: z.literal('ratchet.crash/1'),
  kills: z.number(),
  seed: z.number(),
  /** Kills by what they met. */
  when: z.record(z.string(), z.number()),
  /** Webhooks and status reports answered 200. */
  answered: z.number(),
  /** Of these, not to be found after a restart. */
  lost: z.number(),
  /** Everything else that was wrong, a sentence each. */
  problems: z.array(z.string()),
  seconds: z.number(),
});

/** `npm run crash`: kill -9 on the real server at moments drawn from a seed. Exit 1 when anything was lost or broken. */
const program = new Command('crash')
  .description('Kills the real server under load, again and again, and looks whether anything it answered 200 is lost.')
  .option('--kills <n>', 'how many', readCount, 200)
  .option('--seed <n>', 'the moments are drawn from it', readCount, 1)
  .option('--control', 'a server that answers before it commits: its losses must be noticed')
  .option('--json', 'print one JSON object (ratchet.crash/1)');
program.parse();
const { kills, seed, control, json } = program.opts<{ kills: number; seed: number; control?: boolean; json?: boolean }>();

const startedAt = Date.now();
const compiled = compileProgram();
try {
  const done = await runKills({
    kills,
    seed,
    program: compiled.program,
    ...(control ? { preload: [new URL('answers-first.mjs', import.meta.url).href] } : {}),
    onKill: (kill) => {
      if (kill.lost.length > 0 || kill.problems.length > 0) process.stderr.write(`${killText(kill)}\n`);
      else if (kill.number % 10 === 0) process.stderr.write(`${kill.number} of ${kills}\n`);
    },
  });
  const report: z.infer<typeof CrashReport> = {
    schema: 'ratchet.crash/1',
    kills: done.length,
    seed,
    when: Object.fromEntries(WHENS.map((when) => [when, done.filter((kill) => kill.when === when).length])),
    answered: done.reduce((sum, { fresh }) => sum + fresh, 0),
    lost: done.reduce((sum, { lost }) => sum + lost.length, 0),
    problems: done.flatMap(({ number, problems }) => problems.map((problem) => `kill ${number}: ${problem}`)),
    seconds: Math.round((Date.now() - startedAt) / 1_000),
  };
  process.stdout.write(
    json
      ? `${JSON.stringify(CrashReport.parse(report))}\n`
      : `${report.kills} kills, ${report.answered} answered, ${report.lost} lost, ${report.problems.length} other problems, ${report.seconds} s (seed ${seed})\n`,
  );
  if (report.lost > 0 || report.problems.length > 0) process.exitCode = 1;
} finally {
  compiled.dispose();
}

function readCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('expected a whole number from 1 on');
  return count;
}

import type { Server } from 'node:http';
import { Command, InvalidArgumentError, Option } from 'commander';
import { listen } from '../../src/runtime/listen.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { createDemoScreen, summary } from './demo-screen.ts';
import { createFleet, type Fleet } from './harness.ts';
import { runFleet, type Standings } from './run.ts';
import { violationText, watch } from './watch.ts';

/**
 * `npm run demo`: Ratchet, a simulated NanoMDM and a simulated fleet in one process on a fast virtual clock, with
 * faults on. Exit 0 only if everyone is where the world expected them before Ratchet started.
 */
interface Flags {
  devices: number;
  seed: string;
  headless: boolean;
  json: boolean;
  keep: boolean;
  listen: { host: string; port: number };
}

const program = new Command('demo')
  .description('A simulated fleet behind a simulated NanoMDM is brought to the required OS, on a fast clock and with faults on.')
  .option('--devices <n>', 'devices', readCount, 60)
  .option('--seed <seed>', 'everything is drawn from it: the same seed, the same run', '1')
  .option('--headless', 'no progress, only the result', false)
  .option('--json', 'print one JSON object at the end (ratchet.demo/1)', false)
  .option('--keep', 'keep serving afterwards, without sign-in, on loopback only', false)
  .addOption(
    new Option('--listen <address>', 'where --keep serves')
      .argParser(readLoopback)
      .default({ host: '127.0.0.1', port: 9006 }, '127.0.0.1:9006'),
  )
  .addHelpText(
    'after',
    '\nExamples:\n  npm run demo\n  npm run demo -- --keep --listen 127.0.0.1:9106\n  npm run demo -- --headless --json --devices 40 --seed 7\n\nExit codes: 0 everyone is where the world expected them, 1 not, 2 wrong input.',
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
program.parse();
const flags = program.opts<Flags>();

const startedAt = process.hrtime.bigint();
const fleet = await createFleet({ seed: flags.seed, devices: flags.devices });
const watched = watch(fleet);
let commands = 0;
let declarations = 0;
fleet.world.onEvent((event) => {
  if (event.kind === 'enqueue' && event.result === 'queued') commands += 1;
  if (event.kind === 'dm' && event.status === 200 && event.enforcement) declarations += 1;
});
const screen = flags.headless ? undefined : createDemoScreen(fleet, process.stderr);
if (screen)
  process.stderr.write(
    `Ratchet and a simulated NanoMDM with ${flags.devices} devices (seed ${flags.seed}). Webhooks get lost, doubled and late; hosts fail; devices sleep.\n\n`,
  );
const standings = await runFleet(fleet, { watch: watched, onProgress: (progress) => screen?.show(progress) });
screen?.end();
const wallSeconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
const days = Math.round((fleet.scheduler.now() - fleet.startedAt) / DAY_MS);
for (const violation of watched.violations) process.stderr.write(`${violationText(flags.seed, violation)}\n`);

if (flags.json) process.stdout.write(`${JSON.stringify(report(standings))}\n`);
else process.stdout.write(summary(fleet, standings, { commands, declarations, violations: watched.count, wallSeconds, days }));
process.exitCode = standings.wrong.length === 0 && standings.verified === standings.eligible && watched.count === 0 ? 0 : 1;
if (flags.keep) await serveUntilStopped(fleet);
await fleet.close();

function report({ eligible, verified, needPerson }: Standings): object {
  return {
    schema: 'ratchet.demo/1',
    devices: flags.devices,
    eligible,
    verified,
    needPerson,
    commands,
    declarations,
    violations: watched.count,
    traceSha256: fleet.world.traceSha256(),
    wallSeconds: Math.round(wallSeconds * 10) / 10,
  };
}

/** The fleet stands still; what Ratchet knows of it can be looked at. */
async function serveUntilStopped(kept: Fleet): Promise<void> {
  const { host, port } = flags.listen;
  let server: Server;
  try {
    server = await listen({ host, port }, (request) => kept.ratchet.fetch(request));
  } catch (error) {
    process.stderr.write(
      `can't listen on ${host}:${port}: ${error instanceof Error ? error.message : String(error)}; another one: --listen\n`,
    );
    process.exitCode = 2;
    return;
  }
  const address = server.address();
  const at = `http://${host.includes(':') ? `[${host}]` : host}:${typeof address === 'object' && address ? address.port : port}`;
  const person =
    standings.wrong[0]?.id ?? kept.world.devices.find((device) => device.expected !== 'verified')?.id ?? kept.world.devices[0]?.id;
  process.stderr.write(
    `Serving on ${at}, without sign-in, until Ctrl-C. Try:\n  curl -s ${at}/api/v1/status\n  curl -s ${at}/api/v1/plan\n  npm run -s ratchet -- plan --server ${at} --api demo\n  npm run -s ratchet -- why ${person} --server ${at} --api demo\n`,
  );
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

function readCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 5_000) throw new InvalidArgumentError('expected a whole number from 1 to 5000');
  return count;
}

/** No sign-in: so nobody but this machine. */
function readLoopback(text: string): { host: string; port: number } {
  const match = /^(127(?:\.\d{1,3}){3}|localhost|\[::1\])?:(\d{1,5})$/.exec(text);
  if (!match || Number(match[2]) > 65_535)
    throw new InvalidArgumentError('the demo serves without sign-in, so loopback only: 127.0.0.1:9006, localhost:9006 or [::1]:9006');
  return { host: (match[1] ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port: Number(match[2]) };
}

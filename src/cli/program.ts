import { Command, CommanderError } from 'commander';
import { registerAlerts } from './alerts.ts';
import { registerApply } from './apply.ts';
import { registerAttempts } from './attempts.ts';
import { registerBackup } from './backup.ts';
import { registerBlackouts } from './blackouts.ts';
import { registerCheck } from './check.ts';
import { registerConfig } from './config.ts';
import { registerDevice } from './device.ts';
import { registerDoctor } from './doctor/doctor.ts';
import type { ExitCode } from './exit-code.ts';
import { registerGate } from './gate.ts';
import { registerImport } from './import.ts';
import { registerInbox } from './inbox.ts';
import { registerLeave } from './leave.ts';
import { registerOperate } from './operate.ts';
import { registerPlan } from './plan.ts';
import { registerReleases } from './releases.ts';
import { registerReplay } from './replay.ts';
import { registerRollout } from './rollout.ts';
import { registerServe } from './serve.ts';
import { registerSeverities } from './severities.ts';
import { registerTags } from './tags.ts';
import { registerToken } from './token.ts';
import { registerVersion } from './version.ts';
import { registerWhy } from './why.ts';
import type { CliWorld } from './world.ts';

/**
 * Runs one command line (without node and script) and answers its exit code. Rejects only on a bug.
 */
export async function runProgram(args: readonly string[], world: CliWorld): Promise<ExitCode> {
  let code: ExitCode = 0;
  const program = createProgram(world, (ended) => {
    code = ended;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
  return code;
}

/** The commander program; `end` is told the exit code of the verb that ran. */
export function createProgram(world: CliWorld, end: (code: ExitCode) => void): Command {
  const program = new Command('ratchet')
    .description('Keeps Apple fleets on the OS their operator requires, beside NanoMDM.')
    .version(world.version, '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .showHelpAfterError('(ratchet --help, or ratchet <verb> --help)')
    .configureHelp({ sortSubcommands: false })
    .configureOutput({
      writeOut: world.stdout,
      writeErr: world.stderr,
      // No colour and a fixed width: the same text in a terminal, a pipe and the docs.
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      getOutHelpWidth: () => 110,
      getErrHelpWidth: () => 110,
    })
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  ratchet check
  ratchet serve --config ratchet.yaml
  ratchet why C02LAB0001

Exit codes: 0 fine, 1 a finding, 2 wrong input, 3 server not reached.`,
    );
  for (const register of [
    registerServe,
    registerCheck,
    registerDoctor,
    registerConfig,
    registerPlan,
    registerApply,
    registerReplay,
    registerWhy,
    registerAttempts,
    registerInbox,
    registerOperate,
    registerLeave,
    registerDevice,
    registerReleases,
    registerImport,
    registerTags,
    registerSeverities,
    registerRollout,
    registerBlackouts,
    registerGate,
    registerAlerts,
    registerToken,
    registerBackup,
    registerVersion,
  ]) {
    register(program, world, end);
  }
  return program;
}

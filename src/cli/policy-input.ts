import { formatProblem } from '../config/problem.ts';
import { readPolicyText } from '../config/read-policy-file.ts';
import { readInput } from './read-input.ts';
import { counted, printable } from './text.ts';
import type { CliWorld } from './world.ts';

/** A file of policies for the server, as the API takes it; or everything that is wrong with it, as `ratchet check` says it. */
export async function readPolicyInput(
  world: CliWorld,
  path: string,
): Promise<{ ok: true; file: { file: string; name: string } } | { ok: false; message: string }> {
  const name = path === '-' ? 'standard input' : path;
  let file: string;
  try {
    file = await readInput(world, path);
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
  const { policySet, problems } = readPolicyText(file, name, world.now());
  if (policySet !== undefined) return { ok: true, file: { file, name } };
  const lines = [...problems.map((problem) => printable(formatProblem(problem))), `${name}: ${counted(problems.length, 'problem')}.`];
  return { ok: false, message: lines.join('\n') };
}

import { faultsText, type RunSpec } from './run-spec.ts';
import { type Failure, hasFailed, type RunResult, type SimReport } from './sim-report.ts';

export const RUN_HEAD = 'run        devices eligible verified violations  days  events   CPU s';

/** One line for each run, and what failed in it below. */
export function runText(spec: RunSpec, result: RunResult, howToRepeat: string): string {
  const cells = [result.devices, result.eligible, result.verified, result.violations, result.virtualDays, result.events];
  const widths = [7, 8, 8, 10, 5, 7];
  const figures = cells.map((value, index) => String(value).padStart(widths[index] ?? 0)).join(' ');
  const line = `${result.seed.padEnd(10)} ${figures} ${result.cpuSeconds.toFixed(1).padStart(7)}`;
  if (!hasFailed(result)) return `${line}\n`;
  const drawn = `    ${spec.server}, ${spec.isOnDisk ? 'a file' : 'memory'}, ${JSON.stringify(spec.policy)}, ${faultsText(spec)}`;
  const texts = result.failures.map((failure) => failureText(spec.seed, failure));
  return [line, drawn, ...texts, `    again: ${howToRepeat}`, ''].join('\n');
}

/** For people: what was broken, by which seed, and what led to it. */
export function failureText(seed: string, { promise, device, name, at, what, trace }: Failure): string {
  const kind = promise === undefined ? 'failed' : `promise ${promise} is broken`;
  const who = device === '' ? 'no device' : `${name} ${device}`;
  return [`  ${kind}, seed ${seed}, ${new Date(at).toISOString()}, ${who}: ${what}`, ...trace.map((line) => `      ${line}`)].join('\n');
}

export function summaryText({ seeds, violations, converged, devices, virtualDays, cpuSecondsMean, cpuSecondsMax }: SimReport): string {
  const runs = seeds === 1 ? '1 run' : `${seeds} runs`;
  return `${runs}, ${devices} devices, ${virtualDays} virtual days: ${violations} violations, ${converged} ended as expected; CPU ${cpuSecondsMean} s each, at most ${cpuSecondsMax} s\n`;
}

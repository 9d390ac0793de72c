import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { RunSpec } from './run-spec.ts';
import type { RunResult } from './sim-report.ts';

export interface PoolOptions {
  jobs: number;
  /** In the order in which runs end. */
  onResult(spec: RunSpec, result: RunResult): void;
  /** No further run begins. */
  signal: AbortSignal;
}

/** Runs specs in processes of their own, several at once. A process that ends in the middle of a run is that run's failure. */
export async function runInPool(specs: readonly RunSpec[], { jobs, onResult, signal }: PoolOptions): Promise<void> {
  const waiting = [...specs];
  async function work(): Promise<void> {
    let worker: ChildProcess | undefined;
    for (let spec = waiting.shift(); spec !== undefined && !signal.aborted; spec = waiting.shift()) {
      worker ??= startWorker();
      const result = await runIn(worker, spec, signal);
      if (result === undefined) break;
      if (!worker.connected) worker = undefined;
      onResult(spec, result);
    }
    worker?.disconnect();
  }
  await Promise.all(Array.from({ length: Math.min(jobs, specs.length) }, work));
}

/** A run makes garbage enough to fill V8's default nursery many times a second. */
const V8_FLAGS = ['--min-semi-space-size=16', '--max-semi-space-size=32'];

function startWorker(): ChildProcess {
  return fork(new URL('./sim-worker.ts', import.meta.url), {
    execArgv: [...V8_FLAGS, '--import', 'tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/** Undefined when it was broken off. */
async function runIn(worker: ChildProcess, spec: RunSpec, signal: AbortSignal): Promise<RunResult | undefined> {
  const over = new AbortController();
  const answered = once(worker, 'message', { signal: over.signal }).then(([result]) => result as RunResult);
  const ended = once(worker, 'exit', { signal: over.signal }).then(([code, by]) => endedWithout(spec, code ?? by));
  const aborted = once(signal, 'abort', { signal: over.signal }).then(() => undefined);
  for (const each of [answered, ended, aborted]) each.catch(() => undefined);
  worker.send(spec);
  const result = await Promise.race([answered, ended, aborted]);
  over.abort();
  if (signal.aborted) worker.kill();
  return result;
}

function endedWithout(spec: RunSpec, how: unknown): RunResult {
  const devices = spec.keep?.length ?? spec.devices;
  const failures = [{ device: '', name: '', at: 0, what: `its process ended (${how}) before the run did`, trace: [] }];
  const none = { eligible: 0, verified: 0, violations: 0, virtualDays: 0, events: 0, traceSha256: '', cpuSeconds: 0 };
  return { ...none, seed: spec.seed, devices, isConverged: false, failures };
}

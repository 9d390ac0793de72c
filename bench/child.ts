import { type ChildProcess, fork } from 'node:child_process';
import { basename, join } from 'node:path';

let count = 1;

/** A process of its own that does one task after the other. Tasks and answers are plain values. */
export interface Child {
  ask<T>(task: object): Promise<T>;
  close(): Promise<void>;
}

/** `file` as it is compiled. With `profiles` a CPU profile of it is written into that folder when it ends. */
export function startChild(file: string, profiles: string | undefined): Child {
  const child = fork(new URL(file, import.meta.url), {
    execArgv: [
      ...(profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${join(profiles, `${basename(file, '.js')}-${count++}`)}`]),
    ],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let waiting: { resolve(value: never): void; reject(error: Error): void } | undefined;
  child.on('message', (message: { value?: unknown; error?: string }) => {
    const { resolve, reject } = waiting ?? {};
    waiting = undefined;
    if (message.error === undefined) resolve?.(message.value as never);
    else reject?.(new Error(message.error));
  });
  child.on('exit', (code) => waiting?.reject(new Error(`${file} ended with ${code}`)));
  return {
    ask: (task) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        child.send(task);
      }),
    close: () => ended(child),
  };
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.disconnect();
  });
}

/** The other side: answers tasks until the parent goes away. */
export function serveTasks<T>(run: (task: T) => Promise<unknown>, atEnd: () => Promise<void> = async () => undefined): void {
  process.on('message', (task) => {
    run(task as T).then(
      (value) => process.send?.({ value }),
      (error: unknown) => process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.once('disconnect', () => void atEnd().finally(() => process.exit(0)));
}

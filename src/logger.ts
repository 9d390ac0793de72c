/**
 * The logging port. Messages are constant sentences; what varies goes into fields named in log-keys.ts.
 * Lists are logged as count and first, never whole. Imports nothing of ours.
 */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  /** Also the log line of an alert. */
  error(fields: LogFields, message: string): void;
}

export type LogFields = Readonly<Record<string, unknown>>;

/** For tests and the simulation. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {}

import { once } from 'node:events';
import { pino } from 'pino';
import * as pinoLogfmt from 'pino-logfmt';
import { ERROR } from '../log-keys.ts';
import type { Logger } from '../logger.ts';

/** The package's own types leave its default export out. */
const buildLogfmt = (pinoLogfmt as unknown as { default(options: pinoLogfmt.LogFmtTransportOptions): Promise<pino.DestinationStream> })
  .default;

export interface SystemLogger extends Logger {
  /** Writes out what is held back, before the process ends. */
  close(): Promise<void>;
}

export interface LoggerOptions {
  format: 'logfmt' | 'json';
  level: 'debug' | 'info' | 'warn' | 'error';
  /** A file, or a file descriptor: 2 is standard error. */
  destination: string | number;
}

/** Never written, wherever in a line they turn up. The rule is not to log them at all; this is the net under it. */
const REDACTED = ['authorization', 'password', 'push_magic', 'token', 'unlock_token', 'api', 'key', 'hmac_key'];

/** Log lines as logfmt (quoted, one line each) or JSON: ts, level, msg, then the fields. */
export async function createLogger({ format, level, destination }: LoggerOptions): Promise<SystemLogger> {
  const stream =
    format === 'json'
      ? pino.destination({ dest: destination, sync: true })
      : await buildLogfmt({
          destination,
          sync: true,
          escapeMultilineStrings: true,
          flattenNestedObjects: true,
          flattenNestedSeparator: '.',
        });
  const log = pino(
    {
      level,
      base: null,
      messageKey: 'msg',
      timestamp: () => `,"ts":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { [ERROR]: errorText },
      redact: { paths: REDACTED.flatMap((key) => [key, `*.${key}`]), censor: 'redacted' },
    },
    stream,
  );
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
    close: async () => {
      if (format === 'json') return;
      const ending = stream as unknown as NodeJS.WritableStream & NodeJS.EventEmitter;
      const closed = once(ending, 'close');
      ending.end();
      await closed;
    },
  };
}

/** A line, not a stack: stacks of ours go with `debug` fields, and Node's own end in the crash report. */
function errorText(error: unknown): unknown {
  return error instanceof Error ? `${error.name}: ${error.message}` : error;
}

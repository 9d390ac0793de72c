/**
 * The keys of log lines, all of them: the same word for the same thing in every line. Where NanoMDM logs
 * the same thing its key is ours too, so that lines of both can be joined (trace_id is the id of its event).
 */
export const TRACE_ID = 'trace_id';
export const ENROLLMENT_ID = 'enrollment_id';
export const SERIAL = 'serial_number';
export const TOPIC = 'topic';
export const COMMAND_UUID = 'command_uuid';
export const REQUEST_TYPE = 'request_type';
export const STATUS = 'status';
export const REASON = 'reason';
export const POLICY = 'policy';
export const RELEASE = 'release';
export const PLATFORM = 'platform';
export const ALERT = 'alert';
export const TARGET = 'target';
export const ERROR = 'err';
export const COUNT = 'count';
export const FIRST = 'first';
export const DURATION_MS = 'duration_ms';
export const SIZE_BYTES = 'size_bytes';
export const ADDRESS = 'addr';
export const METHOD = 'method';
export const PATH = 'path';
export const HOST = 'host';
export const VERSION = 'version';
export const PID = 'pid';
export const AT = 'at';
export const BY = 'by';

/** Count and first of a list, as log fields. */
export function listFields(items: readonly unknown[]): Record<string, unknown> {
  return items.length === 0 ? { [COUNT]: 0 } : { [COUNT]: items.length, [FIRST]: items[0] };
}

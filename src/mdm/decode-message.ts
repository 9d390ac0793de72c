import { decodeCommandReport } from './decode-command-report.ts';
import { flagAt, isDictionary, nameAt, type PlistDictionary, rawTextAt, textAt, valueAt, withoutUndefined } from './fields.ts';
import type { DecodeResult, MdmMessage } from './messages.ts';

/** Which of the two requests a device made; NanoMDM tells them apart by Content-Type and so by topic. */
export type MdmChannel = 'check-in' | 'connect';

/** Longest status report kept, in UTF-16 units of its JSON text. */
export const statusReportLengthMax = 8 * 1024 * 1024;

/**
 * Reads one check-in message or command report from a parsed property list (`<data>` as Uint8Array, integers as
 * number or bigint). Only named keys are read: this is the allow-list that keeps secrets off the disk.
 * Never throws. `detail` of a failure never quotes a value, only the name of an unknown message type.
 */
export function decodeMessage(plist: unknown, channel: MdmChannel): DecodeResult<MdmMessage> {
  if (!isDictionary(plist)) {
    return { ok: false, reason: 'payload-not-a-dictionary', detail: `the property list is ${typeName(plist)}` };
  }
  return channel === 'connect' ? decodeCommandReport(plist) : decodeCheckIn(plist);
}

/** https://developer.apple.com/documentation/devicemanagement/check-in */
function decodeCheckIn(plist: PlistDictionary): DecodeResult<MdmMessage> {
  const messageType = textAt(plist, 'MessageType');
  switch (messageType) {
    case 'Authenticate':
      return decoded(
        withoutUndefined({
          kind: messageType,
          osVersion: textAt(plist, 'OSVersion'),
          buildVersion: textAt(plist, 'BuildVersion'),
          productName: textAt(plist, 'ProductName'),
          model: textAt(plist, 'Model'),
          modelName: textAt(plist, 'ModelName'),
          serialNumber: textAt(plist, 'SerialNumber'),
          deviceName: nameAt(plist, 'DeviceName'),
        }),
      );
    case 'TokenUpdate':
      return decoded(withoutUndefined({ kind: messageType, awaitingConfiguration: flagAt(plist, 'AwaitingConfiguration') }));
    case 'SetBootstrapToken':
      return decoded({ kind: messageType, escrowed: isFilled(valueAt(plist, 'BootstrapToken')) });
    case 'DeclarativeManagement':
      return decodeDeclarativeManagement(plist);
    case 'CheckOut':
    case 'UserAuthenticate':
    case 'GetBootstrapToken':
    case 'GetToken':
      return decoded({ kind: messageType });
    default:
      return { ok: false, reason: 'message-type-unknown', detail: nameOrLength(messageType) };
  }
}

/** https://developer.apple.com/documentation/devicemanagement/declarativemanagementrequest */
function decodeDeclarativeManagement(plist: PlistDictionary): DecodeResult<MdmMessage> {
  const endpoint = rawTextAt(plist, 'Endpoint') ?? '';
  const data = valueAt(plist, 'Data');
  if (endpoint !== 'status' || data === undefined) return decoded({ kind: 'DeclarativeManagement', endpoint });
  const text = ArrayBuffer.isView(data) ? decodeUtf8(data) : data;
  if (typeof text !== 'string') return { ok: false, reason: 'status-report-not-json', detail: 'Data is not UTF-8 text' };
  if (text.length > statusReportLengthMax) {
    return { ok: false, reason: 'status-report-not-json', detail: `Data is longer than ${statusReportLengthMax} characters` };
  }
  return decoded({ kind: 'DeclarativeManagement', endpoint, data: text });
}

function decoded(value: MdmMessage): DecodeResult<MdmMessage> {
  return { ok: true, value };
}

function decodeUtf8(bytes: ArrayBufferView): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes as Uint8Array);
  } catch {
    return undefined;
  }
}

function isFilled(value: unknown): boolean {
  if (ArrayBuffer.isView(value)) return value.byteLength > 0;
  return typeof value === 'string' && value.trim() !== '';
}

/** A message type is shown only when it looks like one: the field may hold anything. */
function nameOrLength(messageType: string | undefined): string {
  if (messageType === undefined) return 'no MessageType';
  return /^[A-Za-z]{1,40}$/.test(messageType) ? `MessageType ${messageType}` : `MessageType of ${messageType.length} characters`;
}

function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'an array';
  if (ArrayBuffer.isView(value)) return 'data';
  return typeof value === 'object' ? 'a date' : `a ${typeof value}`;
}

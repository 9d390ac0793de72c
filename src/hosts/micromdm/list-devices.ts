import { z } from 'zod';
import { ask, basicAuthorization, withStatus } from '../ask.ts';
import { readJson } from './api-answer.ts';
import type { MicroMdmSettings } from './client.ts';
import { microMdmUrls } from './urls.ts';

/** A device as MicroMDM lists it. */
export interface ListedDevice {
  udid: string;
  serialNumber?: string;
  /** It has sent a TokenUpdate and not checked out since. */
  isEnrolled: boolean;
  /** Epoch ms; absent when it was never seen. */
  lastSeenAt?: number;
}

export type DeviceList =
  | { kind: 'devices'; devices: ListedDevice[] }
  | { kind: 'unauthorized'; message: string }
  | { kind: 'failed'; message: string };

const text = z.string().optional().catch(undefined);
const Devices = z.object({
  devices: z.array(z.object({ udid: text, serial_number: text, enrollment_status: z.boolean().catch(false), last_seen: text })).nullish(),
});

/** All of a fleet comes in one answer: the server knows no paging. */
const TIMEOUT_MS = 60_000;

/**
 * Every device the server knows, at once; rows without a UDID (known from DEP alone) are left out, and User Enrollments
 * are not in its list. Never rejects;
 * throws a TypeError when a URL of the settings is none. MicroMDM: platform/device/get_devices.go.
 */
export async function listDevices(settings: Pick<MicroMdmSettings, 'fetch' | 'commandsUrl' | 'pushUrl' | 'key'>): Promise<DeviceList> {
  const { devices: url } = microMdmUrls(settings.commandsUrl, settings.pushUrl);
  const headers = { authorization: basicAuthorization('micromdm', settings.key), 'content-type': 'application/json' };
  const answer = await ask(settings.fetch, url, { method: 'POST', headers, body: '{}', timeoutMs: TIMEOUT_MS });
  if (!answer.received) return { kind: 'failed', message: answer.message };
  if (answer.status === 401 || answer.status === 403) return { kind: 'unauthorized', message: `HTTP ${answer.status}` };
  const list = answer.status === 200 ? readJson(Devices, answer.body) : undefined;
  if (list === undefined) return { kind: 'failed', message: withStatus(answer.status, answer.body) };
  return { kind: 'devices', devices: (list.devices ?? []).flatMap(toDevice) };
}

function toDevice(row: { udid?: string; serial_number?: string; enrollment_status: boolean; last_seen?: string }): ListedDevice[] {
  if (!row.udid) return [];
  const seen = Date.parse(row.last_seen ?? '');
  return [
    {
      udid: row.udid,
      ...(row.serial_number && { serialNumber: row.serial_number }),
      isEnrolled: row.enrollment_status,
      // Go's zero time is the year 1.
      ...(seen > 0 && { lastSeenAt: seen }),
    },
  ];
}

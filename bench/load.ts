import { bodySignature } from '../src/sim/nanomdm-webhook.ts';
import { createPrng } from '../src/sim/prng.ts';
import { bytesOf, NOTHING } from '../src/sim/wire.ts';
import { type BenchDevice, type HeldItem, statusReport, webhookBodies } from './bodies.ts';
import { serveTasks } from './child.ts';
import { drawDevices, idsOf } from './devices.ts';
import { type Load, requestBytes, runLoad } from './http-load.ts';
import { KEYS } from './settings.ts';

/** The load generator's process: makes its requests once, then runs what it is told. */
export type LoadTask =
  | { kind: 'prepare'; start: number; originals: number; devices: number; bodies: number; held: ReadonlyMap<string, readonly HeldItem[]> }
  | ({ kind: 'run'; requests: RequestSet } & Omit<Load, 'requests'>);

export type RequestSet = 'webhook' | 'tokens' | 'declaration-items' | 'status' | 'bare-get' | 'bare-post' | 'bare-put';

export interface Prepared {
  webhookBytes: number;
  statusBytes: number;
}

let sets: Record<RequestSet, Uint8Array[]> | undefined;

function prepare({ start, originals, devices, bodies, held }: LoadTask & { kind: 'prepare' }): Prepared {
  const { specs } = drawDevices(originals, start);
  const prng = createPrng('status');
  const all = idsOf(specs, devices).map(({ spec, id }): BenchDevice => ({ spec, id, items: held.get(id) ?? [] }));
  const webhooks = webhookBodies(all, bodies);
  const own = all.filter((device) => device.items.length > 0);
  const device = (id: string, body: Uint8Array) => ({
    'X-Enrollment-ID': id,
    'X-Enrollment-Type': 'Device',
    'X-Hmac-Signature': bodySignature(KEYS.dmRequest, body),
  });
  const get = (endpoint: string) => own.map(({ id }) => requestBytes('GET', `/ddm/${endpoint}`, device(id, NOTHING)));
  const reports = own.map((device) => ({ id: device.id, body: bytesOf(JSON.stringify(statusReport(device, prng))) }));
  const json = { 'Content-Type': 'application/json; charset=utf-8' };
  sets = {
    webhook: webhooks.map(({ body, signature }) => requestBytes('POST', '/webhook', { ...json, 'X-Hmac-Signature': signature }, body)),
    tokens: get('tokens'),
    'declaration-items': get('declaration-items'),
    status: reports.map(({ id, body }) => requestBytes('PUT', '/ddm/status', device(id, body), body)),
    'bare-get': own.map(({ id }) => requestBytes('GET', '/get', device(id, NOTHING))),
    'bare-post': webhooks.map(({ body, signature }) => requestBytes('POST', '/put', { ...json, 'X-Hmac-Signature': signature }, body)),
    'bare-put': reports.map(({ id, body }) => requestBytes('PUT', '/put', device(id, body), body)),
  };
  return { webhookBytes: mean(webhooks.map(({ body }) => body.length)), statusBytes: mean(reports.map(({ body }) => body.length)) };
}

function mean(values: readonly number[]): number {
  return Math.round(values.reduce((sum, value) => sum + value, 0) / values.length);
}

serveTasks<LoadTask>(async (task) => {
  if (task.kind === 'prepare') return prepare(task);
  if (sets === undefined) throw new Error('not prepared');
  return runLoad({ ...task, requests: sets[task.requests] });
});

import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Host, WebhookEvent } from '../../src/hosts/host.ts';
import { createNanoMdmHost } from '../../src/hosts/nanomdm/client.ts';
import { nanoMdmSignature, nanoMdmWire } from '../../src/hosts/nanomdm/wire.ts';
import { securityInfoCommand } from '../../src/mdm/commands.ts';
import type { MdmMessage } from '../../src/mdm/messages.ts';
import { createSystemFetch } from '../../src/runtime/fetch.ts';
import { parsePlist } from '../../src/runtime/parse-plist.ts';
import { createScriptedDevice, type PlistKeys, type ScriptedDevice } from './scripted-device.ts';
import { openSink, type SeenCall, type Sink } from './sink.ts';

/** How the server under test is to be started. */
export interface HostSettings {
  apiKey: string;
  webhookUrl: string;
  webhookHmacKey: string;
  /** Ends in a slash. */
  dmUrl: string;
  dmSendHmacKey: string;
  dmRecvHmacKey: string;
}

/** A server that runs, without a push certificate. */
export interface RunningHost {
  /** Without a slash at the end. */
  url: string;
  /** Value of the header X-Client-Cert for a device of that name; another value for another name. */
  certificate(name: string): Promise<string>;
  stop(): Promise<void>;
}

export type MakeHost = (settings: HostSettings) => Promise<RunningHost>;

export const keys = { apiKey: 'apikey', webhookHmacKey: 'webhook-key', dmSendHmacKey: 'dm-send-key', dmRecvHmacKey: 'dm-recv-key' };

type CommandReport = Extract<MdmMessage, { kind: 'CommandReport' }>;

/** A server under test with all that stands around it: devices in front, our client behind, sinks where Ratchet will be. */
export interface HostBench {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Both sinks answer 200 with nothing again. */
  answerAsUsual(): void;
  readonly webhook: Sink;
  readonly dm: Sink;
  readonly url: string;
  certificate(name: string): Promise<string>;
  /** Our client with the right key. */
  readonly host: Host;
  hostWith(key: string): Host;
  /** A device that nobody has seen yet. */
  newDevice(identity?: PlistKeys): Promise<ScriptedDevice>;
  newEnrolledDevice(): Promise<ScriptedDevice>;
  /** Enqueues a harmless command for it. */
  queueCommand(device: ScriptedDevice): Promise<{ uuid: string; xml: string }>;
  /** The next event of that enrollment and topic, its signature verified, decoded as Ratchet does. */
  nextEvent(enrollmentId: string, topic: string): Promise<Extract<WebhookEvent, { kind: 'event' }>>;
  /** The next report of that enrollment which isn't Idle. */
  nextReport(enrollmentId: string): Promise<CommandReport>;
  /** The next declarative management request, its signature verified. */
  nextDmCall(): Promise<SeenCall>;
}

export function createHostBench(makeHost: MakeHost): HostBench {
  let webhook: Sink;
  let dm: Sink;
  let running: RunningHost | undefined;
  let devices = 0;
  const url = () => running?.url ?? 'http://not-started';

  const bench: HostBench = {
    async start() {
      webhook = await openSink();
      dm = await openSink();
      running = await makeHost({ ...keys, webhookUrl: `${webhook.url}/webhook?tenant=a`, dmUrl: `${dm.url}/ddm/` });
    },
    async stop() {
      await running?.stop();
      await webhook.close();
      await dm.close();
    },
    answerAsUsual() {
      webhook.answer = () => ({ status: 200 });
      dm.answer = () => ({ status: 200 });
    },
    get webhook() {
      return webhook;
    },
    get dm() {
      return dm;
    },
    get url() {
      return url();
    },
    certificate: (name) => running?.certificate(name) ?? Promise.reject(new Error('not started')),
    get host() {
      return bench.hostWith(keys.apiKey);
    },
    hostWith: (key) =>
      createNanoMdmHost({ fetch: createSystemFetch(), enqueueUrl: `${url()}/v1/enqueue/`, pushUrl: `${url()}/v1/push/`, key }),

    async newDevice(identity) {
      const udid = randomUUID().toUpperCase();
      const hardware = {
        OSVersion: '15.6',
        BuildVersion: '24G84',
        ProductName: 'Mac15,6',
        SerialNumber: `C02LAB${++devices}`,
        Model: 'MRX33',
        DeviceName: 'Lab',
      };
      const certificate = await bench.certificate(udid);
      return createScriptedDevice({ mdmUrl: `${url()}/mdm`, udid, certificate, hardware, ...(identity && { identity }) });
    },
    async newEnrolledDevice() {
      const device = await bench.newDevice();
      await device.enroll();
      return device;
    },
    async queueCommand(device) {
      const uuid = randomUUID();
      const xml = securityInfoCommand(uuid);
      expect(await bench.host.enqueue(device.udid, uuid, xml)).toStrictEqual({ kind: 'queued' });
      return { uuid, xml };
    },

    async nextEvent(enrollmentId, topic) {
      const call = await webhook.take(({ body }) => {
        const { topic: given, checkin_event, acknowledge_event } = JSON.parse(body.toString());
        return given === topic && (checkin_event ?? acknowledge_event).ids.id === enrollmentId;
      });
      const headers = { 'content-type': 'application/json; charset=utf-8' };
      expect(call).toMatchObject({ method: 'POST', path: '/webhook?tenant=a', headers });
      expectSignature(call, keys.webhookHmacKey);
      const read = nanoMdmWire.readEnvelope(call.body.toString());
      if (!read.ok) throw new Error(read.message);
      const event = await nanoMdmWire.decodeWebhook(read.value, async (bytes) => parsePlist(bytes));
      if (event.kind !== 'event') throw new Error(`${topic}: ${JSON.stringify(event)}`);
      return event;
    },
    async nextReport(enrollmentId) {
      for (;;) {
        const { message } = await bench.nextEvent(enrollmentId, 'mdm.Connect');
        if (message.kind === 'CommandReport' && message.status !== 'Idle') return message;
      }
    },
    async nextDmCall() {
      const call = await dm.take(() => true);
      expectSignature(call, keys.dmSendHmacKey);
      return call;
    },
  };
  return bench;
}

function expectSignature(call: SeenCall, key: string): void {
  expect(nanoMdmSignature.verify(String(call.headers[nanoMdmSignature.header]), call.body, [key])).toBe(true);
}

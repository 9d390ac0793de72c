import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { basicAuthorization } from '../../src/hosts/ask.ts';
import type { HostName } from '../../src/hosts/capabilities.ts';
import type { Host, HostWire, WebhookEvent } from '../../src/hosts/host.ts';
import { createMicroMdmHost } from '../../src/hosts/micromdm/client.ts';
import { microMdmWire } from '../../src/hosts/micromdm/wire.ts';
import { createNanoMdmHost } from '../../src/hosts/nanomdm/client.ts';
import { nanoMdmSignature, nanoMdmWire } from '../../src/hosts/nanomdm/wire.ts';
import { securityInfoCommand } from '../../src/mdm/commands.ts';
import { enrollmentRefOf } from '../../src/mdm/enrollment-ref.ts';
import type { MdmMessage } from '../../src/mdm/messages.ts';
import { createSystemFetch } from '../../src/runtime/fetch.ts';
import { parsePlist } from '../../src/runtime/parse-plist.ts';
import { identityOf } from './identity.ts';
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
  /** NanoMDM: value of the header X-Client-Cert for a device of that name; another value for another name. */
  certificate?(name: string): Promise<string>;
  /** MicroMDM: makes the header Mdm-Signature of a body, with the certificate of a device of that name. */
  signer?(name: string): Promise<(body: string) => string>;
  /** Takes everything queued for an enrollment out of the server's storage; where there is another way, it is absent. */
  loseQueue?(enrollmentId: string): Promise<void>;
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
  readonly name: HostName;
  /** What an event names itself with; NanoHUB's have no id. */
  readonly eventId: { eventId?: unknown };
  certificate(name: string): Promise<string>;
  signer(name: string): Promise<(body: string) => string>;
  /** Our client with the right key. */
  readonly host: Host;
  hostWith(key: string): Host;
  /** A device that nobody has seen yet. */
  newDevice(identity?: PlistKeys): Promise<ScriptedDevice>;
  newEnrolledDevice(): Promise<ScriptedDevice>;
  /** Enqueues a harmless command for it. */
  queueCommand(device: ScriptedDevice): Promise<{ uuid: string; xml: string }>;
  /** MicroMDM: until the queue of that id lists the command so often (once), which it does some moments after it was taken. */
  listed(id: string, uuid: string, times?: number): Promise<void>;
  /** The next event of that enrollment and topic, its signature verified, decoded as Ratchet does. */
  nextEvent(enrollmentId: string, topic: string): Promise<Extract<WebhookEvent, { kind: 'event' }>>;
  /** The next report of that enrollment which isn't Idle. */
  nextReport(enrollmentId: string): Promise<CommandReport>;
  /** The next declarative management request, its signature verified. */
  nextDmCall(): Promise<SeenCall>;
}

/** Looks at a queue until a command must be there. */
const LOOKS = 500;

/** What a suite needs to know of the server it runs against. */
interface Dialect {
  wire: HostWire;
  host(url: string, key: string): Host;
  webhookUrl(sink: string): string;
  dmUrl(sink: string): string;
  /** That a call is the server's own. */
  expectAuthentic(call: SeenCall, key: string): void;
}

/** Userinfo of the URLs that MicroMDM is given. */
const basic = { user: 'mdm', password: 'basic-password' };

const dialects: Record<HostName, Dialect> = {
  nanomdm: {
    wire: nanoMdmWire,
    host: (url, key) =>
      createNanoMdmHost({ fetch: createSystemFetch(), enqueueUrl: `${url}/v1/enqueue/`, pushUrl: `${url}/v1/push/`, key }),
    webhookUrl: (sink) => `${sink}/webhook?tenant=a`,
    dmUrl: (sink) => `${sink}/ddm/`,
    expectAuthentic({ headers, body }, key) {
      expect(nanoMdmSignature.verify(String(headers[nanoMdmSignature.header]), body, [key])).toBe(true);
    },
  },
  nanohub: {
    wire: nanoMdmWire,
    host: (url, key) =>
      createNanoMdmHost({
        ...{ fetch: createSystemFetch(), key, server: 'nanohub' },
        ...{ enqueueUrl: `${url}/api/v1/nanomdm/enqueue/`, pushUrl: `${url}/api/v1/nanomdm/push/` },
      }),
    webhookUrl: (sink) => `${sink}/webhook?tenant=a`,
    dmUrl: (sink) => `${sink}/ddm/`,
    expectAuthentic({ headers, body }, key) {
      expect(nanoMdmSignature.verify(String(headers[nanoMdmSignature.header]), body, [key])).toBe(true);
    },
  },
  micromdm: {
    wire: microMdmWire,
    host: (url, key) =>
      createMicroMdmHost({ fetch: createSystemFetch(), commandsUrl: `${url}/v1/commands/`, pushUrl: `${url}/v1/push/`, key }),
    webhookUrl: (sink) => `${withUserinfo(sink)}/webhook?tenant=a`,
    dmUrl: (sink) => `${withUserinfo(sink)}/ddm/`,
    expectAuthentic({ headers }) {
      expect(headers.authorization).toBe(`Basic ${Buffer.from(`${basic.user}:${basic.password}`).toString('base64')}`);
      expect(headers[nanoMdmSignature.header]).toBeUndefined();
    },
  },
};

function withUserinfo(url: string): string {
  return url.replace('//', `//${basic.user}:${basic.password}@`);
}

export function createHostBench(makeHost: MakeHost, name: HostName = 'nanomdm'): HostBench {
  const dialect = dialects[name];
  let webhook: Sink;
  let dm: Sink;
  let running: RunningHost | undefined;
  let devices = 0;
  const url = () => running?.url ?? 'http://not-started';

  const bench: HostBench = {
    async start() {
      webhook = await openSink();
      dm = await openSink();
      running = await makeHost({ ...keys, webhookUrl: dialect.webhookUrl(webhook.url), dmUrl: dialect.dmUrl(dm.url) });
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
    name,
    eventId: name === 'nanohub' ? {} : { eventId: expect.stringMatching(/^[0-9a-f]{16}$/) },
    certificate: (name) => running?.certificate?.(name) ?? Promise.reject(new Error('not started')),
    signer: (name) => running?.signer?.(name) ?? Promise.reject(new Error('not started')),
    get host() {
      return bench.hostWith(keys.apiKey);
    },
    hostWith: (key) => dialect.host(url(), key),

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
      const known = { udid, hardware, ...(identity && { identity }) };
      if (running === undefined) throw new Error('not started');
      return createScriptedDevice({ ...known, ...(await identityOf(running, udid)) });
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
      if (name === 'micromdm') await bench.listed(device.udid, uuid);
      return { uuid, xml };
    },
    async listed(id, uuid, times = 1) {
      const headers = { authorization: basicAuthorization('micromdm', keys.apiKey) };
      for (let tries = 0; tries < LOOKS; tries++) {
        const { commands = [] } = (await (await fetch(`${url()}/v1/commands/${id}`, { headers })).json()) as {
          commands?: { uuid: string }[];
        };
        if (commands.filter((command) => command.uuid === uuid).length >= times) return;
      }
      throw new Error(`${uuid} was answered 201 and never listed, or not ${times} times`);
    },

    async nextEvent(enrollmentId, topic) {
      const call = await webhook.take(({ body }) => {
        const { topic: given, checkin_event, acknowledge_event } = JSON.parse(body.toString());
        const { ids, raw_payload } = checkin_event ?? acknowledge_event;
        return given === topic && (ids ?? enrollmentRefOf(parsePlist(Buffer.from(raw_payload, 'base64'))))?.id === enrollmentId;
      });
      const headers = { 'content-type': 'application/json; charset=utf-8' };
      expect(call).toMatchObject({ method: 'POST', path: '/webhook?tenant=a', headers });
      dialect.expectAuthentic(call, keys.webhookHmacKey);
      const read = dialect.wire.readEnvelope(call.body.toString());
      if (!read.ok) throw new Error(read.message);
      const event = await dialect.wire.decodeWebhook(read.value, async (bytes) => parsePlist(bytes));
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
      dialect.expectAuthentic(call, keys.dmSendHmacKey);
      return call;
    },
  };
  return bench;
}

import type { AppSettings } from '../../src/app.ts';
import type { HostName } from '../../src/hosts/capabilities.ts';
import type { Host, HostWire } from '../../src/hosts/host.ts';
import { createMicroMdmHost } from '../../src/hosts/micromdm/client.ts';
import { microMdmWire } from '../../src/hosts/micromdm/wire.ts';
import { createNanoMdmHost } from '../../src/hosts/nanomdm/client.ts';
import { nanoMdmSignature, nanoMdmWire } from '../../src/hosts/nanomdm/wire.ts';
import type { Fetch } from '../../src/runtime.ts';
import type { WorldOptions } from '../../src/sim/world.types.ts';

/** The secrets of a simulated site. */
export const KEYS = {
  api: 'sim-api-key',
  webhook: 'sim-webhook-key',
  dmRequest: 'sim-dm-key',
  dmResponse: 'sim-dm-answer-key',
  kmfddm: 'sim-kmfddm-key',
};
const WEBHOOK_URL = 'http://ratchet.sim:9006/webhook';
export const DM_URL = 'http://ratchet.sim:9007/ddm/';
const BASIC = { user: 'mdm', password: 'sim-basic-password' };

/** How a server and the app are told of each other. */
export interface Wiring {
  enqueueUrl: string;
  host: Host;
  wire: HostWire;
  simulated: NonNullable<WorldOptions['host']>;
  webhook: AppSettings['webhook'];
  ddm: Omit<AppSettings['ddm'], 'basePath'>;
  /** With which the server asks on behalf of a device, beside the id. */
  dmHeaders: Record<string, string>;
  /** Of an answer, when the server checks it. */
  signatureOf(body: string): Record<string, string>;
}

export function wiringOf(server: HostName, fetch: Fetch): Wiring {
  if (server === 'nanohub') {
    const api = 'http://nanohub.sim/api/v1/nanomdm';
    const enqueueUrl = `${api}/enqueue/`;
    return {
      enqueueUrl,
      host: createNanoMdmHost({ fetch, enqueueUrl, pushUrl: `${api}/push/`, key: KEYS.api, server }),
      wire: nanoMdmWire,
      simulated: { webhookUrl: WEBHOOK_URL, webhookHmacKey: KEYS.webhook },
      webhook: { hmacKeys: [KEYS.webhook], basic: undefined },
      ddm: { requestKeys: [KEYS.dmRequest], responseKey: KEYS.dmResponse },
      dmHeaders: {},
      signatureOf: () => ({}),
    };
  }
  if (server === 'nanomdm') {
    const enqueueUrl = 'http://nanomdm.sim/v1/enqueue/';
    return {
      enqueueUrl,
      host: createNanoMdmHost({ fetch, enqueueUrl, pushUrl: 'http://nanomdm.sim/v1/push/', key: KEYS.api }),
      wire: nanoMdmWire,
      simulated: {
        webhookUrl: WEBHOOK_URL,
        webhookHmacKey: KEYS.webhook,
        dmUrl: DM_URL,
        dmSendHmacKey: KEYS.dmRequest,
        dmRecvHmacKey: KEYS.dmResponse,
      },
      webhook: { hmacKeys: [KEYS.webhook], basic: undefined },
      ddm: { requestKeys: [KEYS.dmRequest], responseKey: KEYS.dmResponse },
      dmHeaders: { 'X-Enrollment-Type': 'Device', [nanoMdmSignature.header]: nanoMdmSignature.sign(new Uint8Array(), KEYS.dmRequest) },
      signatureOf: (body: string) => ({ [nanoMdmSignature.header]: nanoMdmSignature.sign(Buffer.from(body), KEYS.dmResponse) }),
    };
  }
  const enqueueUrl = 'http://micromdm.sim/v1/commands/';
  const userinfo = `${BASIC.user}:${BASIC.password}@`;
  return {
    enqueueUrl,
    host: createMicroMdmHost({ fetch, commandsUrl: enqueueUrl, pushUrl: 'http://micromdm.sim/v1/push/', key: KEYS.api }),
    wire: microMdmWire,
    simulated: { webhookUrl: WEBHOOK_URL.replace('//', `//${userinfo}`), dmUrl: DM_URL.replace('//', `//${userinfo}`) },
    webhook: { hmacKeys: [], basic: BASIC },
    ddm: { requestKeys: [], basic: BASIC, responseKey: undefined },
    dmHeaders: { Authorization: `Basic ${Buffer.from(`${BASIC.user}:${BASIC.password}`).toString('base64')}` },
    signatureOf: () => ({}),
  };
}

import { build, type PlistValue } from 'plist';

/**
 * A device that does what a test tells it, over the wire of a real or simulated MDM server. It knows nothing of
 * Ratchet: plain property lists over HTTP, as hardware sends them.
 */
export interface ScriptedDevice {
  readonly udid: string;
  /** Authenticate and TokenUpdate; throws when the server refuses one. */
  enroll(): Promise<void>;
  authenticate(): Promise<DeviceAnswer>;
  tokenUpdate(): Promise<DeviceAnswer>;
  checkOut(): Promise<DeviceAnswer>;
  /** Any other check-in message. */
  checkIn(messageType: string, keys?: PlistKeys): Promise<DeviceAnswer>;
  /** "Anything for me?" */
  idle(): Promise<DeliveredCommand | undefined>;
  /** Answers a command, and takes the next one, which the server sends in its answer. */
  report(status: string, commandUuid: string, keys?: PlistKeys): Promise<DeliveredCommand | undefined>;
  /** Takes and answers commands until the queue is empty; `answer` gives further keys of the acknowledgement. */
  drain(answer?: (command: DeliveredCommand) => PlistKeys): Promise<DeliveredCommand[]>;
  /** One DeclarativeManagement check-in; `data` for the endpoint "status". */
  declarativeManagement(endpoint: string, data?: string | Uint8Array): Promise<DeviceAnswer>;
  /** What a device does after a DeclarativeManagement command: tokens, then items, then each declaration; throws at the first failure. */
  synchronize(): Promise<Synchronized>;
  /** The user channel of this device: same certificate, further keys. */
  channel(keys: PlistKeys): ScriptedDevice;
}

export type PlistKeys = { [key: string]: PlistValue };

export interface DeviceAnswer {
  status: number;
  body: Buffer;
}

export interface DeliveredCommand {
  commandUuid: string;
  requestType: string;
  bytes: Buffer;
}

export interface Synchronized {
  token: string;
  declarations: Array<{ Type: string; Identifier: string; ServerToken: string; Payload: Record<string, unknown> }>;
}

export interface ScriptedDeviceSettings {
  /** ServerURL, and CheckInURL where that is no other. */
  mdmUrl: string;
  checkInUrl?: string;
  udid: string;
  /** Value of the certificate header; undefined: the device shows none. */
  certificate?: string | undefined;
  certificateHeader?: string;
  /** Makes the header Mdm-Signature of a body (SignMessage). */
  signature?: (body: string) => string;
  /** Further keys of Authenticate. */
  hardware?: PlistKeys;
  /** Keys of every message instead of UDID (user enrollments, user channels). */
  identity?: PlistKeys;
}

const topic = 'com.apple.mgmt.External.lab';
const kinds = [
  ['Activations', 'activation'],
  ['Assets', 'asset'],
  ['Configurations', 'configuration'],
  ['Management', 'management'],
] as const;

export function createScriptedDevice(settings: ScriptedDeviceSettings): ScriptedDevice {
  const identity = settings.identity ?? { UDID: settings.udid };

  async function send(url: string, contentType: string, keys: PlistKeys): Promise<DeviceAnswer> {
    const body = build({ ...identity, ...keys });
    const headers: Record<string, string> = { 'Content-Type': contentType };
    if (settings.certificate !== undefined) headers[settings.certificateHeader ?? 'X-Client-Cert'] = settings.certificate;
    if (settings.signature !== undefined) headers['Mdm-Signature'] = settings.signature(body);
    const response = await fetch(url, { method: 'PUT', headers, body });
    return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
  }

  const checkIn = (messageType: string, keys: PlistKeys = {}) =>
    send(settings.checkInUrl ?? settings.mdmUrl, 'application/x-apple-aspen-mdm-checkin', { MessageType: messageType, ...keys });

  async function connect(keys: PlistKeys): Promise<DeliveredCommand | undefined> {
    const answer = await send(settings.mdmUrl, 'application/x-apple-aspen-mdm; charset=UTF-8', keys);
    if (answer.status !== 200) throw new Error(`the server answered a command report with ${answer.status}`);
    return answer.body.length === 0 ? undefined : readCommand(answer.body);
  }

  const device: ScriptedDevice = {
    udid: settings.udid,
    async enroll() {
      const answers = [await device.authenticate(), await device.tokenUpdate()];
      if (answers.some(({ status }) => status !== 200)) throw new Error(`not enrolled: ${answers.map(({ status }) => status).join(', ')}`);
    },
    authenticate: () => checkIn('Authenticate', { Topic: topic, ...settings.hardware }),
    // A token of its own, because the server finds an enrollment by it when it pushes.
    tokenUpdate: () =>
      checkIn('TokenUpdate', { Topic: topic, PushMagic: `magic-${settings.udid}`, Token: tokenOf(JSON.stringify(identity)) }),
    checkOut: () => checkIn('CheckOut', { Topic: topic }),
    checkIn,
    idle: () => connect({ Status: 'Idle' }),
    report: (status, commandUuid, keys = {}) => connect({ Status: status, CommandUUID: commandUuid, ...keys }),
    async drain(answer = () => ({})) {
      const taken: DeliveredCommand[] = [];
      for (
        let command = await device.idle();
        command;
        command = await device.report('Acknowledged', command.commandUuid, answer(command))
      ) {
        taken.push(command);
      }
      return taken;
    },
    declarativeManagement: (endpoint, data) =>
      checkIn('DeclarativeManagement', { Endpoint: endpoint, ...(data !== undefined && { Data: Buffer.from(data) as Uint8Array }) }),
    async synchronize() {
      const tokens = await fetchJson(device, 'tokens');
      const items = await fetchJson(device, 'declaration-items');
      const declarations = [];
      for (const [list, kind] of kinds) {
        for (const { Identifier } of items.Declarations[list])
          declarations.push(await fetchJson(device, `declaration/${kind}/${encodeURIComponent(Identifier)}`));
      }
      return { token: tokens.SyncTokens.DeclarationsToken, declarations };
    },
    channel: (keys) => createScriptedDevice({ ...settings, identity: { ...identity, ...keys } }),
  };
  return device;
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the server under test serves
async function fetchJson(device: ScriptedDevice, endpoint: string): Promise<any> {
  const answer = await device.declarativeManagement(endpoint);
  if (answer.status !== 200) throw new Error(`the server answered ${endpoint} with ${answer.status}`);
  return JSON.parse(answer.body.toString());
}

/** Reads the two values by their text: a test that compares bytes must not depend on a parser. */
function readCommand(bytes: Buffer): DeliveredCommand {
  const textOf = (key: string) => new RegExp(`<key>${key}</key>\\s*<string>([^<]*)</string>`).exec(bytes.toString())?.[1] ?? '';
  return { commandUuid: textOf('CommandUUID'), requestType: textOf('RequestType'), bytes };
}

function tokenOf(text: string): Uint8Array {
  return new TextEncoder().encode(text.padEnd(32, '.').slice(-32));
}

import { Agent, request } from 'node:http';
import { sign } from '../../src/hosts/body-signature.ts';
import { KEYS } from './ratchet-process.ts';

/** A webhook call as NanoMDM 0.9 makes it, of a device that nobody else is. */
export function authenticateCall(udid: string, topic = 'mdm.Authenticate'): Buffer {
  const plist = `<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict><key>MessageType</key><string>Authenticate</string><key>UDID</key><string>${udid}</string><key>SerialNumber</key><string>S${udid}</string><key>ProductName</key><string>iPhone15,2</string><key>OSVersion</key><string>26.1</string><key>BuildVersion</key><string>23B85</string></dict></plist>`;
  return Buffer.from(
    JSON.stringify({
      topic,
      event_id: `trace-${udid}`,
      created_at: new Date().toISOString(),
      checkin_event: { ids: { id: udid, type: 'Device' }, udid, url_params: {}, raw_payload: Buffer.from(plist).toString('base64') },
    }),
  );
}

export interface Burst {
  /** Devices whose webhook was answered 200. */
  answered: string[];
  /** Sent, and answered otherwise or not at all. */
  unanswered: string[];
  /** Ends it after the calls under way. */
  stop(): void;
  /** Resolves when the calls under way have ended. */
  ended: Promise<void>;
}

/** Sends one signed webhook of a new device after the other on each of `connections` connections, until told to stop or the server is gone. */
export function startBurst(url: string, prefix: string, connections = 32): Burst {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const burst: Burst = { answered: [], unanswered: [], stop: () => undefined, ended: Promise.resolve() };
  let isStopped = false;
  let sent = 0;
  burst.stop = () => {
    isStopped = true;
  };

  async function send(): Promise<void> {
    while (!isStopped) {
      const udid = `${prefix}-${++sent}`;
      const status = await post(agent, `${url}/webhook`, authenticateCall(udid));
      (status === 200 ? burst.answered : burst.unanswered).push(udid);
      // The server is gone, or is going: this connection has done its part.
      if (status === undefined) return;
    }
  }

  burst.ended = Promise.all(Array.from({ length: connections }, send)).then(() => agent.destroy());
  return burst;
}

/** The status, or undefined when the connection broke before the answer was there. */
function post(agent: Agent, url: string, body: Buffer): Promise<number | undefined> {
  return new Promise((resolve) => {
    const call = request(url, {
      agent,
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Content-Length': body.length, 'X-Hmac-Signature': sign(body, KEYS.webhook) },
    });
    call.once('error', () => resolve(undefined));
    call.once('response', (answer) => {
      // A 200 counts from its first byte: the host has read it, whatever becomes of the connection.
      resolve(answer.statusCode);
      answer.resume();
      answer.once('error', () => undefined);
    });
    call.end(body);
  });
}

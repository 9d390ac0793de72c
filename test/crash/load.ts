import { Agent, request } from 'node:http';
import { sign } from '../../src/hosts/body-signature.ts';
import { authenticateCall } from '../process/burst.ts';
import { KEYS, type Site } from '../process/ratchet-process.ts';

/** What a server was asked and what it said, by the enrollment each call is of; no two calls are of the same one. */
export interface Load {
  /** Answered 200: these must never be lost. */
  answered: string[];
  /** Answered with another status, or not at all. */
  refused: number;
  unanswered: number;
  stop(): void;
  ended: Promise<void>;
}

const EMPTY = Buffer.alloc(0);

/**
 * Signed webhooks, status reports and questions for tokens on `connections` connections, without a pause, until told to
 * stop or the server is gone. A question for tokens counts for nothing: it is there to be in the way.
 */
export function startLoad({ url, ddmUrl }: Pick<Site, 'url' | 'ddmUrl'>, prefix: string, connections = 16): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: connections * 2 });
  const load: Load = { answered: [], refused: 0, unanswered: 0, stop: () => undefined, ended: Promise.resolve() };
  let isStopped = false;
  let sent = 0;
  load.stop = () => {
    isStopped = true;
  };

  async function send(): Promise<void> {
    while (!isStopped) {
      const number = ++sent;
      const id = `${prefix}-${number}`;
      const status = await call(id, number % 4);
      if (status === undefined) {
        load.unanswered += 1;
        return;
      }
      if (number % 4 === 3) continue;
      if (status === 200) load.answered.push(id);
      else load.refused += 1;
    }
  }

  function call(id: string, kind: number): Promise<number | undefined> {
    if (kind < 2) {
      const body = authenticateCall(id);
      return ask(agent, `${url}/webhook`, 'POST', body, {
        'Content-Type': 'application/json',
        'X-Hmac-Signature': sign(body, KEYS.webhook),
      });
    }
    const who = { 'X-Enrollment-ID': id, 'X-Enrollment-Type': 'Device' };
    if (kind === 3) return ask(agent, `${ddmUrl}tokens`, 'GET', EMPTY, { ...who, 'X-Hmac-Signature': sign(EMPTY, KEYS.dmRequest) });
    const report = { StatusItems: { device: { 'operating-system': { version: '26.1' } } }, Errors: [], FullReport: true };
    const body = Buffer.from(JSON.stringify(report));
    return ask(agent, `${ddmUrl}status`, 'PUT', body, {
      ...who,
      'Content-Type': 'application/json',
      'X-Hmac-Signature': sign(body, KEYS.dmRequest),
    });
  }

  load.ended = Promise.all(Array.from({ length: connections }, send)).then(() => agent.destroy());
  return load;
}

/** The status, from the first byte of the answer on; undefined when the connection broke before. */
function ask(agent: Agent, url: string, method: string, body: Buffer, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve) => {
    const sending = request(url, { agent, method, headers: { ...headers, 'Content-Length': body.length } });
    sending.once('error', () => resolve(undefined));
    sending.once('response', (answer) => {
      resolve(answer.statusCode);
      answer.resume();
      answer.once('error', () => undefined);
    });
    sending.end(body);
  });
}

import { createHmac } from 'node:crypto';
import type { Clock, Fetch } from '../../runtime.ts';
import { AlertMessage, slackText } from './message.ts';
import { judgeStatus, type Verdict } from './queue.ts';
import { type AlertTarget, withoutSecrets } from './target.types.ts';

/** A target that takes longer is tried again later. */
const TIMEOUT_MS = 10_000;

export const SIGNATURE_HEADER = 'Ratchet-Signature';
export const ID_HEADER = 'Ratchet-Message-Id';

export interface Sent {
  verdict: Verdict;
  /** What it answered, or why it did not: one line without anything secret. */
  said: string;
  status?: number;
}

/**
 * "t=<seconds since 1970>,v1=<hex>": HMAC-SHA256 over "<seconds>.<body>". Made anew with each try, so whoever receives it may refuse
 * what is older than some minutes, and with that what somebody recorded.
 */
export function signatureOf(body: string, secret: string, now: number): string {
  const seconds = Math.floor(now / 1_000);
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

function slackBody(stored: string): string | undefined {
  const message = AlertMessage.safeParse(JSON.parse(stored));
  return message.success ? JSON.stringify({ text: slackText(message.data) }) : undefined;
}

export type Send = (target: AlertTarget, delivery: { id: string; body: string }) => Promise<Sent>;

/** One try. Never rejects. */
export function createSend(fetch: Fetch, clock: Pick<Clock, 'now'>, version: string): Send {
  return async (target, { id, body: stored }) => {
    const { form, url, secret } = target;
    const body = form === 'slack' ? slackBody(stored) : stored;
    if (body === undefined) return { verdict: { kind: 'refused' }, said: 'another version of Ratchet wrote the message' };
    const headers = {
      'Content-Type': 'application/json',
      'User-Agent': `ratchet/${version}`,
      [ID_HEADER]: id,
      ...(secret === undefined ? {} : { [SIGNATURE_HEADER]: signatureOf(body, secret, clock.now()) }),
    };
    try {
      const answer = await fetch(url, { method: 'POST', headers, body, timeoutMs: TIMEOUT_MS });
      const verdict = judgeStatus(answer.status, answer.headers.get('Retry-After'), clock.now());
      // Its words are for people; a body that breaks off changes nothing about the status.
      const text = await answer.text().catch(() => '');
      const words = withoutSecrets(text, target);
      return { verdict, status: answer.status, said: words === '' ? String(answer.status) : `${answer.status}: ${words}` };
    } catch (error) {
      const why =
        error instanceof Error
          ? error.name === 'TimeoutError'
            ? `no answer within ${TIMEOUT_MS / 1_000} s`
            : error.message
          : String(error);
      return { verdict: { kind: 'later' }, said: withoutSecrets(why, target) };
    }
  };
}

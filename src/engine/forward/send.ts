import type { Clock, Fetch } from '../../runtime.ts';
import { withoutSecrets } from '../alerting/target.types.ts';
import type { ForwardedEvent, ForwardTarget } from './target.types.ts';
import { type ForwardVerdict, judgeAnswer } from './verdict.ts';

/** A target that takes longer is not there. As long as MicroMDM waits for its consumer. */
export const FORWARD_TIMEOUT_MS = 30_000;
/** What is left to the Fetch port to end a try by itself. */
const MARGIN_MS = 1_000;

export interface ForwardSent {
  verdict: ForwardVerdict;
  /** What it answered, or why it did not: one line without anything secret. */
  said: string;
}

export type ForwardSend = (target: ForwardTarget, event: ForwardedEvent) => Promise<ForwardSent>;

/** One try. Never rejects, and is over in time whatever the target does. */
export function createForwardSend(fetch: Fetch, clock: Pick<Clock, 'at' | 'cancel' | 'now'>, version: string): ForwardSend {
  return async (target, { headers, body }) => {
    const timer = `forward-timeout ${target.name}`;
    const secrets = { url: target.url, ...(target.authorization === undefined ? {} : { secret: target.authorization }) };
    const isTooLate = new Promise<never>((_resolve, reject) => {
      clock.at(clock.now() + FORWARD_TIMEOUT_MS + MARGIN_MS, timer, () => reject(timeoutError()));
    });
    try {
      const { status, retryAfter, text } = await Promise.race([ask(target, headers, body), isTooLate]);
      const words = withoutPayload(withoutSecrets(text, secrets));
      const verdict = judgeAnswer(status, retryAfter, clock.now());
      return { verdict, said: words === '' ? String(status) : `${status}: ${words}` };
    } catch (error) {
      const why = !(error instanceof Error)
        ? String(error)
        : error.name === 'TimeoutError'
          ? `no answer within ${FORWARD_TIMEOUT_MS / 1_000} s`
          : error.message;
      return { verdict: { kind: 'later' }, said: withoutSecrets(why, secrets) };
    } finally {
      clock.cancel(timer);
    }
  };

  async function ask({ url, authorization }: ForwardTarget, passedOn: ForwardedEvent['headers'], body: Uint8Array) {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        ...passedOn,
        'User-Agent': `ratchet/${version}`,
        ...(authorization === undefined ? {} : { Authorization: authorization }),
      },
      body,
      timeoutMs: FORWARD_TIMEOUT_MS,
    });
    // Its words are for people; a body that breaks off changes nothing about the status.
    const text = await answer.text().catch(() => '');
    return { status: answer.status, retryAfter: answer.headers.get('Retry-After'), text };
  }
}

/** Of 200 characters the last word may be the beginning of a longer one. */
const CUT_AT = 200;

/** Some answer an error with what they could not read: in a webhook that is keys and tokens, which are long words. */
function withoutPayload(words: string): string {
  const shown = words.replaceAll(/[\w+/=-]{20,}/g, '…');
  return words.length < CUT_AT ? shown : shown.replace(/[\w+/=-]{8,}$/, '…');
}

function timeoutError(): Error {
  return Object.assign(new Error('no answer in time'), { name: 'TimeoutError' });
}

import { expect, it } from 'vitest';
import { createStatusRelay } from '../../src/engine/serve-ddm/status-relay.ts';
import type { UpstreamAnswer, UpstreamRequest } from '../../src/hosts/ddm-upstream.ts';
import { silentLogger } from '../../src/logger.ts';

function createBench(answers: UpstreamAnswer[]) {
  const sent: string[] = [];
  let retry: (() => void) | undefined;
  let now = 0;
  const upstream = {
    name: 'http://kmfddm:9002/',
    async ask({ body }: UpstreamRequest): Promise<UpstreamAnswer> {
      sent.push(Buffer.from(body).toString());
      return answers.shift() ?? { kind: 'answer', body: '' };
    },
  };
  const clock = {
    now: () => now,
    at: (at: number, _key: string, run: () => void) => {
      retry = () => {
        now = at;
        run();
      };
    },
    cancel: () => undefined,
  };
  const relay = createStatusRelay({ upstream, clock: { ...clock, turn: async () => undefined }, log: silentLogger });
  const take = (text: string) => relay.take({ endpoint: { kind: 'status' }, enrollmentId: 'D1', body: Buffer.from(text) });
  async function rounds(): Promise<void> {
    for (await relay.idle(); retry !== undefined; await relay.idle()) {
      const run = retry;
      retry = undefined;
      run();
    }
  }
  return { sent, relay, take, rounds };
}

const refused = (status: number): UpstreamAnswer => ({ kind: 'refused', status, message: `HTTP ${status}` });

it.each([401, 403, 407, 408, 429, 500])('a report waits for a server that answers %i for a while', async (status) => {
  const { sent, relay, take, rounds } = createBench([refused(status), refused(status)]);
  take('a');
  take('b');
  await rounds();
  expect(sent).toEqual(['a', 'a', 'a', 'b']);
  expect(relay.counts()).toEqual({ waiting: 0, lost: 0 });
});

it('one that it fails at again and again does not hold up the others for ever', async () => {
  const { sent, take, rounds } = createBench(Array.from({ length: 5 }, () => refused(500)));
  take('a');
  take('b');
  await rounds();
  expect(sent).toEqual(['a', 'a', 'a', 'a', 'a', 'b']);
});

it('more reports do not use up its tries', async () => {
  const { sent, relay, take, rounds } = createBench(Array.from({ length: 8 }, () => refused(500)));
  for (const text of 'abcdefg') {
    take(text);
    await relay.idle();
  }
  await rounds();
  expect(sent.join('')).toBe(`${'a'.repeat(9)}bcdefg`);
});

it('one that it does not want is not sent again', async () => {
  const { sent, take, rounds } = createBench([refused(400)]);
  take('a');
  take('b');
  await rounds();
  expect(sent).toEqual(['a', 'b']);
});

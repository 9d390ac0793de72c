import { describe, it } from 'vitest';
import { testDeclarationChannel } from '../hosts/contract-channel.ts';
import { openSink } from '../hosts/sink.ts';
import { startKmfddm } from './kmfddm-process.ts';

/** Executables of KMFDDM 0.8 or later, separated by commas. */
const executables = (process.env.RATCHET_LIVE_KMFDDM ?? '').split(',').filter((path) => path !== '');

if (executables.length === 0) {
  describe.skip('a real KMFDDM', () => {
    it('skipped: RATCHET_LIVE_KMFDDM names no executable (several are separated by commas)', () => {});
  });
}

for (const executable of executables) {
  testDeclarationChannel(`KMFDDM ${executable}`, async () => {
    // Where the MDM server would be: nothing may come.
    const sink = await openSink();
    let notified = 0;
    sink.answer = () => {
      notified += 1;
      return { status: 200 };
    };
    const kmfddm = await startKmfddm(executable, { apiKey: 'apikey', enqueueUrl: `${sink.url}/v1/enqueue/`, enqueueKey: 'x' });
    return {
      apiUrl: `${kmfddm.url}/v1/`,
      user: 'kmfddm',
      key: 'apikey',
      notified: () => notified,
      async ofDevice(id, endpoint, body = '') {
        const answer = await fetch(`${kmfddm.url}/${endpoint}`, {
          headers: { 'X-Enrollment-ID': id },
          ...(body === '' ? {} : { method: 'PUT', body }),
        });
        return { status: answer.status, body: await answer.text() };
      },
      async stop() {
        await kmfddm.stop();
        await sink.close();
      },
    };
  });
}

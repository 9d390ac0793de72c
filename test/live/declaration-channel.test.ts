import { describe, it } from 'vitest';
import { testDeclarationChannel } from '../hosts/contract-channel.ts';
import { KMFDDM_KEY } from '../hosts/contract-upstream.ts';
import { openSink } from '../hosts/sink.ts';
import { KMFDDMS, startKmfddm } from './kmfddm-process.ts';

if (KMFDDMS.length === 0) {
  describe.skip('declarations in a real KMFDDM', () => {
    it('skipped: RATCHET_LIVE_KMFDDM names no executable (several are separated by commas)', () => {});
  });
}

for (const executable of KMFDDMS) {
  testDeclarationChannel(`declarations in KMFDDM ${executable}`, async () => {
    // Where the MDM server would be: nothing may come.
    const sink = await openSink();
    let notified = 0;
    sink.answer = () => {
      notified += 1;
      return { status: 200 };
    };
    const kmfddm = await startKmfddm(executable, { enqueueUrl: `${sink.url}/v1/enqueue/`, key: 'none' });
    return {
      apiUrl: `${kmfddm.url}v1/`,
      user: 'kmfddm',
      key: KMFDDM_KEY,
      notified: () => notified,
      async ofDevice(id, endpoint, body = '') {
        const answer = await fetch(`${kmfddm.url}${endpoint}`, {
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

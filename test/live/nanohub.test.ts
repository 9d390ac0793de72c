import { describe, it } from 'vitest';
import { basicAuthorization } from '../../src/hosts/ask.ts';
import { keys } from '../hosts/bench.ts';
import { testNanoHubContract } from '../hosts/contract.ts';
import { testDeclarationChannel } from '../hosts/contract-channel.ts';
import { openSink } from '../hosts/sink.ts';
import { startNanoHub } from './nanohub-process.ts';

/** Executables of NanoHUB after 0.2.0, separated by commas. */
const executables = (process.env.RATCHET_LIVE_NANOHUB ?? '').split(',').filter((path) => path !== '');

if (executables.length === 0) {
  describe.skip('a real NanoHUB', () => {
    it('skipped: RATCHET_LIVE_NANOHUB names no executable (several are separated by commas)', () => {});
  });
}

for (const executable of executables) {
  testNanoHubContract(`NanoHUB ${executable}`, (settings) => startNanoHub(executable, settings));

  testDeclarationChannel(`declarations in NanoHUB ${executable}`, async () => {
    const sink = await openSink();
    const hub = await startNanoHub(executable, { ...keys, webhookUrl: `${sink.url}/webhook` });
    const authorization = basicAuthorization('nanohub', keys.apiKey);
    return {
      apiUrl: `${hub.url}/api/v1/ddm/`,
      user: 'nanohub',
      key: keys.apiKey,
      async ofDevice(id, endpoint, body = '') {
        const answer = await fetch(`${hub.url}/api/v1/ddm/${endpoint}`, {
          headers: { authorization, 'X-Enrollment-ID': id },
          ...(body === '' ? {} : { method: 'PUT', body }),
        });
        return { status: answer.status, body: await answer.text() };
      },
      async stop() {
        await hub.stop();
        await sink.close();
      },
    };
  });
}

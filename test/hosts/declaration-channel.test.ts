import { createSimKmfddm } from '../../src/sim/kmfddm.ts';
import { listen } from '../../src/sim/listen.ts';
import { bytesOf, textOf } from '../../src/sim/wire.ts';
import { testDeclarationChannel } from './contract-channel.ts';

testDeclarationChannel('the simulated KMFDDM', async () => {
  let notified = 0;
  const kmfddm = createSimKmfddm({
    shuffle: (items) => items.reverse(),
    now: () => Date.now(),
    apiKey: 'apikey',
    notify(ids) {
      notified += ids.length;
      return undefined;
    },
  });
  const listening = await listen(async (request) => kmfddm.handle(request));
  return {
    apiUrl: `${listening.url}/v1/`,
    user: 'kmfddm',
    key: 'apikey',
    notified: () => notified,
    async ofDevice(id, endpoint, body = '') {
      const answer = kmfddm.ofDevice(id, body === '' ? 'GET' : 'PUT', endpoint, bytesOf(body));
      return { status: answer.status, body: textOf(answer.body) };
    },
    stop: () => listening.close(),
  };
});

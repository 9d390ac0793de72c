import { createSimKmfddm } from '../../src/sim/kmfddm.ts';
import { listen } from '../../src/sim/listen.ts';
import { createSimNanoHub } from '../../src/sim/nanohub-host.ts';
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

testDeclarationChannel('declarations in the simulated NanoHUB', async () => {
  let notified = 0;
  const hub = createSimNanoHub({
    shuffle: (items) => items.reverse(),
    now: () => Date.now(),
    random: () => Math.random(),
    apiKey: 'apikey',
    fetch: () => Promise.reject(new Error('nobody is there')),
    notify(ids) {
      notified += ids.length;
      return undefined;
    },
  });
  const listening = await listen((request) => hub.handle(request));
  return {
    apiUrl: `${listening.url}/api/v1/ddm/`,
    user: 'nanohub',
    key: 'apikey',
    notified: () => notified,
    async ofDevice(id, endpoint, body = '') {
      const answer = hub.kmfddm.ofDevice(id, body === '' ? 'GET' : 'PUT', endpoint, bytesOf(body));
      return { status: answer.status, body: textOf(answer.body) };
    },
    stop: () => listening.close(),
  };
});

import { afterEach, describe, it } from 'vitest';
import { testCommandsJourney } from '../e2e/commands-journey.ts';
import { OLDER_DEVICES, type OlderDevice } from '../e2e/older-devices.ts';
import { unusableFor } from './database.ts';
import { startMicroMdm } from './micromdm-process.ts';
import { type NanoMdmStorage, startNanoMdm } from './nanomdm-process.ts';

const listOf = (text: string | undefined) => (text ?? '').split(',').filter((path) => path !== '');

/** Executables of NanoMDM 0.9 or later and of MicroMDM 1.11 or later, separated by commas. */
const nanoMdms = listOf(process.env.RATCHET_LIVE_NANOMDM);
const microMdms = listOf(process.env.RATCHET_LIVE_MICROMDM);
/** Each names a database that has NanoMDM's schema and nothing in it at first; further runs may use it again. */
const { RATCHET_LIVE_PGSQL: pgsql = '', RATCHET_LIVE_MYSQL: mysql = '' } = process.env;

const mysqlProblem =
  mysql === '' ? 'RATCHET_LIVE_MYSQL names no database (user:password@tcp(host:port)/name, with the schema)' : await unusableFor(mysql);

const missing = [
  ['NanoMDM', nanoMdms.length === 0, 'RATCHET_LIVE_NANOMDM names no executable (several are separated by commas)'],
  ['NanoMDM on PostgreSQL', pgsql === '', 'RATCHET_LIVE_PGSQL names no database (postgres://user@host/name, with the schema)'],
  ['NanoMDM on MySQL', mysqlProblem !== undefined, mysqlProblem],
  ['MicroMDM', microMdms.length === 0, 'RATCHET_LIVE_MICROMDM names no executable (several are separated by commas)'],
] as const;
for (const [server, isMissing, because] of missing) {
  if (!isMissing) continue;
  describe.skip(`an older device behind a real ${server}: ${because}`, () => {
    it('skipped: there is no such server', () => {});
  });
}

/** For the person who looks at the run. */
const story: string[] = [];
afterEach(() => {
  if (story.length > 0) console.log(story.splice(0).join('\n'));
});
const tell = (line: string) => void story.push(line);

const { phone, mac, oldPhone } = OLDER_DEVICES;
const storages: readonly (readonly [NanoMdmStorage, OlderDevice])[] = [
  [{ name: 'filekv' }, phone],
  [{ name: 'inmem' }, oldPhone],
  ...(pgsql === '' ? [] : [[{ name: 'pgsql', dsn: pgsql }, mac] as const]),
  ...(mysqlProblem !== undefined ? [] : [[{ name: 'mysql', dsn: mysql }, phone] as const]),
];

for (const executable of nanoMdms) {
  for (const [storage, device] of storages) {
    testCommandsJourney(`behind NanoMDM ${executable} on ${storage.name}`, {
      startHost: (settings) => startNanoMdm(executable, settings, storage),
      tell,
      device,
    });
  }
}

for (const executable of microMdms) {
  for (const device of [phone, mac]) {
    testCommandsJourney(`behind MicroMDM ${executable}`, {
      server: 'micromdm',
      startHost: (settings) => startMicroMdm(executable, settings),
      tell,
      device,
    });
  }
}

import { expect, it } from 'vitest';
import { listenProblem } from '../../src/config/listen-problem.ts';

const error = (code: string) => Object.assign(new Error(`listen ${code}`), { code });

it.each([
  [
    'EADDRINUSE',
    "--listen-ddm: can't listen on :9007: another process has this port (EADDRINUSE); fix: end it (ss -ltnp 'sport = :9007' shows which it is), or write another port for --listen-ddm",
  ],
  [
    'EACCES',
    "--listen-ddm: can't listen on :9007: this user may not have this port (EACCES); fix: write a port of 1024 or above for --listen-ddm",
  ],
  [
    'EADDRNOTAVAIL',
    "--listen-ddm: can't listen on :9007: no interface of this machine has this address (EADDRNOTAVAIL); fix: write --listen-ddm 127.0.0.1:9007, :9007 or an address that ip addr shows",
  ],
  [
    'ENOTFOUND',
    "--listen-ddm: can't listen on :9007: this name has no address (ENOTFOUND); fix: write --listen-ddm 127.0.0.1:9007, :9007 or an address that ip addr shows",
  ],
])('names the setting and what to do for %s', (code, expected) => {
  expect(listenProblem('listenDdm', { port: 9007 }, error(code))).toBe(expected);
});

it.each([
  ['an error of another kind', error('EMFILE')],
  ['one without a code', new Error('no')],
  ['none', 'EADDRINUSE'],
])('is silent about %s', (_, given) => {
  expect(listenProblem('listenPublic', { host: '10.0.0.1', port: 9008 }, given)).toBeUndefined();
});

import { expect, it } from 'vitest';
import { resolveSettings } from '../../src/config/resolve-settings.ts';
import { settingsInForce } from '../../src/config/settings-in-force.ts';

it('tells every setting and its origin, and nothing that opens anything', () => {
  const env = {
    RATCHET_ENQUEUE_KEY: 'top secret 1',
    RATCHET_API: 'top secret 2',
    RATCHET_RELEASES: 'https://me:top-secret-3@mirror.example/v2/pmv?token=top-secret-4',
  };
  const shown = settingsInForce(resolveSettings({ flags: {}, env, cwd: '/srv' }));
  const of = (flag: string) => shown.find((setting) => setting.flag === flag);
  expect(of('--enqueue-key')).toMatchObject({ value: 'set', origin: 'RATCHET_ENQUEUE_KEY' });
  expect(of('--webhook-hmac-key')).toMatchObject({ value: null });
  expect(of('--listen')).toMatchObject({ value: ':9006', origin: 'default' });
  expect(of('--releases')?.value).toBe('https://mirror.example/v2/pmv');
  expect(JSON.stringify(shown)).not.toMatch(/top.secret/);
});

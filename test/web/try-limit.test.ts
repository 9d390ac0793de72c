import { describe, expect, it } from 'vitest';
import { createTryLimit, WINDOW_MS, WRONG_OVERALL_MAX, WRONG_PER_ADDRESS_MAX } from '../../src/web/try-limit.ts';

function limit() {
  let now = 1_000_000;
  const tries = createTryLimit({ now: () => now });
  const wrong = (address: string, count: number) => {
    for (let index = 0; index < count; index += 1) tries.wrong(address);
  };
  const pass = (ms: number) => {
    now += ms;
  };
  return { ...tries, wrongTimes: wrong, pass, now: () => now };
}

describe('wrong passwords', () => {
  it('from one address make it wait until the window is over, and nobody else', () => {
    const tries = limit();
    const began = tries.now();
    tries.wrongTimes('10.0.0.1', WRONG_PER_ADDRESS_MAX - 1);
    expect(tries.waitUntil('10.0.0.1')).toBeUndefined();
    tries.pass(60_000);
    tries.wrong('10.0.0.1');
    expect([tries.waitUntil('10.0.0.1'), tries.waitUntil('10.0.0.2')]).toEqual([began + WINDOW_MS, undefined]);
    tries.pass(WINDOW_MS - 60_001);
    expect(tries.waitUntil('10.0.0.1')).toBeDefined();
    tries.pass(1);
    expect(tries.waitUntil('10.0.0.1')).toBeUndefined();
    tries.wrong('10.0.0.1');
    expect(tries.waitUntil('10.0.0.1')).toBeUndefined();
  });

  it('are forgiven by a right one', () => {
    const tries = limit();
    for (let round = 0; round < 3; round += 1) {
      tries.wrongTimes('10.0.0.1', WRONG_PER_ADDRESS_MAX - 1);
      tries.right('10.0.0.1');
    }
    expect(tries.waitUntil('10.0.0.1')).toBeUndefined();
  });

  it('from many addresses make all wait but those that were right within a day', () => {
    const tries = limit();
    tries.right('10.9.9.9');
    for (let index = 0; index < WRONG_OVERALL_MAX; index += 1) tries.wrong(`10.1.${index}.1`);
    expect([tries.waitUntil('10.0.0.1'), tries.waitUntil('10.9.9.9')]).toEqual([tries.now() + WINDOW_MS, undefined]);
    tries.wrongTimes('10.9.9.9', WRONG_PER_ADDRESS_MAX);
    expect(tries.waitUntil('10.9.9.9')).toBeDefined();
    tries.pass(WINDOW_MS);
    expect(tries.waitUntil('10.0.0.1')).toBeUndefined();
  });

  it('count by the /64 of IPv6, and by the address of IPv4 in it', () => {
    const tries = limit();
    tries.wrongTimes('2001:db8:1:2::1', WRONG_PER_ADDRESS_MAX);
    const waiting = ['2001:db8:1:2:ffff::9', '2001:DB8:1:2:3:4:5:6', '2001:db8:1:3::1', '2001:db8::1:2:0:1', '::1'];
    expect(waiting.map((address) => tries.waitUntil(address) !== undefined)).toEqual([true, true, false, false, false]);
    tries.wrongTimes('::ffff:10.0.0.1', WRONG_PER_ADDRESS_MAX);
    expect([tries.waitUntil('10.0.0.1') !== undefined, tries.waitUntil('::ffff:10.0.0.2')]).toEqual([true, undefined]);
  });

  it('of ever new addresses take no more memory, and meet the limit over all', () => {
    const tries = limit();
    for (let index = 0; index < 5_000; index += 1) tries.wrong(`10.${index >> 8}.${index & 255}.1`);
    expect(tries.waitUntil('10.200.0.1')).toBeDefined();
  });
});

import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { endUnread } from '../../src/runtime/end-unread.ts';

const failed = (code: string) => Object.assign(new Error(`write ${code}`), { code });

it('the program ends when nobody reads its output, and on nothing else that goes wrong with it', () => {
  const output = new EventEmitter();
  let ended = 0;
  endUnread(output, () => {
    ended += 1;
  });
  expect(() => output.emit('error', failed('EIO'))).toThrow('write EIO');
  expect(ended).toBe(0);
  output.emit('error', failed('EPIPE'));
  expect(ended).toBe(1);
});

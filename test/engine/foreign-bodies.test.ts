import { describe, expect, it } from 'vitest';
import { BODIES_MAX, createForeignBodies } from '../../src/engine/serve-ddm/foreign-bodies.ts';

const of = (enrollmentId: string, body: string, identifier = 'wifi') => ({ identifier, serverToken: 't', enrollmentId, body });
const MEBIBYTE = 1024 * 1024;

describe('a body of another declaration server', () => {
  it('is given to who got it, and to others once two got the same', () => {
    const bodies = createForeignBodies();
    bodies.keep(of('a', 'same'));
    expect(bodies.find('wifi', 't', 'a')).toBe('same');
    expect(bodies.find('wifi', 't', 'b')).toBeUndefined();
    bodies.keep(of('a', 'same'));
    expect(bodies.find('wifi', 't', 'b')).toBeUndefined();
    bodies.keep(of('b', 'same'));
    expect(bodies.find('wifi', 't', 'c')).toBe('same');
    expect(bodies.find('wifi', 'u', 'c')).toBeUndefined();
    expect(bodies.find('mail', 't', 'c')).toBeUndefined();
  });

  it('that is not the same for all is given to nobody, whatever comes later', () => {
    const bodies = createForeignBodies();
    for (const id of ['a', 'b']) bodies.keep(of(id, 'same'));
    bodies.keep(of('c', 'of c alone'));
    for (const id of ['b', 'd', 'c', 'e']) bodies.keep(of(id, 'same'));
    for (const id of ['a', 'c', 'e']) expect(bodies.find('wifi', 't', id)).toBeUndefined();
  });

  it('of more than a mebibyte is not kept, and of too many the oldest go', () => {
    const bodies = createForeignBodies();
    bodies.keep(of('a', 'x'.repeat(MEBIBYTE + 1)));
    expect(bodies.find('wifi', 't', 'a')).toBeUndefined();
    for (let index = 0; index <= BODIES_MAX; index++) bodies.keep(of('a', `${index}`, `n${index}`));
    expect([bodies.find('n0', 't', 'a'), bodies.find('n1', 't', 'a')]).toEqual([undefined, '1']);
    const large = 'x'.repeat(MEBIBYTE);
    for (let index = 0; index < 65; index++) bodies.keep(of('a', large, `large${index}`));
    expect([bodies.find(`n${BODIES_MAX}`, 't', 'a'), bodies.find('large0', 't', 'a')]).toEqual([undefined, undefined]);
    expect(bodies.find('large1', 't', 'a')).toBe(large);
  });
});

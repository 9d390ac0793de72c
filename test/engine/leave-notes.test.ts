import { describe, expect, it } from 'vitest';
import { createLeave } from '../../src/engine/operate/leave.ts';
import type { Standing } from '../../src/engine/standing.ts';
import { createHouse } from './house.ts';

/** What to change at the servers, in the wiring that there is: a house without a device has left at once. */
async function notesOf(host: string, wiring: Partial<Pick<Standing, 'site' | 'placing'>>): Promise<string> {
  const house = createHouse();
  await house.store.saveSite({ host });
  Object.assign(house.standing, wiring);
  const left = await createLeave({ ...house, onChanged: async () => undefined }).leave({ by: 'jane' });
  return left.ok ? left.value.notes.join('\n') : left.message;
}

const placed = { placing: { upSince: 0 }, site: { dmReached: true } };

describe('when nobody holds anything', () => {
  it('-dm that leads here goes, or is pointed back', async () => {
    expect(await notesOf('nanomdm http://mdm/', { site: { dmReached: true } })).toContain(
      'At the MDM server: remove -dm and its keys, remove -webhook-url',
    );
    expect(await notesOf('nanomdm http://mdm/', { site: { dmReached: true, mergesDdm: true } })).toContain('point its -dm back');
    expect(await notesOf('nanomdm http://mdm/', { site: { dmReached: false } })).not.toContain('-dm');
  });

  it.each([
    ['nanomdm http://mdm/', 'At the MDM server: remove -webhook-url and -webhook-hmac-key, and restart it. Its -dm stays as it is'],
    ['micromdm http://mdm/', 'At MicroMDM: remove -command-webhook-url, and restart it. Its -dm stays as it is'],
  ])('at %s, inside KMFDDM, -dm stays: it leads to the operator’s own declarations', async (host, sentence) => {
    const notes = await notesOf(host, placed);
    expect(notes).toContain(sentence);
    expect(notes).not.toContain('remove -dm');
    expect(notes).toMatch(
      /KMFDDM of sets and declarations whose names begin with "ratchet\." does nothing.* two to three days after leaving/,
    );
  });

  it('at NanoHUB there is no -dm to speak of', async () => {
    const notes = await notesOf('nanohub http://hub/', placed);
    expect(notes).toContain('At NanoHUB: remove -webhook-url');
    expect(notes).not.toMatch(/ -dm/);
    expect(notes).toContain('two to three days after leaving');
  });
});

import { expect, it } from 'vitest';
import { readItemLists } from '../../src/ddm/union.ts';

const item = (name: string) => ({ Identifier: name, ServerToken: 't' });
const answer = (...names: string[]) => JSON.stringify({ Declarations: { Configurations: names.map(item) }, DeclarationsToken: 'any' });

it('reads the same lists from the same items, in whichever order they come', () => {
  expect(readItemLists(answer('b', 'c', 'a'))).toEqual(readItemLists(answer('a', 'b', 'c')));
  expect(readItemLists(answer('b', 'a'))).toMatchObject({ lists: { Activations: [], Configurations: [item('a'), item('b')] } });
});

it.each([
  ['no JSON', '{'],
  ['no lists', '{}'],
  ['a list that is none', '{"Declarations":{"Assets":{}}}'],
  ['an item without a token', '{"Declarations":{"Assets":[{"Identifier":"a"}]}}'],
])('takes %s for no manifest at all', (_, text) => {
  expect(readItemLists(text)).toMatchObject({ ok: false });
});

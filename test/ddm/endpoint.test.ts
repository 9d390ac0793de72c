import { describe, expect, it } from 'vitest';
import { parseEndpoint } from '../../src/ddm/endpoint.ts';

describe('an endpoint of the protocol', () => {
  it.each([
    ['tokens', { kind: 'tokens' }],
    ['/tokens', { kind: 'tokens' }],
    ['declaration-items', { kind: 'declaration-items' }],
    ['status', { kind: 'status' }],
    ['declaration/activation/a', { kind: 'declaration', declarationKind: 'activation', identifier: 'a' }],
    ['declaration/asset/A_b-c.9', { kind: 'declaration', declarationKind: 'asset', identifier: 'A_b-c.9' }],
    ['declaration/configuration/..a', { kind: 'declaration', declarationKind: 'configuration', identifier: '..a' }],
    ['/declaration/management/x', { kind: 'declaration', declarationKind: 'management', identifier: 'x' }],
  ])('%s', (path, expected) => {
    expect(parseEndpoint(path)).toStrictEqual(expected);
  });
});

describe('anything else a device may choose is refused', () => {
  it.each([
    '',
    '/',
    '//tokens',
    'tokens/',
    'tokens?x=y',
    'tokens\n',
    'Tokens',
    '../v1/policies',
    'http://other-host/tokens',
    'declaration',
    'declaration/',
    'declaration/configuration/',
    'declaration/configuration/.',
    'declaration/configuration/..',
    'declaration/configuration/a/b',
    'declaration/configuration/a%2Fb',
    'declaration/configuration/a b',
    'declaration/configuration/ä',
    'declaration/configuration/a\n',
    'declaration/profile/a',
    'declaration/configuration/../../status',
    'status#x',
    `declaration/configuration/${'a'.repeat(256)}`,
  ])('%j', (path) => {
    expect(parseEndpoint(path)).toBeUndefined();
  });
});

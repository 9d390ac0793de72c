import { describe, expect, it } from 'vitest';
import { endpointPath, parseEndpoint } from '../../src/ddm/endpoint.ts';

describe('an endpoint of the protocol', () => {
  it.each([
    ['tokens', { kind: 'tokens' }],
    ['/tokens', { kind: 'tokens' }],
    ['declaration-items', { kind: 'declaration-items' }],
    ['status', { kind: 'status' }],
    ['declaration/activation/a', { kind: 'declaration', declarationKind: 'activation', identifier: 'a' }],
    ['declaration/asset/A_b-c.9', { kind: 'declaration', declarationKind: 'asset', identifier: 'A_b-c.9' }],
    ['declaration/configuration/..a', { kind: 'declaration', declarationKind: 'configuration', identifier: '..a' }],
    [
      'declaration/asset/com.example.caf%C3%A9%20%40%25',
      { kind: 'declaration', declarationKind: 'asset', identifier: 'com.example.café @%' },
    ],
    ['/declaration/management/x', { kind: 'declaration', declarationKind: 'management', identifier: 'x' }],
  ])('%s', (path, expected) => {
    expect(parseEndpoint(path)).toStrictEqual(expected);
    expect(endpointPath(parseEndpoint(path) as never)).toBe(path.replace(/^\//, ''));
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
    'declaration/configuration/%2E%2e',
    'declaration/configuration/a%5C',
    'declaration/configuration/a%00',
    'declaration/configuration/a%3Fb',
    'declaration/configuration/a%23b',
    'declaration/configuration/a%C3',
    'declaration/configuration/a%',
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

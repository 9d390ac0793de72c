import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/ddm/canonical-json.ts';
import type { EnforcementSpecific, SoftwareUpdateSettings } from '../../src/ddm/declaration.types.ts';
import {
  buildDeclarations,
  isOurs,
  isSettingsIdentifier,
  settingsIdentifier,
  type WantedDeclarations,
} from '../../src/ddm/declarations.ts';
import { declarationItems, declarationKindOf, declarationsToken, tokensAnswer } from '../../src/ddm/manifest.ts';

const enforcement: EnforcementSpecific = {
  TargetOSVersion: '26.1',
  TargetBuildVersion: '25B78',
  TargetLocalDateTime: '2026-12-01T18:00:00',
};

const wanted = fc.record({
  subscriptions: fc.option(
    fc.array(fc.constantFrom('softwareupdate.install-state', 'device.operating-system.version', 'x.y'), { maxLength: 5 }),
    { nil: undefined },
  ),
  enforcement: fc.option(
    fc.record(
      {
        TargetOSVersion: fc.constantFrom('26.1', '26.2'),
        TargetBuildVersion: fc.constantFrom('25B78', '25C56'),
        TargetLocalDateTime: fc.constantFrom('2026-12-01T18:00:00', '2026-12-02T18:00:00'),
        DetailsURL: fc.constantFrom('https://it.example.com/updates', ''),
      },
      { requiredKeys: ['TargetOSVersion', 'TargetLocalDateTime'] },
    ),
    { nil: undefined },
  ),
  settings: fc.option(
    fc.constantFrom<SoftwareUpdateSettings>(
      { Notifications: false },
      { Notifications: true },
      { Deferrals: { MajorPeriodInDays: 30 } },
      { Deferrals: { MajorPeriodInDays: 30, MinorPeriodInDays: 7 } },
    ),
    { nil: undefined },
  ),
});

/** What is wanted in a form that is equal exactly when the same thing is wanted. */
function meaning({ subscriptions, enforcement, settings }: WantedDeclarations): string {
  return canonicalJson({ subscriptions: [...new Set(subscriptions ?? [])].sort(), enforcement, settings });
}

describe('the declarations of a device', () => {
  it('are a configuration and an activation for each concern', () => {
    const { declarations } = buildDeclarations({ subscriptions: ['b', 'a', 'b'], enforcement });
    expect(declarations.map(({ Type, Payload }) => ({ Type, Payload }))).toStrictEqual([
      {
        Type: 'com.apple.activation.simple',
        Payload: { StandardConfigurations: [expect.stringMatching(/^ratchet\.enforcement\.[0-9a-f]{12}$/)] },
      },
      {
        Type: 'com.apple.activation.simple',
        Payload: { StandardConfigurations: [expect.stringMatching(/^ratchet\.subscriptions\.[0-9a-f]{12}$/)] },
      },
      { Type: 'com.apple.configuration.softwareupdate.enforcement.specific', Payload: enforcement },
      { Type: 'com.apple.configuration.management.status-subscriptions', Payload: { StatusItems: [{ Name: 'a' }, { Name: 'b' }] } },
    ]);
    const configurations = declarations.slice(2).map(({ Identifier }) => Identifier);
    expect(declarations.slice(0, 2).map(({ Payload }) => Payload)).toStrictEqual(
      configurations.map((identifier) => ({ StandardConfigurations: [identifier] })),
    );
  });

  it.each([
    ['nothing', { subscriptions: undefined }, 0],
    ['an empty subscription', { subscriptions: [] }, 0],
    ['a subscription', { subscriptions: ['a'] }, 2],
    ['an enforcement', { subscriptions: undefined, enforcement }, 2],
    ['both', { subscriptions: ['a'], enforcement }, 4],
    ['settings', { subscriptions: undefined, settings: { Notifications: false } }, 2],
    ['settings without a key', { subscriptions: undefined, settings: {} }, 0],
    ['all three', { subscriptions: ['a'], enforcement, settings: { Notifications: false } }, 6],
  ])('for %s', (_name, what, count) => {
    expect(buildDeclarations(what).declarations).toHaveLength(count);
  });

  it('have identifiers that Apple and every server take', () => {
    fc.assert(
      fc.property(wanted, (what) => {
        const { declarations } = buildDeclarations(what);
        for (const { Identifier, ServerToken } of declarations) {
          expect(Identifier).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
          expect(ServerToken).toMatch(/^[0-9a-f]{32}$/);
          expect(isOurs(Identifier)).toBe(true);
        }
        expect(new Set(declarations.map(({ Identifier }) => Identifier)).size).toBe(declarations.length);
        expect(declarations.map(({ Identifier }) => Identifier)).toStrictEqual(declarations.map(({ Identifier }) => Identifier).sort());
      }),
    );
  });

  it('never change a body under an identifier', () => {
    fc.assert(
      fc.property(wanted, wanted, (one, other) => {
        const bodies = new Map(buildDeclarations(one).declarations.map((declaration) => [declaration.Identifier, declaration]));
        for (const declaration of buildDeclarations(other).declarations) {
          const before = bodies.get(declaration.Identifier);
          if (before) expect(declaration).toStrictEqual(before);
        }
      }),
    );
  });

  it('have another token exactly when something else is wanted', () => {
    fc.assert(
      fc.property(wanted, wanted, (one, other) => {
        expect(buildDeclarations(one).token === buildDeclarations(other).token).toBe(meaning(one) === meaning(other));
      }),
    );
  });

  it('do not depend on the order of keys and names', () => {
    const reordered = {
      TargetLocalDateTime: enforcement.TargetLocalDateTime,
      TargetBuildVersion: '25B78',
      DetailsURL: undefined,
      TargetOSVersion: '26.1',
    };
    expect(buildDeclarations({ subscriptions: ['a', 'b'], enforcement: reordered })).toStrictEqual(
      buildDeclarations({ subscriptions: ['b', 'a'], enforcement }),
    );
  });

  it('name settings by what they say, whatever the order of their keys', () => {
    const settings: SoftwareUpdateSettings = { Notifications: false, Deferrals: { MajorPeriodInDays: 30, MinorPeriodInDays: 7 } };
    const reordered: SoftwareUpdateSettings = { Deferrals: { MinorPeriodInDays: 7, MajorPeriodInDays: 30 }, Notifications: false };
    const set = buildDeclarations({ subscriptions: undefined, settings });
    const declaration = set.declarations.find(({ Type }) => Type === 'com.apple.configuration.softwareupdate.settings');
    expect(declaration).toMatchObject({ Identifier: settingsIdentifier(reordered), Payload: settings });
    expect(set.declarations.map(({ Identifier }) => isSettingsIdentifier(Identifier))).toEqual([false, true]);
    expect(buildDeclarations({ subscriptions: undefined, settings: reordered }).token).toBe(set.token);
  });

  it('stay the same from release to release of Ratchet', () => {
    expect(
      buildDeclarations({ subscriptions: undefined, enforcement }).declarations.map(({ Identifier, ServerToken }) => [
        Identifier,
        ServerToken,
      ]),
    ).toMatchInlineSnapshot(`
      [
        [
          "ratchet.activation.enforcement.75156dc1bb94",
          "1a53fe2a94b1e4ba72f8aac4157c04f9",
        ],
        [
          "ratchet.enforcement.9599f8c1fec4",
          "7e51baf7939ee60ce073da6a0bcd2cf6",
        ],
      ]
    `);
  });
});

const item = fc.record({ Identifier: fc.string(), ServerToken: fc.string() });

describe('the declarations token', () => {
  it('ignores the order', () => {
    const shuffled = fc.array(item).chain((items) => fc.tuple(fc.constant(items), fc.shuffledSubarray(items, { minLength: items.length })));
    fc.assert(
      fc.property(shuffled, ([items, others]) => {
        expect(declarationsToken(others)).toBe(declarationsToken(items));
      }),
    );
  });

  it('differs for any other pairs, also where their text runs together', () => {
    const part = fc.constantFrom('a', 'a1', '1', ',', '1:a,', '');
    const few = fc.array(fc.record({ Identifier: part, ServerToken: part }), { maxLength: 4 });
    const sortedText = (items: object[]) =>
      items
        .map((value) => JSON.stringify(value))
        .sort()
        .join();
    fc.assert(
      fc.property(few, few, (one, other) => {
        expect(declarationsToken(one) === declarationsToken(other)).toBe(sortedText(one) === sortedText(other));
      }),
    );
  });

  it('is short enough for Apple, for an empty set too', () => {
    expect(declarationsToken([])).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('the manifest', () => {
  it('of an empty set has all four lists', () => {
    const set = buildDeclarations({ subscriptions: undefined });
    expect(declarationItems(set)).toStrictEqual({
      Declarations: { Activations: [], Assets: [], Configurations: [], Management: [] },
      DeclarationsToken: set.token,
    });
  });

  it('lists each declaration once, with the token it has', () => {
    const set = buildDeclarations({ subscriptions: ['a'], enforcement });
    const { Declarations, DeclarationsToken } = declarationItems(set);
    const pairs = set.declarations.map(({ Identifier, ServerToken }) => ({ Identifier, ServerToken }));
    expect(Declarations.Activations).toStrictEqual(pairs.slice(0, 2));
    expect(Declarations.Configurations).toStrictEqual(pairs.slice(2));
    expect(DeclarationsToken).toBe(set.token);
  });

  it('and tokens agree', () => {
    const set = buildDeclarations({ subscriptions: ['a'] });
    expect(tokensAnswer(set.token, '2026-11-20T10:00:00Z')).toStrictEqual({
      SyncTokens: { DeclarationsToken: set.token, Timestamp: '2026-11-20T10:00:00Z' },
    });
  });
});

it.each([
  ['com.apple.activation.simple', 'activation'],
  ['com.apple.asset.data', 'asset'],
  ['com.apple.management.organization-info', 'management'],
  ['com.apple.configuration.management.status-subscriptions', 'configuration'],
  ['com.apple.configuration.passcode.settings', 'configuration'],
])('%s is of kind %s', (type, kind) => {
  expect(declarationKindOf(type)).toBe(kind);
});

it.each([
  ['ratchet.enforcement.0123456789ab', true],
  ['ratchet.something.of.a.later.version', true],
  ['com.example.ratchet.enforcement', false],
  ['ratchetx', false],
  ['', false],
])('%s is ours: %s', (identifier, ours) => {
  expect(isOurs(identifier)).toBe(ours);
});

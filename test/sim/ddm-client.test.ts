import { describe, expect, it } from 'vitest';
import { createDdmClient } from '../../src/sim/ddm-client.ts';
import type { Switches } from '../../src/sim/device.types.ts';
import { USUAL_SWITCHES } from '../../src/sim/switches.ts';
import { bytesOf, NOTHING, textOf } from '../../src/sim/wire.ts';

/** The server's side, by hand: what it holds, what it was asked, and which endpoints fail. */
function setUp(switches: Partial<Switches> = {}) {
  const server = {
    token: 't1',
    set: {
      act: { kind: 'activation', token: 'a1', type: 'com.apple.activation.simple', payload: { StandardConfigurations: ['sub', 'test'] } },
      sub: {
        kind: 'configuration',
        token: 's1',
        type: 'com.apple.configuration.management.status-subscriptions',
        payload: { StatusItems: [{ Name: 'a.b' }, { Name: 'no.such' }] },
      },
      test: { kind: 'configuration', token: 'c1', type: 'com.apple.configuration.management.test', payload: {} },
    } as Record<string, { kind: string; token: string; type: string; payload: object }>,
    failing: new Map<string, number>(),
    asked: [] as string[],
    reports: [] as Record<string, unknown>[],
  };
  const items: Record<string, unknown> = { 'a.b': 1 };
  const applied: string[][] = [];
  const json = (value: unknown) => ({ status: 200, body: bytesOf(JSON.stringify(value)) });
  const list = (kind: string) =>
    Object.entries(server.set)
      .filter(([, d]) => d.kind === kind)
      .map(([Identifier, d]) => ({ Identifier, ServerToken: d.token }));
  const client = createDdmClient({
    async exchange(endpoint, data) {
      server.asked.push(endpoint);
      const failure = server.failing.get(endpoint);
      if (failure !== undefined) return { status: failure, body: NOTHING };
      if (endpoint === 'status') {
        server.reports.push(JSON.parse(textOf(data)));
        return { status: 200, body: NOTHING };
      }
      if (endpoint === 'tokens') return json({ SyncTokens: { DeclarationsToken: server.token, Timestamp: '2026-10-05T00:00:00Z' } });
      if (endpoint === 'declaration-items')
        return json({
          Declarations: { Activations: list('activation'), Assets: [], Configurations: list('configuration'), Management: [] },
          DeclarationsToken: server.token,
        });
      const [, , identifier = ''] = endpoint.split('/');
      const declaration = server.set[identifier];
      return declaration
        ? json({ Type: declaration.type, Identifier: identifier, ServerToken: declaration.token, Payload: declaration.payload })
        : { status: 500, body: NOTHING };
    },
    judge: () => ({ valid: 'valid' }),
    onApplied: (configurations) => applied.push(configurations.map((c) => c.identifier)),
    statusItems: () => items,
    capabilities: () => ({ 'supported-versions': ['1.0.0'] }),
    hasFullReport: () => true,
    switches: {
      failedFetch: 'retry',
      pastDate: 'at-once',
      declarationsInReports: 'whole',
      pollsAfterNotNow: false,
      retriesShowDownloading: false,
      userChannelSyncs: false,
      ...USUAL_SWITCHES,
      ...switches,
    },
  });
  return { server, client, items, applied };
}

type Tree = {
  StatusItems: { a?: { b: number }; management?: { declarations?: Record<string, { identifier: string }[]> } };
  Errors: unknown[];
  FullReport: boolean;
};

describe('sync', () => {
  it('fetches tokens, manifest and each declaration, then only what changed', async () => {
    const { server, client, applied } = setUp();
    expect(await client.sync()).toBe('changed');
    expect(server.asked).toEqual([
      'tokens',
      'declaration-items',
      'declaration/activation/act',
      'declaration/configuration/sub',
      'declaration/configuration/test',
    ]);
    expect(applied).toEqual([['sub', 'test']]);
    server.asked = [];
    expect(await client.sync()).toBe('unchanged');
    expect(server.asked).toEqual(['tokens']);
    server.asked = [];
    server.token = 't2';
    (server.set.test as { token: string }).token = 'c2';
    expect(await client.sync()).toBe('changed');
    expect(server.asked).toEqual(['tokens', 'declaration-items', 'declaration/configuration/test']);
  });

  it('drops what the manifest no longer lists', async () => {
    const { server, client, applied } = setUp();
    await client.sync();
    server.token = 't2';
    delete server.set.test;
    expect(await client.sync()).toBe('changed');
    expect([...client.declarations.keys()].sort()).toEqual(['act', 'sub']);
    expect(applied.at(-1)).toEqual(['sub']);
  });

  it.each(['tokens', 'declaration-items'])('keeps everything when %s fails', async (endpoint) => {
    const { server, client } = setUp();
    await client.sync();
    server.token = 't2';
    server.set = {};
    server.failing.set(endpoint, 500);
    expect(await client.sync()).toBe(`${endpoint}: 500`);
    expect(client.declarations.size).toBe(3);
    expect(client.token).toBe('t1');
  });

  it.each([
    ['retry', 3, 't1'],
    ['drop', 2, undefined],
  ] as const)('takes a declaration that fails as %s', async (failedFetch, left, token) => {
    const { server, client } = setUp({ failedFetch });
    await client.sync();
    server.token = 't2';
    (server.set.test as { token: string }).token = 'c2';
    server.failing.set('declaration/configuration/test', 500);
    expect(await client.sync()).toContain('declaration/configuration/test: 500');
    expect([client.declarations.size, client.token]).toEqual([left, token]);
    server.failing.clear();
    expect(await client.sync()).toBe('changed');
    expect([client.declarations.get('test')?.serverToken, client.token]).toEqual(['c2', 't2']);
  });

  it('refuses a declaration that is not the one listed', async () => {
    const { server, client } = setUp();
    const exchangeToken = server.set.test as { token: string };
    let asked = 0;
    Object.defineProperty(exchangeToken, 'token', { get: () => `c${asked++}` });
    expect(await client.sync()).toContain('not what the manifest lists');
  });
});

describe('report', () => {
  it('tells what changed since the last one that arrived, everything when full', async () => {
    const { server, client, items } = setUp();
    await client.sync();
    await client.report(false);
    const first = server.reports[0] as unknown as Tree;
    expect(first.StatusItems.a).toEqual({ b: 1 });
    expect(first.StatusItems.management).toHaveProperty('client-capabilities');
    expect(first.StatusItems.management?.declarations?.configurations?.map((c) => c.identifier)).toEqual(['sub', 'test']);
    expect(first.Errors).toEqual([expect.objectContaining({ StatusItem: 'no.such' })]);
    expect(first.FullReport).toBe(false);
    expect(await client.report(false)).toBeUndefined();
    items['a.b'] = 2;
    await client.report(false);
    expect(server.reports[1]).toEqual({ StatusItems: { a: { b: 2 } }, Errors: [], FullReport: false });
    await client.report(true);
    expect(Object.keys((server.reports[2] as unknown as Tree).StatusItems).sort()).toEqual(['a', 'management']);
    expect(server.reports[2]).toMatchObject({ FullReport: true });
  });

  it('tells again what did not arrive', async () => {
    const { server, client } = setUp();
    await client.sync();
    server.failing.set('status', 500);
    expect(await client.report(false)).toBe(500);
    server.failing.clear();
    expect(await client.report(false)).toBe(200);
    expect((server.reports[0] as unknown as Tree).StatusItems.a).toEqual({ b: 1 });
  });

  it.each([
    ['whole', ['sub', 'test']],
    ['changed', ['test']],
  ] as const)('has the declarations %s', async (declarationsInReports, identifiers) => {
    const { server, client } = setUp({ declarationsInReports });
    await client.sync();
    await client.report(false);
    server.token = 't2';
    (server.set.test as { token: string }).token = 'c2';
    await client.sync();
    await client.report(false);
    expect((server.reports[1] as unknown as Tree).StatusItems.management?.declarations?.configurations?.map((c) => c.identifier)).toEqual(
      identifiers,
    );
  });

  it('says what is not referenced and what is missing', async () => {
    const { server, client } = setUp();
    (server.set.act as { payload: object }).payload = { StandardConfigurations: ['sub', 'gone'] };
    await client.sync();
    await client.report(false);
    const { activations, configurations } = (server.reports[0] as unknown as Tree).StatusItems.management?.declarations ?? {};
    expect(activations).toEqual([
      expect.objectContaining({ valid: 'invalid', reasons: [expect.objectContaining({ code: 'Error.MissingConfigurations' })] }),
    ]);
    expect(configurations?.[1]).toMatchObject({ identifier: 'test', active: false, reasons: [{ code: 'Info.NotReferencedByActivation' }] });
  });
});

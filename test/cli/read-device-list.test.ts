import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDeviceList } from '../../src/cli/read-device-list.ts';

const A = '7B0C9D1E-33A4-4C55-9E6F-0123456789AB';
const B = '00008112-000A51E23C01401E';
const both = [{ id: A, serial: 'C02LAB0001' }, { id: B }];

describe('a list of devices', () => {
  it.each<[string, string, object[]]>([
    ['CSV', `id,serial\n${A},C02LAB0001\n${B},\n`, both],
    [
      'CSV as a spreadsheet writes it',
      `\uFEFF"UDID";"Serial Number";"Device Name"\r\n"${A}";"C02LAB0001";"Jane; ""the"" Mac"\r\n"${B}";;x\r\n`,
      both,
    ],
    ['CSV by tabs, columns in another order, blank lines', `serial_number\tudid\n\nC02LAB0001\t ${A} \n\n\t${B}\n`, both],
    ['CSV with short and long rows', `udid,serial\n${A},C02LAB0001,more\n${B}\n`, both],
    [
      'CSV with types',
      `id,type\n${A},device\nABCDEF,User Enrollment (Device)\n`,
      [
        { id: A, type: 'Device' },
        { id: 'ABCDEF', type: 'User Enrollment (Device)' },
      ],
    ],
    ['ids alone', `${A}\n${B}\n`, [{ id: A }, { id: B }]],
    ['ids alone, without a last newline, Windows lines', `${A}\r\n${B}`, [{ id: A }, { id: B }]],
    ['a JSON array of ids', JSON.stringify([A, B]), [{ id: A }, { id: B }]],
    [
      'a JSON array of objects',
      JSON.stringify([
        { udid: A, serial_number: 'C02LAB0001', os: '26' },
        { UDID: B, serial: null },
      ]),
      both,
    ],
    ['JSON lines', `{"id":"${A}","serial":"C02LAB0001"}\n\n{"id":"${B}"}\n`, both],
    ['one JSON object', `{"id":"${A}","serial":"C02LAB0001"}`, both.slice(0, 1)],
    [
      'the answer of a server’s own API',
      JSON.stringify({
        enrollments: [
          { id: A, type: 'Device', device: { serial_number: 'C02LAB0001' }, enabled: true },
          { id: B, device: {} },
        ],
      }),
      [{ ...both[0], type: 'Device' }, both[1] as object],
    ],
    ['that of MicroMDM', JSON.stringify({ devices: [{ udid: A, serial_number: 'C02LAB0001', last_seen: '' }] }), both.slice(0, 1)],
  ])('%s', (_name, text, enrollments) => {
    expect(readDeviceList(text)).toEqual({ enrollments, userChannels: 0, duplicates: 0, malformed: [] });
  });

  it('names what it can not use, with its place, and takes the rest', () => {
    const rows = [
      'id,serial,type',
      `${A},C02LAB0001,`,
      ',C02LAB0002,',
      'two words,,',
      'a/b,,',
      `${'x'.repeat(256)},,`,
      `${B},not a serial,`,
      'C1,,Phone',
      'C2,,',
    ];
    const list = readDeviceList(rows.join('\n'));
    expect(list.enrollments).toEqual([{ id: A, serial: 'C02LAB0001' }, { id: 'C2' }]);
    expect(list.malformed.map(({ at, reason }) => `${at}: ${reason.slice(0, 45)}`)).toEqual([
      'line 3: there is no id',
      'line 4: "two words" is no id; expected the UDID, with',
      'line 5: "a/b" is no id; expected the UDID, without bl',
      `line 6: "${'x'.repeat(44)}`,
      'line 7: "not a serial" is no serial number; expected ',
      'line 8: type "Phone" is not known; expected Device or',
    ]);
  });

  it('goes on after a row with a stray quote, and after one that is never closed', () => {
    const stray = readDeviceList(`id,serial\n${A},"C02"x\n${B},\n`);
    expect([stray.enrollments, stray.malformed.map(({ at }) => at)]).toEqual([[{ id: B }], ['line 2']]);
    expect(stray.malformed[0]?.reason).toMatch(/quote/i);
    const open = readDeviceList(`id,serial\n${A},C02LAB0001\n${B},"C02\nC3,\n`);
    expect([open.enrollments, open.malformed]).toEqual([
      [...both.slice(0, 1), { id: 'C3' }],
      [{ at: 'line 3', reason: expect.stringContaining('Quote Not Closed') }],
    ]);
    const lines = readDeviceList(`id,note,serial
${A},"two
lines",C02LAB0001
${B},,
,x,
`);
    expect([lines.enrollments, lines.malformed]).toEqual([both, [{ at: 'line 5', reason: 'there is no id' }]]);
  });

  it('goes on after a line that is no JSON', () => {
    const list = readDeviceList(`{"id":"${A}"}\n{"id":\n5\n{"id":"${B}"}\nnull\n`);
    expect(list.enrollments).toEqual([{ id: A }, { id: B }]);
    expect(list.malformed).toEqual([
      { at: 'line 2', reason: 'not a JSON object' },
      { at: 'line 3', reason: '5 is no id; expected a text in quotes' },
      { at: 'line 5', reason: 'there is no id' },
    ]);
  });

  const FORTY = '0123456789abcdef0123456789ABCDEF01234567';
  it.each<[string, string]>([
    ['lines', [A, 'note', B.toLowerCase(), FORTY, `${FORTY}0`, `${A}:1234`, 'key: value', 'S1:jane'].join('\n')],
    ['JSON', JSON.stringify([A, 'note', B.toLowerCase(), FORTY, `${FORTY}0`, `${A}:1234`, 'key: value', 'S1:jane'])],
  ])('of bare %s takes what looks like an id; no line that may be a secret is shown', (_name, text) => {
    const { enrollments, userChannels, malformed } = readDeviceList(text);
    expect([enrollments, userChannels]).toEqual([[{ id: A }, { id: B.toLowerCase() }, { id: FORTY }], 1]);
    expect(malformed.map(({ at, reason }) => `${at.replace('entry', 'line')}: ${reason.slice(0, 20)}`)).toEqual([
      'line 2: "note" does not look',
      'line 5: "01234567…" does not',
      'line 7: "key: val…" does not',
      'line 8: "S1:jane" does not l',
    ]);
  });

  it('takes no number for an id, whatever its key', () => {
    expect(readDeviceList('[{"id":7},{"udid":true},8]')).toMatchObject({
      enrollments: [],
      malformed: [
        { reason: '7 is no id; expected a text in quotes' },
        { reason: 'there is no id' },
        { reason: '8 is no id; expected a text in quotes' },
      ],
    });
  });

  it.each(['-----BEGIN PRIVATE KEY-----\nMIIB\n', `${A}\n-----BEGIN CERTIFICATE-----\n`])('refuses %j as a whole', (text) => {
    expect(() => readDeviceList(text)).toThrow(/expected a list of devices, found a key or a certificate/);
  });

  it('counts users on devices and repeated ids, and leaves them out', () => {
    const text = `id,type\n${A},Device\n${A}:1234,User\n${A}:jane,Shared iPad\nX1,User Enrollment\n${A},Device\n`;
    expect(readDeviceList(text)).toEqual({ enrollments: [{ id: A, type: 'Device' }], userChannels: 3, duplicates: 1, malformed: [] });
  });

  it.each([
    ['a table without ids', 'serial,model\nC02,Mac15,3\n', /expected a header with a column "id" or "udid"/],
    ['a table without header', `${A},C02LAB0001\n${B},C02LAB0002\n`, /expected a header/],
    ['half an array', `["${A}",`, /begins like a JSON array and is none/],
  ])('%s is no list', (_name, text, message) => {
    expect(() => readDeviceList(text)).toThrow(message);
  });

  it.each(['', '\n\n', 'id,serial\n', '[]', '{"devices":[]}'])('nothing in %j', (text) => {
    expect(readDeviceList(text).enrollments).toEqual([]);
  });

  it('never throws anything but a sentence, whatever it is given', () => {
    const nasty = fc.string({
      unit: fc.constantFrom('"', ',', ';', '\t', '\n', '\r', '{', '}', '[', ']', ':', 'i', 'd', 'a', '1', ' ', '\uFEFF', '\0'),
    });
    fc.assert(
      fc.property(
        fc.oneof(
          nasty,
          nasty.map((text) => `id,serial\n${text}`),
          nasty.map((text) => `[${text}`),
        ),
        (text) => {
          try {
            for (const { id } of readDeviceList(text).enrollments) expect(id).toMatch(/^[^\s,:]+$/);
          } catch (error) {
            expect((error as Error).message).toMatch(/^(expected a |it begins like)/);
          }
        },
      ),
    );
  });
});

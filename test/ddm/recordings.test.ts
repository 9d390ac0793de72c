import { expect } from 'vitest';
import { decodeStatusReport } from '../../src/ddm/decode-status-report.ts';
import { recordedFiles, testRecordings } from '../hosts/recordings.ts';

const reports = recordedFiles('ddm', /status.*\.json$/).filter(([name]) => /kmfddm\.(status|A04)/.test(name));
const capabilities = recordedFiles('ddm', /client-capabilities\.json$/);
const samples = recordedFiles('ddm', /^apple-docs\.softwareupdate.*\.json$/);

testRecordings('status reports of real devices', reports, (_name, bytes) => {
  const result = decodeStatusReport(bytes.toString());
  if (!result.ok) throw new Error(result.detail);
  const { declarations, clientCapabilities, osVersion } = result.value;
  expect(declarations ?? clientCapabilities ?? osVersion).toBeDefined();
  for (const { identifier, serverToken } of declarations ?? [])
    expect([identifier, serverToken]).toStrictEqual([expect.stringMatching(/./), expect.stringMatching(/./)]);
});

testRecordings('client capabilities of real devices', capabilities, (name, bytes) => {
  const given = JSON.parse(bytes.toString());
  const report = JSON.stringify({ StatusItems: { management: { 'client-capabilities': given['client-capabilities'] ?? given } } });
  const result = decodeStatusReport(report);
  // Macs enforce from 14 on.
  const enforcement = name.includes('macos-13') ? [] : ['com.apple.configuration.softwareupdate.enforcement.specific'];
  expect(result.ok && result.value.clientCapabilities?.declarations).toStrictEqual(enforcement);
  expect(result.ok && result.value.clientCapabilities?.statusItems).toContain('device.operating-system.version');
});

testRecordings('Apple’s samples', samples, (_name, bytes) => {
  const result = decodeStatusReport(JSON.stringify({ StatusItems: JSON.parse(bytes.toString()) }));
  expect(result.ok && Object.keys(result.value)).toHaveLength(3);
});

import { parse } from 'plist';
import { describe, expect, it } from 'vitest';
import { declarativeManagementCommand, deviceInformationCommand, securityInfoCommand } from '../../src/mdm/commands.ts';
import { deviceInformationQueries } from '../../src/mdm/queries.ts';

const uuid = '2f0c2f3e-9d55-4b0c-8a41-7f8c1f0a9f11';

describe('a command', () => {
  it.each([
    [
      'DeviceInformation',
      deviceInformationCommand(uuid, ['OSVersion', 'A&B<']),
      { RequestType: 'DeviceInformation', Queries: ['OSVersion', 'A&B<'] },
    ],
    ['SecurityInfo', securityInfoCommand(uuid), { RequestType: 'SecurityInfo' }],
    ['DeclarativeManagement, without Data', declarativeManagementCommand(uuid), { RequestType: 'DeclarativeManagement' }],
  ])('%s', (_name, xml, command) => {
    expect(xml.startsWith('<?xml')).toBe(true);
    expect(parse(xml)).toStrictEqual({ CommandUUID: uuid, Command: command });
  });

  it('has the same bytes each time it is built', () => {
    expect(deviceInformationCommand(uuid, ['OSVersion'])).toBe(deviceInformationCommand(uuid, ['OSVersion']));
  });
});

it.each([
  [undefined, true],
  [26, true],
  [27, false],
  [28, false],
])('OS %s is asked for its software-update device id: %s', (osMajor, asked) => {
  expect(deviceInformationQueries(osMajor).includes('SoftwareUpdateDeviceID')).toBe(asked);
  expect(deviceInformationQueries(osMajor)).toContain('OSVersion');
});

import { parse } from 'plist';
import { describe, expect, it } from 'vitest';
import { declarativeManagementCommand, deviceInformationCommand, securityInfoCommand } from '../../src/mdm/commands.ts';

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

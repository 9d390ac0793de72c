import type { RunningHost } from './bench.ts';
import type { ScriptedDeviceSettings } from './scripted-device.ts';

/** Where a device of that name talks to a server, and how it shows who it is. */
export async function identityOf(
  host: Pick<RunningHost, 'url' | 'certificate' | 'signer'>,
  name: string,
): Promise<Pick<ScriptedDeviceSettings, 'mdmUrl' | 'checkInUrl' | 'certificate' | 'signature'>> {
  if (host.signer === undefined) return { mdmUrl: `${host.url}/mdm`, certificate: await host.certificate?.(name) };
  return { mdmUrl: `${host.url}/mdm/connect`, checkInUrl: `${host.url}/mdm/checkin`, signature: await host.signer(name) };
}

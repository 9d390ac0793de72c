import type { HostName } from '../../src/hosts/capabilities.ts';
import type { HostSettings } from '../hosts/bench.ts';
import { KEYS, type ServeOptions, type Site } from '../process/ratchet-process.ts';

/** MicroMDM signs nothing: it shows who it is by the userinfo of the URLs it was given. */
const BASIC = { user: 'mdm', webhook: 'webhook-password', dm: 'dm-password' };
const withUserinfo = (url: string, password: string) => url.replace('//', `//${BASIC.user}:${password}@`);
const MICROMDM_SETTINGS = {
  RATCHET_HOST: 'micromdm',
  RATCHET_WEBHOOK_HMAC_KEY: '',
  RATCHET_DM_HMAC_KEY: '',
  RATCHET_DM_RESPONSE_HMAC_KEY: '',
  RATCHET_WEBHOOK_USER: BASIC.user,
  RATCHET_WEBHOOK_PASSWORD: BASIC.webhook,
  RATCHET_DM_USER: BASIC.user,
  RATCHET_DM_PASSWORD: BASIC.dm,
};

/** How a server is to be started that sends to this Ratchet. */
export function hostSettings(server: HostName, site: Site): HostSettings {
  const isMicroMdm = server === 'micromdm';
  return {
    apiKey: KEYS.enqueue,
    webhookUrl: isMicroMdm ? withUserinfo(`${site.url}/webhook`, BASIC.webhook) : `${site.url}/webhook`,
    webhookHmacKey: KEYS.webhook,
    dmUrl: isMicroMdm ? withUserinfo(site.ddmUrl, BASIC.dm) : site.ddmUrl,
    dmSendHmacKey: KEYS.dmRequest,
    dmRecvHmacKey: KEYS.dmResponse,
  };
}

/** How Ratchet is to be started beside that server. */
export function serveOptions(server: HostName, hostUrl: string): Required<Pick<ServeOptions, 'flags' | 'env'>> {
  const isMicroMdm = server === 'micromdm';
  if (server === 'nanohub') return { flags: ['--host', server, '--enqueue-url', `${hostUrl}/api/v1/nanomdm/enqueue/`], env: {} };
  return {
    flags: ['--enqueue-url', `${hostUrl}/v1/${isMicroMdm ? 'commands' : 'enqueue'}/`],
    env: isMicroMdm ? MICROMDM_SETTINGS : {},
  };
}

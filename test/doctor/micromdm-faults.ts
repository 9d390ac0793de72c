import { type Fault, ratchetIsDown, serverIsDown, unasked, unheard } from './table.ts';

const WEBHOOK = 'MicroMDM needs -command-webhook-url "http://mdm:$RATCHET_WEBHOOK_PASSWORD@ratchet:9006/webhook"';
const DM = 'MicroMDM needs -dm "http://mdm:$RATCHET_DM_PASSWORD@ratchet:9007/ddm/"';

export const MICROMDM_HEALTHY = `ok       config            ratchet.yaml: 1 policy, mode silent
ok       store             /site/data: whole, 1 device, 81 GB free, held by process 4711
ok       ratchet           v1.2.3 at http://ratchet:9006, running, started just now
ok       clock             agrees with MicroMDM (to the second)
ok       releases          /site/pmv.json can be read; read just now
skipped  sofa              off: nobody tells how severe releases are
ok       mdm-server        MicroMDM at http://mdm:9000/version; its build does not tell its version
ok       mdm-api           http://mdm:9000/v1/commands/ takes our key
unknown  push              its API takes our key; nobody was pushed since the start; fix: the next command shows it: ratchet device ask <serial>
broken   push-certificate  MicroMDM has none: get push certificate: get server config for push cert: get server config from bolt: not found: ServerConfig no config found in boltdb; fix: mdmctl mdmcert upload -cert MDM_push.pem -private-key push.key
ok       webhook           http://ratchet:9006/webhook takes what has the password of --webhook-password, and nothing else
ok       webhook-calls     the last came just now, with its password
ok       dm                http://ratchet:9007/ddm/tokens answers who has the password of --dm-password and nobody else
ok       dm-calls          the last came just now, with its password, to the right path
skipped  dm-upstream       none: Ratchet alone answers -dm
skipped  gate              off: devices enroll on what they run

11 ok, 1 broken, 1 unknown, 3 skipped of 16 links
`;

export const MICROMDM_FAULTS: readonly Fault[] = [
  {
    broken: 'MicroMDM does not run',
    happens: serverIsDown,
    prints: [
      'unknown  clock             nobody who tells the time was reached',
      'broken   mdm-server        nobody answers at http://mdm:9000/version (refused); fix: start MicroMDM, or correct --enqueue-url, which is http://mdm:9000/v1/commands/',
      'skipped  mdm-api           the MDM server is not reached',
      'skipped  push              the MDM server is not reached',
      'skipped  push-certificate  the MDM server is not reached',
    ],
  },
  {
    broken: 'its API key is another',
    server: () => ({ apiKey: 'another' }),
    prints: [
      'broken   mdm-api           MicroMDM refuses our key at http://mdm:9000/v1/commands/ (HTTP 401: { "error": "Unauthorized" }); fix: the value of RATCHET_ENQUEUE_KEY must be its -api-key',
      'broken   push              MicroMDM refuses our key at http://mdm:9000/v1/push/ (HTTP 401: { "error": "Unauthorized" }); fix: the value of RATCHET_ENQUEUE_KEY must be its -api-key',
      'skipped  push-certificate  its API can’t be asked',
    ],
  },
  {
    broken: 'NanoMDM is expected',
    flags: ['--host', 'nanomdm'],
    prints: [
      "broken   config            --enqueue-url: ends in /v1/commands/, which is not NanoMDM's; fix: write --enqueue-url http://127.0.0.1:9000/v1/enqueue/, or --host micromdm",
      'warning  ratchet           the running one has --host micromdm, and these settings say nanomdm; fix: restart it, or run this with the settings it was started with',
      'ok       clock             agrees with NanoMDM (to the second)',
      'broken   mdm-server        MicroMDM answers at http://mdm:9000/version; fix: --host micromdm --enqueue-url http://mdm:9000/v1/commands/',
      'skipped  mdm-api           it is another kind of server',
      'skipped  push              it is another kind of server',
      'skipped  push-certificate  its API can’t be asked',
    ],
  },
  {
    broken: 'the address is that of NanoMDM’s API',
    flags: ['--enqueue-url', 'http://mdm:9000/v1/enqueue/'],
    prints: [
      "broken   config            --enqueue-url: ends in /enqueue/, which is not MicroMDM's; fix: write --enqueue-url http://127.0.0.1:8080/v1/commands/, or --host nanomdm",
      'warning  ratchet           the running one has --enqueue-url http://mdm:9000/v1/commands/, and these settings say http://mdm:9000/v1/enqueue/; fix: restart it, or run this with the settings it was started with',
      'broken   mdm-api           http://mdm:9000/v1/enqueue/ is not its API (HTTP 404: 404 page not found); fix: --enqueue-url http://mdm:9000/v1/commands/, and MicroMDM started with -api-key',
      'skipped  push-certificate  its API can’t be asked',
    ],
  },
  {
    broken: 'its webhook has no password',
    server: ({ webhookUrl }) => ({ webhookUrl: webhookUrl.replace(/\/\/.*@/, '//') }),
    prints: [`broken   webhook-calls     some refused since the start, the last just now: no user and password; fix: ${WEBHOOK}`],
  },
  {
    broken: 'its webhook has another password',
    server: ({ webhookUrl }) => ({ webhookUrl: webhookUrl.replace(/\/\/.*@/, '//mdm:another@') }),
    prints: [`broken   webhook-calls     some refused since the start, the last just now: another user or password; fix: ${WEBHOOK}`],
  },
  {
    broken: 'its webhook goes to another path',
    server: ({ webhookUrl }) => ({ webhookUrl: `${webhookUrl}s` }),
    prints: [`broken   webhook-calls     some refused since the start, the last just now: sent to /webhooks; fix: ${WEBHOOK}`],
  },
  {
    broken: 'it has no webhook',
    server: () => ({ webhookUrl: '' }),
    happens: unheard,
    prints: [
      `unknown  webhook-calls     none since the start just now; fix: let a device call (ratchet device ask <serial>, or enroll one); if nothing comes, ${WEBHOOK}`,
    ],
  },
  {
    broken: 'its -dm lacks the last slash',
    server: ({ dmUrl }) => ({ dmUrl: dmUrl.slice(0, -1) }),
    prints: [
      `broken   dm-calls          some refused since the start, the last just now: asked for /tokens instead of /ddm/tokens: the URL of -dm lacks its last slash; fix: ${DM}`,
    ],
  },
  {
    broken: 'its -dm has no password',
    server: ({ dmUrl }) => ({ dmUrl: dmUrl.replace(/\/\/.*@/, '//') }),
    prints: [`broken   dm-calls          some refused since the start, the last just now: no user and password; fix: ${DM}`],
  },
  {
    broken: 'its -dm has another password',
    server: ({ dmUrl }) => ({ dmUrl: dmUrl.replace(/\/\/.*@/, '//mdm:another@') }),
    prints: [`broken   dm-calls          some refused since the start, the last just now: another user or password; fix: ${DM}`],
  },
  {
    broken: 'its -dm goes to the other port',
    server: ({ webhookUrl }) => ({ dmUrl: new URL('/ddm/', webhookUrl).href }),
    prints: [`broken   dm-calls          some refused since the start, the last just now: sent to the port of --listen; fix: ${DM}`],
  },
  {
    broken: 'it has no -dm',
    server: () => ({ dmUrl: '' }),
    happens: unasked,
    prints: [
      `unknown  dm-calls          none since the start just now; fix: they come when a device is first given something to hold (mode: enforce); ${DM} (with the last slash)`,
    ],
  },
  {
    broken: 'Ratchet does not run',
    happens: ratchetIsDown,
    prints: [
      'broken   ratchet           process 4711 holds the data folder, and nobody answers at http://ratchet:9006 (refused); fix: give its address with --server; if it hangs, end it and start ratchet serve anew',
      'unknown  releases          /site/pmv.json can be read; not read yet; fix: ratchet serve reads it at its start',
      'skipped  webhook           Ratchet does not run',
      `unknown  webhook-calls     Ratchet does not run; fix: start it; ${WEBHOOK}`,
      'skipped  dm                Ratchet does not run',
      `unknown  dm-calls          Ratchet does not run; fix: start it; ${DM}`,
    ],
  },
  {
    broken: 'Ratchet was started with another password of the webhook',
    env: { RATCHET_WEBHOOK_PASSWORD: 'another password' },
    prints: [
      'broken   webhook           http://ratchet:9006/webhook refuses the password of --webhook-password (403): Ratchet runs with another; fix: restart it, or run this with its settings',
    ],
  },
  {
    broken: 'Ratchet was started with another password of -dm',
    env: { RATCHET_DM_PASSWORD: 'another password' },
    prints: [
      'broken   dm                http://ratchet:9007/ddm/tokens refuses the password of --dm-password (403): Ratchet runs with another; fix: restart it, or run this with its settings',
    ],
  },
];

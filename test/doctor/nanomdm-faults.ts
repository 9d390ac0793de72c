import { type Fault, ratchetIsDown, serverIsDown, unasked, unheard } from './table.ts';

const WEBHOOK = 'NanoMDM needs -webhook-url http://ratchet:9006/webhook -webhook-hmac-key "$RATCHET_WEBHOOK_HMAC_KEY"';
const DM =
  'NanoMDM needs -dm http://ratchet:9007/ddm/ -dm-send-hmac-key "$RATCHET_DM_HMAC_KEY" -dm-recv-hmac-key "$RATCHET_DM_RESPONSE_HMAC_KEY"';
const UPLOAD = 'cat push.pem push.key | curl -T - -u "nanomdm:$RATCHET_ENQUEUE_KEY" http://mdm:9000/v1/pushcert';

export const NANOMDM_HEALTHY = `ok       config            ratchet.yaml: 1 policy, mode silent
ok       store             /site/data: whole, 1 device, 81 GB free, held by process 4711
ok       ratchet           v1.2.3 at http://ratchet:9006, running, started just now
ok       clock             agrees with NanoMDM (to the second)
ok       releases          /site/pmv.json can be read; read just now
skipped  sofa              off: nobody tells how severe releases are
ok       mdm-server        NanoMDM at http://mdm:9000/version; its build does not tell its version
ok       mdm-api           http://mdm:9000/v1/enqueue/ takes our key
unknown  push              its API takes our key; nobody was pushed since the start; fix: the next command shows it: ratchet device ask <serial>
unknown  push-certificate  NanoMDM tells when it ends to who names its topic; fix: ratchet doctor --push-topic <its topic>, the com.apple.mgmt.External.… of the enrollment profile
ok       webhook           http://ratchet:9006/webhook takes what has the key of --webhook-hmac-key, and nothing else
ok       webhook-calls     the last came just now, signed
ok       dm                http://ratchet:9007/ddm/tokens answers who has the key of --dm-hmac-key, signed, and nobody else
ok       dm-calls          the last came just now, signed, to the right path
skipped  dm-upstream       none: Ratchet alone answers -dm
skipped  gate              off: devices enroll on what they run

11 ok, 0 broken, 2 unknown, 3 skipped of 16 links
`;

export const NANOMDM_FAULTS: readonly Fault[] = [
  {
    broken: 'NanoMDM does not run',
    happens: serverIsDown,
    prints: [
      'unknown  clock             nobody who tells the time was reached',
      'broken   mdm-server        nobody answers at http://mdm:9000/version (refused); fix: start NanoMDM, or correct --enqueue-url, which is http://mdm:9000/v1/enqueue/',
      'skipped  mdm-api           the MDM server is not reached',
      'skipped  push              the MDM server is not reached',
      'skipped  push-certificate  the MDM server is not reached',
    ],
  },
  {
    broken: 'its API key is another',
    server: () => ({ apiKey: 'another' }),
    prints: [
      'broken   mdm-api           NanoMDM refuses our key at http://mdm:9000/v1/enqueue/ (HTTP 401: Unauthorized); fix: the value of RATCHET_ENQUEUE_KEY must be its -api',
      'broken   push              NanoMDM refuses our key at http://mdm:9000/v1/push/ (HTTP 401: Unauthorized); fix: the value of RATCHET_ENQUEUE_KEY must be its -api',
      'skipped  push-certificate  its API can’t be asked',
    ],
  },
  {
    broken: 'the enqueue address is a wrong one',
    flags: ['--enqueue-url', 'http://mdm:9000/api/v1/enqueue/'],
    prints: [
      'warning  ratchet           the running one has --enqueue-url http://mdm:9000/v1/enqueue/, and these settings say http://mdm:9000/api/v1/enqueue/ (and 1 more: ratchet config); fix: restart it, or run this with the settings it was started with',
      'broken   mdm-api           http://mdm:9000/api/v1/enqueue/ is not its API (HTTP 404: 404 page not found); fix: --enqueue-url http://mdm:9000/v1/enqueue/, and NanoMDM started with -api',
      'broken   push              http://mdm:9000/api/v1/push/ is not its API (HTTP 404: 404 page not found); fix: --push-url http://mdm:9000/v1/push/',
      'skipped  push-certificate  its API can’t be asked',
    ],
  },
  {
    broken: 'MicroMDM is expected',
    flags: ['--host', 'micromdm'],
    prints: [
      "broken   config            --enqueue-url: ends in /enqueue/, which is not MicroMDM's (and 4 more: ratchet check); fix: write --enqueue-url http://127.0.0.1:8080/v1/commands/, or --host nanomdm",
      'warning  ratchet           the running one has --host nanomdm, and these settings say micromdm; fix: restart it, or run this with the settings it was started with',
      'ok       clock             agrees with MicroMDM (to the second)',
      'broken   mdm-server        no MicroMDM answers at http://mdm:9000/version; fix: --host nanomdm --enqueue-url http://mdm:9000/v1/enqueue/, if it is NanoMDM',
      'skipped  mdm-api           it is another kind of server',
      'skipped  push              it is another kind of server',
      'skipped  push-certificate  its API can’t be asked',
      'broken   webhook           http://ratchet:9006/webhook refuses the key of --webhook-hmac-key (401): Ratchet runs with another; fix: restart it, or run this with its settings',
      'broken   dm                http://ratchet:9007/ddm/tokens refuses the key of --dm-hmac-key (401): Ratchet runs with another; fix: restart it, or run this with its settings',
    ],
  },
  {
    broken: 'its webhook is signed with another key',
    server: () => ({ webhookHmacKey: 'another' }),
    prints: [`broken   webhook-calls     some refused since the start, the last just now: signed with another key; fix: ${WEBHOOK}`],
  },
  {
    broken: 'its webhook is not signed',
    server: () => ({ webhookHmacKey: '' }),
    prints: [`broken   webhook-calls     some refused since the start, the last just now: no signature; fix: ${WEBHOOK}`],
  },
  {
    broken: 'its webhook goes to another path',
    server: ({ webhookUrl }) => ({ webhookUrl: `${webhookUrl}s` }),
    prints: [`broken   webhook-calls     some refused since the start, the last just now: sent to /webhooks; fix: ${WEBHOOK}`],
  },
  {
    broken: 'its webhook goes to the other port',
    server: ({ dmUrl }) => ({ webhookUrl: new URL('/webhook', dmUrl).href }),
    prints: [
      `broken   webhook-calls     some refused since the start, the last just now: sent to the port of --listen-ddm; fix: ${WEBHOOK}`,
    ],
  },
  {
    broken: 'it has no webhook',
    server: () => ({ webhookUrl: '' }),
    happens: unheard,
    prints: [
      `unknown  webhook-calls     none since the start just now; a device was heard of just now; fix: let a device call (ratchet device ask <serial>, or enroll one); if nothing comes, ${WEBHOOK}`,
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
    broken: 'its -dm has another path',
    server: ({ dmUrl }) => ({ dmUrl: new URL('/mdm/ddm/', dmUrl).href }),
    prints: [
      `broken   dm-calls          some refused since the start, the last just now: asked for /mdm/ddm/tokens, which is not below /ddm/; fix: ${DM}`,
    ],
  },
  {
    broken: 'its -dm is not signed',
    server: () => ({ dmSendHmacKey: '' }),
    prints: [`broken   dm-calls          some refused since the start, the last just now: no signature; fix: ${DM}`],
  },
  {
    broken: 'its -dm is signed with another key',
    server: () => ({ dmSendHmacKey: 'another' }),
    prints: [`broken   dm-calls          some refused since the start, the last just now: signed with another key; fix: ${DM}`],
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
    prints: [`broken   dm-calls          a device asked NanoMDM for declarations just now, and that did not come here; fix: ${DM}`],
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
    broken: 'no device has called yet',
    happens: async () => undefined,
    prints: [
      `unknown  webhook-calls     none since the start just now; fix: let a device call (ratchet device ask <serial>, or enroll one); if nothing comes, ${WEBHOOK}`,
      `unknown  dm-calls          none since the start just now; fix: they come when a device is first given something to hold (mode: enforce); ${DM} (with the last slash)`,
    ],
  },
  {
    broken: 'Ratchet was started with another key of the webhook',
    env: { RATCHET_WEBHOOK_HMAC_KEY: 'another' },
    prints: [
      'warning  config            ratchet.yaml: 1 policy, mode silent; --webhook-hmac-key: shorter than 16 characters; fix: openssl rand -hex 32',
      'broken   webhook           http://ratchet:9006/webhook refuses the key of --webhook-hmac-key (403): Ratchet runs with another; fix: restart it, or run this with its settings',
    ],
  },
  {
    broken: 'Ratchet was started with another key of -dm',
    env: { RATCHET_DM_HMAC_KEY: 'another' },
    prints: [
      'warning  config            ratchet.yaml: 1 policy, mode silent; --dm-hmac-key: shorter than 16 characters; fix: openssl rand -hex 32',
      'broken   dm                http://ratchet:9007/ddm/tokens refuses the key of --dm-hmac-key (403): Ratchet runs with another; fix: restart it, or run this with its settings',
    ],
  },
  {
    broken: 'Ratchet signs its answers with another key',
    env: { RATCHET_DM_RESPONSE_HMAC_KEY: 'another' },
    prints: [
      'warning  config            ratchet.yaml: 1 policy, mode silent; --dm-response-hmac-key: shorter than 16 characters; fix: openssl rand -hex 32',
      'broken   dm                answers of http://ratchet:9007/ddm/tokens are not signed with the value of RATCHET_DM_RESPONSE_HMAC_KEY; fix: restart Ratchet, or run this with its settings',
    ],
  },
  {
    broken: 'Ratchet was started with another path of -dm',
    flags: ['--dm-base-path', '/declarations/'],
    prints: [
      'warning  ratchet           the running one has --dm-base-path /ddm/, and these settings say /declarations/; fix: restart it, or run this with the settings it was started with',
      'broken   dm                http://ratchet:9007/declarations/tokens is not there: Ratchet runs with another --dm-base-path; fix: restart it, or run this with its settings',
    ],
  },
  {
    broken: 'the API has another password',
    env: { RATCHET_API: 'another' },
    prints: [
      'warning  config            ratchet.yaml: 1 policy, mode silent; --api: shorter than 16 characters; fix: openssl rand -hex 32',
      'broken   ratchet           http://ratchet:9006 refuses the password of its API; fix: the value of RATCHET_API must be what it was started with (--api), or a token',
      'unknown  releases          /site/pmv.json can be read; not read yet; fix: ratchet serve reads it at its start',
      'unknown  webhook-calls     the running Ratchet could not be asked; fix: give --api, and see ratchet above',
      'unknown  dm-calls          the running Ratchet could not be asked; fix: give --api, and see ratchet above',
    ],
  },
  {
    broken: 'the API’s password is not given',
    env: { RATCHET_API: '' },
    prints: [
      'unknown  ratchet           v1.2.3 runs at http://ratchet:9006; what it saw of its neighbours can’t be asked; fix: start it with --api, and give the same here (--api, RATCHET_API)',
      'unknown  releases          /site/pmv.json can be read; not read yet; fix: ratchet serve reads it at its start',
      'unknown  webhook-calls     the running Ratchet could not be asked; fix: give --api, and see ratchet above',
      'unknown  dm-calls          the running Ratchet could not be asked; fix: give --api, and see ratchet above',
    ],
  },
  {
    broken: 'a setting is wrong',
    env: { RATCHET_PUSH_RATE: '0' },
    prints: ['broken   config            RATCHET_PUSH_RATE: "0" is not accepted; fix: write 20'],
  },
  {
    broken: 'a setting was changed since the start',
    flags: ['--push-rate', '5'],
    prints: [
      'warning  ratchet           the running one has --push-rate 20, and these settings say 5; fix: restart it, or run this with the settings it was started with',
    ],
  },
  {
    broken: 'the list of releases is not there',
    flags: ['--releases', './nowhere.json'],
    prints: [
      'warning  ratchet           the running one has --releases /site/pmv.json, and these settings say /site/nowhere.json; fix: restart it, or run this with the settings it was started with',
      "broken   releases          /site/nowhere.json: ENOENT: no such file or directory, open '/site/nowhere.json'; the list held was confirmed just now; fix: correct --releases, or put the file there",
    ],
  },
  {
    broken: 'the list of releases is none',
    flags: ['--releases', './ratchet.yaml'],
    prints: [
      'warning  ratchet           the running one has --releases /site/pmv.json, and these settings say /site/ratchet.yaml; fix: restart it, or run this with the settings it was started with',
      'broken   releases          /site/ratchet.yaml is no list of releases: The answer is not JSON.; fix: give Apple’s v2/pmv, or a copy of it',
    ],
  },
  {
    broken: 'there is no push certificate of this topic',
    flags: ['--push-topic', 'com.apple.mgmt.External.lab'],
    prints: [
      `broken   push-certificate  NanoMDM has none: getting com.apple.mgmt.External.lab.pem: key not found: com.apple.mgmt.External.lab.pem; fix: ${UPLOAD}`,
    ],
  },
  {
    broken: 'pushes fail for want of a certificate',
    policies: 'policies:\n  - {name: everyone, target: latest, due: {days: 7, at: "18:00"}}\ntimeZone: Europe/Berlin\n',
    async happens(bench) {
      await bench.device.enroll();
      await bench.sees('pushes');
      await bench.device.declarativeManagement('tokens');
      await bench.sees('declarations');
    },
    prints: [
      'ok       config            ratchet.yaml: 1 policy, mode observe',
      `broken   push              the last push failed just now: retrieving push cert for topic "com.apple.mgmt.External.lab": getting com.apple.mgmt.External.lab.pem: key not found: com.apple.mgmt.External.lab.pem; fix: ${UPLOAD}`,
      `broken   push-certificate  NanoMDM has none: getting com.apple.mgmt.External.lab.pem: key not found: com.apple.mgmt.External.lab.pem; fix: ${UPLOAD}`,
    ],
  },
];

import { deviceIsAnsweredThere, type Fault } from './table.ts';

/** Where another server answers devices and our declarations are kept there: KMFDDM beside a NanoMDM, and NanoHUB. */

export const KMFDDM_HEALTHY = `ok       config            ratchet.yaml: 1 policy, mode silent
ok       store             /site/data: whole, 1 device, 81 GB free, held by process 4711
ok       ratchet           v1.2.3 at http://ratchet:9006, running, started just now
ok       clock             agrees with NanoMDM (to the second)
ok       releases          /site/pmv.json can be read; read just now
skipped  sofa              off: nobody tells how severe releases are
ok       mdm-server        NanoMDM at http://mdm:9000/version; its build does not tell its version
ok       mdm-api           http://mdm:9000/v1/enqueue/ takes our key
unknown  push              its API takes our key; nobody was pushed since the start; fix: the next command shows it: ratchet device ask <serial>
unknown  push-certificate  NanoMDM tells when it ends to who names its topic; fix: ratchet doctor --push-topic <its topic>, the com.apple.mgmt.External.… of the enrollment profile
ok       kmfddm-api        http://kmfddm:9002/v1/ takes our key
ok       webhook           http://ratchet:9006/webhook takes what has the key of --webhook-hmac-key, and nothing else
ok       webhook-calls     the last came just now, signed
skipped  dm                nobody is to ask at http://ratchet:9007/ddm/tokens: KMFDDM answers devices
ok       dm-calls          a device was answered with what is kept in KMFDDM just now
skipped  gate              off: devices enroll on what they run

11 ok, 0 broken, 2 unknown, 3 skipped of 16 links
`;

export const KMFDDM_FAULTS: readonly Fault[] = [
  {
    broken: 'KMFDDM does not run',
    async happens(bench) {
      await deviceIsAnsweredThere(bench);
      await bench.stopKmfddm();
    },
    prints: [
      'broken   kmfddm-api        nobody answers at http://kmfddm:9002/v1/ (refused): devices keep what they have; fix: start KMFDDM, or correct --kmfddm-url, such as http://127.0.0.1:9002/v1/',
    ],
  },
  {
    broken: 'its key is another',
    env: { RATCHET_KMFDDM_KEY: 'another key of KMFDDM' },
    prints: [
      'broken   kmfddm-api        KMFDDM refuses our key at http://kmfddm:9002/v1/ (HTTP 401: Unauthorized); fix: the value of RATCHET_KMFDDM_KEY must be its -api',
    ],
  },
  {
    broken: 'its address has another path',
    flags: ['--kmfddm-url', 'http://kmfddm:9002/'],
    prints: [
      'warning  ratchet           the running one has --kmfddm-url http://kmfddm:9002/v1/, and these settings say http://kmfddm:9002/; fix: restart it, or run this with the settings it was started with',
      'broken   kmfddm-api        http://kmfddm:9002/ is not the API of KMFDDM (HTTP 404: 404 page not found); fix: --kmfddm-url http://kmfddm:9002/v1/, and KMFDDM started with -api',
    ],
  },
  {
    broken: '-dm still leads to Ratchet',
    server: (_right, dmUrl) => ({ dmUrl }),
    async happens(bench) {
      await bench.device.enroll();
      await bench.sees('webhook');
      await bench.device.declarativeManagement('tokens');
      await bench.sees('declarations');
    },
    prints: [
      'broken   dm-calls          somebody asked Ratchet for declarations just now, and was refused: -dm leads here, and KMFDDM is to answer; fix: NanoMDM needs -dm http://kmfddm:9002/',
    ],
  },
  {
    broken: 'NanoMDM has no -dm',
    server: () => ({ dmUrl: '' }),
    async happens(bench) {
      await bench.device.enroll();
      await bench.device.declarativeManagement('tokens');
      await bench.sees('webhook', 'declarativeAt');
    },
    prints: [
      'unknown  dm-calls          no device came for what is kept in KMFDDM since the start just now; a device asked NanoMDM for declarations just now, and for none of ours yet; fix: it shows when a device is first given something to hold (mode: enforce); NanoMDM needs -dm http://kmfddm:9002/ (with the last slash)',
    ],
  },
];

export const NANOHUB_HEALTHY = `ok       config            ratchet.yaml: 1 policy, mode silent
ok       store             /site/data: whole, 1 device, 81 GB free, held by process 4711
ok       ratchet           v1.2.3 at http://ratchet:9006, running, started just now
ok       clock             agrees with NanoHUB (to the second)
ok       releases          /site/pmv.json can be read; read just now
skipped  sofa              off: nobody tells how severe releases are
ok       mdm-server        NanoHUB at http://mdm:9000/version; its build does not tell its version
ok       mdm-api           http://mdm:9000/api/v1/nanomdm/enqueue/ takes our key
unknown  push              its API takes our key; nobody was pushed since the start; fix: the next command shows it: ratchet device ask <serial>
unknown  push-certificate  NanoHUB tells when it ends to who names its topic; fix: ratchet doctor --push-topic <its topic>, the com.apple.mgmt.External.… of the enrollment profile
ok       kmfddm-api        http://mdm:9000/api/v1/ddm/ takes our key
ok       webhook           http://ratchet:9006/webhook takes what has the key of --webhook-hmac-key, and nothing else
ok       webhook-calls     the last came just now, signed
skipped  dm                nobody is to ask at http://ratchet:9007/ddm/tokens: NanoHUB answers devices
ok       dm-calls          a device was answered with what is kept in NanoHUB just now
skipped  gate              off: devices enroll on what they run

11 ok, 0 broken, 2 unknown, 3 skipped of 16 links
`;

export const NANOHUB_FAULTS: readonly Fault[] = [
  {
    broken: 'NanoHUB does not run',
    async happens(bench) {
      await deviceIsAnsweredThere(bench);
      await bench.stopServer();
    },
    prints: [
      'unknown  clock             nobody who tells the time was reached',
      'broken   mdm-server        nobody answers at http://mdm:9000/version (refused); fix: start NanoHUB, or correct --enqueue-url, which is http://mdm:9000/api/v1/nanomdm/enqueue/',
      'skipped  mdm-api           the MDM server is not reached',
      'skipped  push              the MDM server is not reached',
      'skipped  push-certificate  the MDM server is not reached',
      'skipped  kmfddm-api        the MDM server is not reached',
    ],
  },
  {
    broken: 'its API key is another',
    env: { RATCHET_ENQUEUE_KEY: 'another key of NanoHUB' },
    prints: [
      'broken   mdm-api           NanoHUB refuses our key at http://mdm:9000/api/v1/nanomdm/enqueue/ (HTTP 401: Unauthorized); fix: the value of RATCHET_ENQUEUE_KEY must be its -api-key',
      'broken   push              NanoHUB refuses our key at http://mdm:9000/api/v1/nanomdm/push/ (HTTP 401: Unauthorized); fix: the value of RATCHET_ENQUEUE_KEY must be its -api-key',
      'skipped  push-certificate  its API can’t be asked',
      'broken   kmfddm-api        NanoHUB refuses our key at http://mdm:9000/api/v1/ddm/ (HTTP 401: Unauthorized); fix: the value of RATCHET_ENQUEUE_KEY must be its -api-key',
    ],
  },
  {
    broken: 'the enqueue address is as NanoMDM’s',
    flags: ['--enqueue-url', 'http://mdm:9000/v1/enqueue/'],
    prints: [
      'broken   config            --kmfddm-url: not set; fix: set --kmfddm-url or RATCHET_KMFDDM_URL',
      'warning  ratchet           the running one has --enqueue-url http://mdm:9000/api/v1/nanomdm/enqueue/, and these settings say http://mdm:9000/v1/enqueue/ (and 2 more: ratchet config); fix: restart it, or run this with the settings it was started with',
      'broken   mdm-api           http://mdm:9000/v1/enqueue/ is not its API (HTTP 404: 404 page not found); fix: --enqueue-url http://mdm:9000/api/v1/nanomdm/enqueue/, and NanoHUB started with -api-key',
      'broken   push              http://mdm:9000/v1/push/ is not its API (HTTP 404: 404 page not found); fix: --push-url http://mdm:9000/api/v1/nanomdm/push/',
      'skipped  push-certificate  its API can’t be asked',
      'skipped  kmfddm-api        --kmfddm-url is not set, nor told by --enqueue-url',
    ],
  },
  {
    broken: 'it is taken for NanoMDM and KMFDDM',
    flags: ['--host', 'nanomdm', '--kmfddm-url', 'http://mdm:9000/api/v1/ddm/'],
    env: { RATCHET_KMFDDM_KEY: 'key of the MDM server' },
    prints: [
      'warning  ratchet           the running one has --host nanohub, and these settings say nanomdm; fix: restart it, or run this with the settings it was started with',
      'ok       clock             agrees with NanoMDM (to the second)',
      'ok       mdm-server        NanoMDM at http://mdm:9000/version; its build does not tell its version',
      'broken   mdm-api           NanoHUB answers at http://mdm:9000/api/v1/nanomdm/enqueue/, and has another user (HTTP 401: Unauthorized); fix: --host nanohub',
      'broken   push              NanoHUB answers at http://mdm:9000/api/v1/nanomdm/push/, and has another user (HTTP 401: Unauthorized); fix: --host nanohub',
      'skipped  push-certificate  its API can’t be asked',
      'broken   kmfddm-api        NanoHUB answers at http://mdm:9000/api/v1/ddm/, and has another user (HTTP 401: Unauthorized); fix: --host nanohub --enqueue-url http://mdm:9000/api/v1/nanomdm/enqueue/',
      'skipped  dm                nobody is to ask at http://ratchet:9007/ddm/tokens: KMFDDM answers devices',
      'ok       dm-calls          a device was answered with what is kept in KMFDDM just now',
    ],
  },
  {
    broken: 'its webhook is not signed',
    server: () => ({ webhookHmacKey: '' }),
    async happens(bench) {
      await bench.device.enroll();
      await bench.sees('webhook');
    },
    prints: [
      'broken   webhook-calls     some refused since the start, the last just now: no signature; fix: NanoHUB needs -webhook-url http://ratchet:9006/webhook -webhook-hmac-key "$RATCHET_WEBHOOK_HMAC_KEY"',
      'unknown  dm-calls          no device came for what is kept in NanoHUB since the start just now; fix: it shows when a device is first given something to hold (mode: enforce)',
    ],
  },
  {
    broken: 'a server’s -dm leads to Ratchet',
    async happens(bench) {
      await bench.device.enroll();
      await bench.sees('webhook');
      await bench.strayDm();
    },
    prints: [
      'warning  dm-calls          somebody asked Ratchet for declarations just now, and was refused: NanoHUB answers devices itself; fix: look for another MDM server whose -dm leads here',
    ],
  },
];

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../src/config/load-configuration.ts';
import { formatProblem } from '../../src/config/problem.ts';
import { readPolicyText } from '../../src/config/read-policy-file.ts';
import { resolveSettings } from '../../src/config/resolve-settings.ts';
import { serveProblems, serveWarnings } from '../../src/config/serve-problems.ts';
import {
  parseBasePath,
  parseBaseUrl,
  parseEnrollUrl,
  parseListen,
  parsePeriod,
  parsePublicUrl,
  parseReleases,
  parseSecret,
  parseSofaSource,
  parseTimes,
} from '../../src/config/setting-values.ts';
import { flagOf, SETTING_NAMES, SETTINGS, variableOf } from '../../src/config/settings.ts';
import type { Settings } from '../../src/config/settings.types.ts';
import { createAuthority } from '../feeds/certificates.ts';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'key'), 'from-a-file\n');
writeFileSync(join(folder, 'empty'), '');
writeFileSync(join(folder, 'ca.pem'), `Subject: somebody\n${createAuthority('Mirror CA').certificate}`);
writeFileSync(join(folder, 'broken.pem'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
const mirror = { releases: 'https://mirror.lan/pmv.json' };

function resolveFrom(flags: Record<string, unknown>, env: Record<string, string> = {}, yaml?: string) {
  const path = join(folder, 'ratchet.yaml');
  const file = yaml === undefined ? undefined : { path, name: 'ratchet.yaml', content: readPolicyText(yaml, 'ratchet.yaml', 0) };
  return resolveSettings({ flags, env, cwd: '/srv', ...(file === undefined ? {} : { file }) });
}

describe('the table of settings', () => {
  it.each(SETTING_NAMES)('%s is told in full, and its default is acceptable', (name) => {
    const { doc, expected, example, fallback, parse } = SETTINGS[name];
    expect(doc).toMatch(/\.$/);
    expect([expected, example].every((text) => text.length > 0)).toBe(true);
    expect(fallback === undefined || parse(fallback, '/srv') !== undefined).toBe(true);
  });

  it('names flag and variable after the setting', () => {
    expect(flagOf('dmResponseHmacKey')).toBe('--dm-response-hmac-key');
    expect(variableOf('dmResponseHmacKey')).toBe('RATCHET_DM_RESPONSE_HMAC_KEY');
  });
});

describe('precedence', () => {
  const yaml = 'server: {logLevel: error}';
  it.each<[string, Record<string, unknown>, Record<string, string>, string | undefined, string, string]>([
    ['flag', { logLevel: 'debug' }, { RATCHET_LOG_LEVEL: 'warn' }, yaml, 'debug', '--log-level'],
    ['environment', {}, { RATCHET_LOG_LEVEL: 'warn' }, yaml, 'warn', 'RATCHET_LOG_LEVEL'],
    ['an empty variable is none', {}, { RATCHET_LOG_LEVEL: '' }, yaml, 'error', 'ratchet.yaml server.logLevel'],
    ['file', {}, {}, yaml, 'error', 'ratchet.yaml server.logLevel'],
    ['default', {}, {}, undefined, 'info', ''],
  ])('%s', (_, flags, env, file, value, origin) => {
    const { settings, origins, problems } = resolveFrom(flags, env, file);
    expect(problems).toEqual([]);
    expect(settings.logLevel).toBe(value);
    expect(origins.logLevel.name).toBe(origin);
  });

  it('a wrong flag is a problem; the environment does not step in for it', () => {
    const { problems } = resolveFrom({ logLevel: 'loud' }, { RATCHET_LOG_LEVEL: 'warn' });
    expect(problems.map(formatProblem)).toEqual([
      'command line  --log-level: "loud" is not accepted; expected debug, info, warn or error; fix: write debug',
    ]);
  });
});

describe('secrets', () => {
  it.each<[string, Record<string, unknown>, Record<string, string>, string | undefined, string]>([
    ['flag', { apiFile: 'key' }, {}, undefined, '--api-file'],
    ['variable', {}, { RATCHET_API_FILE: join(folder, 'key') }, undefined, 'RATCHET_API_FILE'],
    ['ratchet.yaml, relative to it', {}, {}, 'server: {apiFile: key}', 'ratchet.yaml server.apiFile'],
  ])('are read from a file named by %s', (_, flags, env, yaml, origin) => {
    const given = { ...flags, ...(flags.apiFile === undefined ? {} : { apiFile: join(folder, 'key') }) };
    const { settings, origins, problems } = resolveFrom(given, env, yaml);
    expect(problems).toEqual([]);
    expect(settings.api).toBe('from-a-file');
    expect(origins.api.name).toBe(origin);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['missing', { apiFile: join(folder, 'none') }, /--api-file: .*ENOENT/],
    ['empty', { apiFile: join(folder, 'empty') }, /--api-file: .*is empty/],
    ['given beside the secret', { apiFile: join(folder, 'key'), api: 'other' }, /--api-file: given beside --api/],
  ])('a file that is %s is a problem', (_, flags, expected) => {
    expect(resolveFrom(flags).problems.map(formatProblem).join('\n')).toMatch(expected);
  });

  it('are never in a problem', () => {
    const problems = resolveFrom({ api: 'geheim\u0007' }, { RATCHET_DM_HMAC_KEY: ' geheim' }).problems.map(formatProblem);
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toContain('geheim');
  });
});

describe('variables nobody reads', () => {
  it.each([
    ['RATCHET_LISTN', /did you mean RATCHET_LISTEN\?/],
    ['RATCHET_ENQUEUE_KEY_FIL', /did you mean RATCHET_ENQUEUE_KEY_FILE\?/],
  ])('%s is told', (name, expected) => {
    expect(resolveFrom({}, { [name]: 'x' }).problems[0]?.message).toMatch(expected);
  });

  it.each(['RATCHET_PORT', 'RATCHET_PORT_9006_TCP', 'RATCHET_SERVICE_HOST', 'RATCHET_LIVE_NANOMDM', 'LISTEN', 'RATCHET_COLOUR'])(
    '%s is let be',
    (name) => {
      expect(resolveFrom({}, { [name]: 'x' }).problems).toEqual([]);
    },
  );
});

describe('values', () => {
  it.each([
    [':9006', { port: 9006 }],
    ['9006', { port: 9006 }],
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['[::1]:9006', { host: '::1', port: 9006 }],
    ['::1:9006', undefined],
    [':65536', undefined],
    ['localhost', undefined],
    ['http://x:1', undefined],
  ])('listen %s', (text, value) => {
    expect(parseListen(text)).toEqual(value);
  });

  it.each([
    ['http://mdm:9000/v1/enqueue', 'http://mdm:9000/v1/enqueue/'],
    ['https://mdm/v1/enqueue/', 'https://mdm/v1/enqueue/'],
    ['http://user:pass@mdm/', undefined],
    ['http://mdm/?a=b', undefined],
    ['ftp://mdm/', undefined],
    ['mdm:9000', undefined],
  ])('base URL %s', (text, value) => {
    expect(parseBaseUrl(text)).toBe(value);
  });

  it.each([
    ['/', '/'],
    ['/ddm/', '/ddm/'],
    ['/a/b/', '/a/b/'],
    ['/ddm', undefined],
    ['ddm/', undefined],
    ['/../', undefined],
    ['/a b/', undefined],
  ])('base path %s', (text, value) => {
    expect(parseBasePath(text)).toBe(value);
  });

  it.each([
    ['https://mirror.example.com/pmv.json', { kind: 'url', url: 'https://mirror.example.com/pmv.json' }],
    ['./pmv.json', { kind: 'file', path: '/srv/pmv.json' }],
    ['/etc/pmv.json', { kind: 'file', path: '/etc/pmv.json' }],
    ['apple', { kind: 'url', url: 'https://gdmf.apple.com/v2/pmv' }],
    ['Off', { kind: 'off' }],
    ['./off', { kind: 'file', path: '/srv/off' }],
    ['http://mirror.lan/pmv.json', { kind: 'url', url: 'http://mirror.lan/pmv.json' }],
    ['http://gdmf.apple.com/v2/pmv', undefined],
    ['ftp://x/y', undefined],
    ['', undefined],
  ])('releases %s', (text, value) => {
    expect(parseReleases(text, '/srv')).toEqual(value);
  });

  it.each([
    ['https://updates.example.com', 'https://updates.example.com/'],
    ['https://updates.example.com:8443/it', 'https://updates.example.com:8443/it/'],
    ['http://updates.example.com/', undefined],
    ['https://user:password@updates.example.com/', undefined],
    ['https://updates.example.com/?for=owners', undefined],
    [`https://updates.example.com/${'x'.repeat(1_000)}`, undefined],
    ['updates.example.com', undefined],
  ])('the address of owners’ pages: %s', (text, value) => {
    expect(parsePublicUrl(text)).toBe(value);
  });

  it.each([
    ['http://127.0.0.1:8080/mdm/enroll', 'http://127.0.0.1:8080/mdm/enroll'],
    ['https://profiles.example.com/enroll/', 'https://profiles.example.com/enroll/'],
    ['https://profiles.example.com', undefined],
    ['https://profiles.example.com/', undefined],
    ['https://profiles.example.com/u/enroll', undefined],
    ['https://profiles.example.com/healthz', undefined],
    ['https://profiles.example.com/:id/*', undefined],
    ['https://profiles.example.com/a%2Fb', undefined],
    ['https://user:password@profiles.example.com/enroll', undefined],
    ['https://profiles.example.com/enroll?site=1', undefined],
    ['ftp://profiles.example.com/enroll', undefined],
    ['/enroll', undefined],
  ])('the address behind the gate: %s', (text, value) => {
    expect(parseEnrollUrl(text)).toBe(value);
  });

  it.each([
    ['1', '1h', 1, 3_600_000],
    ['10', '30d', 10, 2_592_000_000],
    ['0', '59m', undefined, undefined],
    ['11', '31d', undefined, undefined],
    ['3.5', 'a day', undefined, undefined],
  ])('how often a device is sent away, in which time: %s in %s', (times, period, wanted, ms) => {
    expect([parseTimes(times), parsePeriod(period)]).toEqual([wanted, ms]);
  });

  it('that is not https is told what is wrong', () => {
    expect(resolveFrom({ publicUrl: 'http://u.example.com' }).problems.map(formatProblem)).toEqual([
      'command line  --public-url: "http://u.example.com" is not accepted; expected an https:// address without credentials or query: devices open nothing else; fix: write https://updates.example.com/',
    ]);
  });

  it.each([
    ['off', { kind: 'off' }],
    ['MacAdmins', { kind: 'url', url: 'https://sofafeed.macadmins.io/v2/' }],
    ['https://mirror.lan/sofa/v1', { kind: 'url', url: 'https://mirror.lan/sofa/v1/' }],
    ['./sofa', { kind: 'folder', path: '/srv/sofa' }],
    ['https://sofafeed.macadmins.io/v2/ios_data_feed.json', undefined],
    ['https://user:password@mirror.lan/sofa/', undefined],
    ['ftp://x/y', undefined],
    ['', undefined],
  ])('sofa %s', (text, value) => {
    expect(parseSofaSource(text, '/srv')).toEqual(value);
  });

  it.each([
    ['a', 'a'],
    ['two words', 'two words'],
    [' blank', undefined],
    ['line\nbreak', undefined],
    ['ä', undefined],
    ['', undefined],
  ])('secret "%s"', (text, value) => {
    expect(parseSecret(text)).toBe(value);
  });

  it('the push URL follows from the enqueue URL, or must be told', () => {
    const derived = resolveFrom({ enqueueUrl: 'http://m/v1/enqueue' });
    expect([derived.settings.pushUrl, derived.origins.pushUrl.kind]).toEqual(['http://m/v1/push/', 'derived']);
    expect(resolveFrom({ enqueueUrl: 'http://m/q/', pushUrl: 'http://m/p/' }).settings.pushUrl).toBe('http://m/p/');
    expect(resolveFrom({ enqueueUrl: 'http://m/q/' }).settings.pushUrl).toBeUndefined();
  });

  it('releases of ratchet.yaml are relative to it, and overruled by the flag', () => {
    expect(resolveFrom({}, {}, 'releases: {file: ./pmv.json}').settings.releases).toEqual({ kind: 'file', path: join(folder, 'pmv.json') });
    expect(resolveFrom({ releases: 'x.json' }, {}, 'releases: {file: ./pmv.json}').settings.releases).toEqual({
      kind: 'file',
      path: '/srv/x.json',
    });
    expect(resolveFrom({}, {}, 'releases: {file: off}').settings.releases).toEqual({ kind: 'file', path: join(folder, 'off') });
    expect(resolveFrom({}, {}, 'releases: {source: off}').settings.releases).toEqual({ kind: 'off' });
    const mirror = resolveFrom({}, {}, 'releases: {url: "https://mirror.lan/pmv.json", ca: ./ca.pem}').settings;
    expect([mirror.releases.kind, mirror.releasesCa]).toEqual(['url', join(folder, 'ca.pem')]);
  });

  it('releases come from Apple where nothing is said', () => {
    const { settings, origins } = resolveFrom({});
    expect([settings.releases, settings.releasesCa, origins.releases.kind]).toEqual([
      { kind: 'url', url: 'https://gdmf.apple.com/v2/pmv' },
      undefined,
      'default',
    ]);
  });
});

describe('what serve refuses', () => {
  const key = 'k'.repeat(32);
  const good = {
    enqueueUrl: 'http://m/v1/enqueue/',
    enqueueKey: key,
    webhookHmacKey: `${key}1`,
    dmHmacKey: `${key}2`,
    dmResponseHmacKey: `${key}3`,
    releases: 'x',
  };
  const settingsFrom = (change: Record<string, unknown>): Settings => {
    const flags = Object.fromEntries(Object.entries({ ...good, ...change }).filter(([, value]) => value !== undefined));
    const { settings, problems } = resolveFrom(flags);
    expect(problems).toEqual([]);
    return settings;
  };

  it.each<[string, Record<string, unknown>, string[]]>([
    ['nothing when all is set', {}, []],
    ['no enqueue URL', { enqueueUrl: undefined }, ['--enqueue-url']],
    ['no enqueue key', { enqueueKey: undefined }, ['--enqueue-key']],
    ['a push URL that can not be told', { enqueueUrl: 'http://m/q/' }, ['--push-url']],
    ['a webhook open to anybody', { webhookHmacKey: undefined }, ['--webhook-hmac-key']],
    ['unless told so', { webhookHmacKey: undefined, insecureWebhook: true }, []],
    ['or with Basic', { webhookHmacKey: undefined, webhookUser: 'u', webhookPassword: key }, []],
    ['half of Basic', { webhookUser: 'u' }, ['--webhook-password']],
    ['the other half', { webhookPassword: key }, ['--webhook-user']],
    ['an old key alone', { webhookHmacKey: undefined, insecureWebhook: true, webhookHmacKeyOld: key }, ['--webhook-hmac-key']],
    ['declarations for anybody', { dmHmacKey: undefined }, ['--dm-hmac-key']],
    ['unless told so', { dmHmacKey: undefined, insecureDm: true }, []],
    ['or on loopback', { dmHmacKey: undefined, listenDdm: '127.0.0.1:9007' }, []],
    ['a private address is not loopback', { dmHmacKey: undefined, listenDdm: '10.0.0.1:9007' }, ['--dm-hmac-key']],
    ['one port for both', { listenDdm: ':9006' }, ['--listen-ddm']],
    ['but not one port on two addresses', { listen: '10.0.0.1:9006', listenDdm: '10.0.0.2:9006' }, []],
    ['nor two free ones', { listen: ':0', listenDdm: ':0' }, []],
    ['owners’ pages without a port', { publicUrl: 'https://u.example.com' }, ['--listen-public']],
    ['their port without an address', { listenPublic: ':9008' }, ['--public-url']],
    ['both', { publicUrl: 'https://u.example.com', listenPublic: ':9008' }, []],
    ['their port that is the main one', { publicUrl: 'https://u.example.com', listenPublic: '127.0.0.1:9006' }, ['--listen-public']],
    ['or that of declarations', { publicUrl: 'https://u.example.com', listenPublic: ':9007' }, ['--listen-public']],
    ['a gate and its port', { gateUrl: 'http://mdm:8080/mdm/enroll', listenPublic: ':9008' }, []],
    ['a gate without a port', { gateUrl: 'http://mdm:8080/mdm/enroll' }, ['--listen-public']],
    ['a gate that leads to itself', { gateUrl: 'http://127.0.0.1:9008/mdm/enroll', listenPublic: ':9008' }, ['--gate-url']],
    ['by a name of its own', { gateUrl: 'http://10.0.0.1:9008/mdm/enroll', listenPublic: '10.0.0.1:9008' }, ['--gate-url']],
    ['by IPv6', { gateUrl: 'http://[::1]:9008/mdm/enroll', listenPublic: '[::]:9008' }, ['--gate-url']],
    ['or to the webhook', { gateUrl: 'http://localhost:9006/mdm/enroll', listenPublic: ':9008' }, ['--gate-url']],
    ['the same port elsewhere', { gateUrl: 'http://10.0.0.2:9008/mdm/enroll', listenPublic: '10.0.0.1:9008' }, []],
    ['another declaration server that is this one', { dmUpstreamUrl: 'http://127.0.0.1:9007/ddm/' }, ['--dm-upstream-url']],
    ['or its webhook', { dmUpstreamUrl: 'http://127.0.0.1:9006/' }, ['--dm-upstream-url']],
    ['another one', { dmUpstreamUrl: 'http://127.0.0.1:9002/' }, []],
    ['the same port on another machine', { dmUpstreamUrl: 'http://kmfddm:9007/' }, []],
    ['or on port 80', { dmUpstreamUrl: 'http://127.0.0.1/', listenDdm: '127.0.0.1:80' }, ['--dm-upstream-url']],
    ['a strict gate that is none', { gateStrict: true }, ['--gate-url']],
    ['authorities for a gate that is none', { gateCa: join(folder, 'ca.pem') }, ['--gate-url']],
    [
      'authorities for the gate that are not there',
      { gateUrl: 'http://mdm/mdm/enroll', listenPublic: ':9008', gateCa: join(folder, 'none.pem') },
      ['--gate-ca'],
    ],
    ['authorities for a mirror', { ...mirror, releasesCa: join(folder, 'ca.pem') }, []],
    ['authorities that are not there', { ...mirror, releasesCa: join(folder, 'none.pem') }, ['--releases-ca']],
    ['authorities that are none', { ...mirror, releasesCa: join(folder, 'key') }, ['--releases-ca']],
    ['broken ones', { ...mirror, releasesCa: join(folder, 'broken.pem') }, ['--releases-ca']],
    ['authorities for a file', { releasesCa: join(folder, 'ca.pem') }, ['--releases-ca']],
    ['other authorities for Apple’s server', { releases: 'apple', releasesCa: join(folder, 'ca.pem') }, ['--releases-ca']],
  ])('%s', (_, change, paths) => {
    expect(serveProblems(settingsFrom(change)).map(({ path }) => path)).toEqual(paths);
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ['nothing', {}, []],
    ['NanoMDM’s path', { enqueueUrl: 'http://mm:8080/v1/enqueue/' }, ['--enqueue-url']],
    ['an HMAC key for the webhook', { webhookHmacKey: key }, ['--webhook-hmac-key']],
    ['HMAC keys for declarations', { dmHmacKey: key, dmResponseHmacKey: key }, ['--dm-hmac-key', '--dm-response-hmac-key']],
    ['a webhook without Basic', { webhookUser: undefined, webhookPassword: undefined }, ['--webhook-user']],
    ['half a pair for the webhook', { webhookPassword: undefined }, ['--webhook-password']],
    ['declarations without Basic', { dmUser: undefined, dmPassword: undefined }, ['--dm-user']],
    ['half a pair for declarations', { dmUser: undefined }, ['--dm-user']],
    ['a webhook from anybody when told so', { webhookUser: undefined, webhookPassword: undefined, insecureWebhook: 'true' }, []],
    ['declarations on loopback', { dmUser: undefined, dmPassword: undefined, listenDdm: '127.0.0.1:9007' }, []],
    ['declarations for anybody when told so', { dmUser: undefined, dmPassword: undefined, insecureDm: 'true' }, []],
    ['no key', { enqueueKey: undefined }, ['--enqueue-key']],
  ])('with MicroMDM: %s', (_, change, paths) => {
    const micromdm = { host: 'micromdm', enqueueUrl: 'http://mm:8080/v1/commands/', webhookHmacKey: undefined, dmHmacKey: undefined };
    const basic = { dmResponseHmacKey: undefined, webhookUser: 'mm', webhookPassword: key, dmUser: 'mm', dmPassword: `${key}dm` };
    expect(serveProblems(settingsFrom({ ...micromdm, ...basic, ...change })).map(({ path }) => path)).toEqual(paths);
  });

  it('says what would help', () => {
    const [problem] = serveProblems(
      settingsFrom({ host: 'micromdm', enqueueUrl: 'http://mm/v1/commands/', webhookUser: 'u', webhookPassword: key }),
    );
    expect(formatProblem(problem as NonNullable<typeof problem>)).toMatch(
      /MicroMDM signs nothing[\s\S]*--(webhook|dm)-user and --(webhook|dm)-password/,
    );
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ['nothing', {}, []],
    ['one password for two doors', { dmUser: 'u', dmPassword: `${key}4`, api: `${key}4` }, ['--dm-password']],
    ['a short key', { api: 'short' }, ['--api']],
    ['one key for two doors', { webhookHmacKey: `${key}2` }, ['--dm-hmac-key']],
    ['releases from Apple: nothing', { releases: undefined }, []],
    ['no releases', { releases: 'off' }, ['--releases']],
    ['releases over plain http', { releases: 'http://mirror.lan/pmv.json' }, ['--releases']],
    ['SOFA over plain http', { sofa: 'http://mirror.lan/sofa' }, ['--sofa']],
    ['a lab’s authorities at the gate', { gateCa: join(folder, 'ca.pem') }, ['--gate-ca']],
    ['unsigned answers', { dmResponseHmacKey: undefined }, ['--dm-response-hmac-key']],
  ])('warns of %s', (_, change, paths) => {
    expect(serveWarnings(settingsFrom(change)).map(({ path }) => path)).toEqual(paths);
  });
});

describe('a whole configuration', () => {
  it('with a minimum at enrollment and no gate is warned', () => {
    const due = 'due: {days: 14, at: "18:00"}';
    writeFileSync(join(folder, 'ratchet.yaml'), `policies:\n  - {name: all, target: latest, enrollmentMinimum: "26.5", ${due}}\n`);
    const { warnings, fileProblems } = loadConfiguration({ flags: {}, env: {}, cwd: folder }, 0);
    expect([fileProblems, warnings.map(({ path }) => path).filter((path) => path.includes('gate'))]).toEqual([[], ['--gate-url']]);
  });

  it.each([
    ['off', ['--sofa']],
    ['macadmins', []],
  ])('with days for what is exploited and sofa %s is warned of %j', (sofa, paths) => {
    const due = 'due: {days: 14, at: "18:00", severity: {exploited: 3}}';
    writeFileSync(join(folder, 'ratchet.yaml'), `server: {sofa: ${sofa}}\npolicies:\n  - {name: all, target: latest, ${due}}\n`);
    const { warnings, fileProblems } = loadConfiguration({ flags: {}, env: {}, cwd: folder }, 0);
    expect([fileProblems, warnings.map(({ path }) => path).filter((path) => path === '--sofa')]).toEqual([[], paths]);
  });

  it('tells what is wrong in the file and beside it, together', () => {
    writeFileSync(join(folder, 'ratchet.yaml'), 'mode: enfroce\nserver: {listen: 9006x, enqueueUrl: http://m/v1/enqueue/}\n');
    const configuration = loadConfiguration({ flags: { listenDdm: 'x' }, env: { RATCHET_API: 'a\tb' }, cwd: folder }, 0);
    expect(configuration.policySet).toBeUndefined();
    expect(configuration.fileProblems.map(({ path }) => path)).toEqual(['mode']);
    expect(configuration.settingsProblems.map(({ file, line, path }) => `${file}:${line ?? ''} ${path}`).sort()).toEqual([
      'command line: --listen-ddm',
      'environment: RATCHET_API',
      'ratchet.yaml:2 server.listen',
      'settings: --dm-hmac-key',
      'settings: --enqueue-key',
      'settings: --webhook-hmac-key',
    ]);
  });
});

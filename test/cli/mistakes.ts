/** Mistakes that people make in ratchet.yaml, each of another kind, and what `ratchet check` is to say of them. */
export interface Mistake {
  kind: string;
  yaml: string | Uint8Array;
  /** From 1. */
  line: number;
  says: RegExp;
  fix: RegExp;
  /** Allowed, but probably not meant. */
  isWarning?: true;
}

const DUE = 'due: {days: 14, at: "18:00"}';

/** One good policy, with these lines in it: they begin at line 5. */
const policy = (...lines: string[]): string => under(['target: latest', DUE, ...lines]);
/** One policy of these lines, which begin at line 3. */
const under = (lines: string[]): string => ['policies:', '  - name: a', ...lines.map((line) => `    ${line}`), ''].join('\n');
/** A good policy below these lines. */
const top = (...lines: string[]): string => [...lines, policy()].join('\n');
const rings = (...entries: string[]): string => policy('rings:', ...entries.map((entry) => `  - ${entry}`));
const two = (first: string, second: string): string =>
  ['policies:', `  - {name: a, ${first}, target: latest, ${DUE}}`, `  - {name: b, ${second}, target: latest, ${DUE}}`, ''].join('\n');

const yaml: Mistake[] = [
  { kind: 'a tab', yaml: 'policies:\n\t- name: a\n', line: 2, says: /indented with a tab/, fix: /spaces/ },
  { kind: 'a key twice', yaml: 'mode: observe\nmode: enforce\n', line: 2, says: /same key .* once more/, fix: /remove one/ },
  {
    kind: 'no space after a colon',
    yaml: 'mode:observe\ntimeZone: UTC\n',
    line: 1,
    says: /without its value/,
    fix: /space after the colon/,
  },
  { kind: 'a line too far left', yaml: 'policies:\n  - name: a\n   target: latest\n', line: 3, says: /further left/, fix: /align/ },
  { kind: 'an open quote', yaml: 'mode: "observe\n', line: 2, says: /quote/, fix: /close what was opened/ },
  { kind: 'a colon in plain text', yaml: 'policies:\n  - name: a: b\n', line: 2, says: /Nested mappings/, fix: /in quotes/ },
  { kind: 'a star in plain text', yaml: policy('match: {model: [iPad13,*]}'), line: 5, says: /alias/i, fix: /"iPad13,\*"/ },
  { kind: 'an anchor that nothing set', yaml: under(['target: latest', 'due: *due']), line: 4, says: /&due/, fix: /write the values out/ },
  { kind: 'a merge key', yaml: policy('<<: {mode: observe}'), line: 5, says: /merge keys are not read/, fix: /write the keys out/ },
  { kind: 'a tag of another tool', yaml: top('mode: !env MODE'), line: 1, says: /!env/, fix: /write the value itself/ },
  { kind: 'two documents', yaml: 'mode: observe\n---\nmode: silent\n', line: 2, says: /second YAML document/, fix: /remove the line ---/ },
  { kind: 'another file', yaml: '<html><body>404</body></html>\n', line: 1, says: /no keys/, fix: /mode: observe/ },
  { kind: 'an empty file', yaml: '', line: 1, says: /there is no policy/, fix: /add policies:/, isWarning: true },
  {
    kind: 'a mistake below a byte order mark',
    yaml: '\uFEFFmode: observe\npolices: []\n',
    line: 2,
    says: /policies\?/,
    fix: /write policies:/,
  },
  { kind: 'not UTF-8', yaml: Buffer.from('mode: observe\n# \xe4\n', 'latin1'), line: 2, says: /not UTF-8/, fix: /save it as UTF-8/ },
  { kind: 'too large', yaml: `#${'x'.repeat(1024 * 1024)}`, line: 1, says: /1048577 characters/, fix: /tags/ },
];

const values: Mistake[] = [
  { kind: 'a misspelt key', yaml: top('timezone: UTC'), line: 1, says: /did you mean timeZone\?/, fix: /write timeZone:/ },
  { kind: 'a key of another block', yaml: policy('platform: iPadOS'), line: 5, says: /belongs into match/, fix: /match: \{platform: …\}/ },
  { kind: 'a missing key', yaml: `policies:\n  - {name: a, ${DUE}}\n`, line: 2, says: /target is missing/, fix: /add target: latest/ },
  { kind: 'a key without value', yaml: policy('match:'), line: 5, says: /nothing after the colon/, fix: /or remove it/ },
  { kind: 'a misspelt word', yaml: top('mode: enfroce'), line: 1, says: /enfroce is not accepted/, fix: /write mode: enforce$/ },
  { kind: 'a word in other letters', yaml: policy('match: {platform: ios}'), line: 5, says: /ios is not/, fix: /platform: iOS/ },
  { kind: 'a number where text belongs', yaml: under(['target: 26.10', DUE]), line: 3, says: /26\.10 is a number/, fix: /"26\.10"/ },
  {
    kind: 'text where a number belongs',
    yaml: under(['target: latest', 'due: {days: "14", at: "18:00"}']),
    line: 4,
    says: /"14" in quotes/,
    fix: /days: 14$/,
  },
  { kind: 'a number without its unit', yaml: top('notice: 48'), line: 1, says: /48 is a number/, fix: /notice: 48h$/ },
  { kind: 'yes for true', yaml: policy('match: {supervised: yes}'), line: 5, says: /yes is not/, fix: /supervised: true/ },
  { kind: 'a list where one value belongs', yaml: policy('match: {os: ["26"]}'), line: 5, says: /is not accepted/, fix: /os: "26"/ },
  {
    kind: 'one value where a list belongs',
    yaml: under(['target: latest', 'due: {days: 1, at: "10:00", weekdays: mon}']),
    line: 4,
    says: /mon is not/,
    fix: /\[mon\]/,
  },
  {
    kind: 'keys where a list belongs',
    yaml: `policies:\n  a: {target: latest, ${DUE}}\n`,
    line: 2,
    says: /is not accepted/,
    fix: /policies: \[\{name:/,
  },
  {
    kind: 'a name with a slash',
    yaml: `policies:\n  - {name: a/b, target: latest, ${DUE}}\n`,
    line: 2,
    says: /a\/b is not/,
    fix: /name: a-b/,
  },
  {
    kind: 'a name twice',
    yaml: two('mode: observe', 'mode: observe').replace('name: b', 'name: a'),
    line: 3,
    says: /already that of policies\[0\]/,
    fix: /name: a-2/,
  },
  { kind: 'a name for a model', yaml: policy('match: {model: "iPad Pro"}'), line: 5, says: /iPad Pro/, fix: /"iPad13,\*"/ },
  {
    kind: 'a key of the server written out',
    yaml: top('server: {webhookHmacKey: secret}'),
    line: 1,
    says: /did you mean webhookHmacKeyFile/,
    fix: /webhookHmacKeyFile:/,
  },
];

const time: Mistake[] = [
  { kind: 'a zone that is a city', yaml: top('timeZone: New York'), line: 1, says: /New York is not/, fix: /America\/New_York/ },
  {
    kind: 'a zone that is nowhere',
    yaml: top('timeZone: Europe/Atlantis'),
    line: 1,
    says: /Europe\/Atlantis is not/,
    fix: /Europe\/Berlin/,
  },
  { kind: 'dates without a zone', yaml: top('mode: enforce'), line: 1, says: /timeZone is missing/, fix: /add timeZone:/ },
  {
    kind: 'February 30',
    yaml: under(['target: latest', 'due: {date: "2027-02-30T10:00"}']),
    line: 4,
    says: /day that does not exist/,
    fix: /2027-02-28T10:00/,
  },
  {
    kind: 'a date with a zone',
    yaml: under(['target: latest', 'due: {date: "2027-02-20T10:00Z"}']),
    line: 4,
    says: /10:00Z is not/,
    fix: /"2027-02-20T10:00"/,
  },
  {
    kind: 'an hour of one digit',
    yaml: under(['target: latest', 'due: {days: 1, at: "8:00"}']),
    line: 4,
    says: /8:00 is not/,
    fix: /at: "08:00"/,
  },
  {
    kind: 'a weekday written out',
    yaml: under(['target: latest', 'due: {days: 1, at: "10:00", weekdays: [monday]}']),
    line: 4,
    says: /monday is not/,
    fix: /mon$/,
  },
  {
    kind: 'a date beside days',
    yaml: under(['target: latest', 'due: {date: "2027-02-20T10:00", days: 3}']),
    line: 4,
    says: /can't stand beside date/,
    fix: /remove days/,
  },
  {
    kind: 'days without an hour',
    yaml: under(['target: latest', 'due: {days: 3}']),
    line: 4,
    says: /at is missing beside days/,
    fix: /add at:/,
  },
  {
    kind: 'a date long past',
    yaml: under(['target: latest', 'due: {date: "2026-02-20T10:00"}']),
    line: 4,
    says: /past everywhere/,
    fix: /new date/,
    isWarning: true,
  },
  {
    kind: 'a date in a blackout',
    yaml: `blackouts: ["2027-02-20"]\n${under(['target: latest', 'due: {date: "2027-02-20T10:00"}'])}`,
    line: 5,
    says: /devices get 2027-02-21T10:00:00/,
    fix: /move the date/,
    isWarning: true,
  },
  {
    kind: 'a blackout that ends before it begins',
    yaml: top('blackouts: [{from: "2027-01-06", to: "2026-12-19"}]'),
    line: 1,
    says: /ends before it begins/,
    fix: /exchange/,
  },
  { kind: 'a blackout without end', yaml: top('blackouts: [{from: "2027-01-06"}]'), line: 1, says: /to is missing/, fix: /add to:/ },
  {
    kind: 'a blackout of two years',
    yaml: top('blackouts: [{from: "2027-01-06", to: "2028-12-31"}]'),
    line: 1,
    says: /longer than a year/,
    fix: /observe/,
  },
  {
    kind: 'a lead without blackouts',
    yaml: top('blackoutLead: 2d'),
    line: 1,
    says: /without blackouts/,
    fix: /add blackouts:/,
    isWarning: true,
  },
  {
    kind: 'a window of half an hour',
    yaml: policy('windows: [{from: "22:00", to: "22:30"}]'),
    line: 5,
    says: /30 minutes long/,
    fix: /"23:10" or later/,
  },
  {
    kind: 'a window with equal ends',
    yaml: policy('windows: [{from: "22:00", to: "22:00"}]'),
    line: 5,
    says: /open for 24 hours/,
    fix: /"02:00"/,
    isWarning: true,
  },
  {
    kind: 'a window of declarations',
    yaml: policy('channel: declarations', 'windows: [{from: "22:00", to: "04:00"}]'),
    line: 6,
    says: /never used/,
    fix: /remove windows/,
    isWarning: true,
  },
  { kind: 'a notice under a day', yaml: top('notice: 4h'), line: 1, says: /4h is not/, fix: /notice: 24h/ },
  {
    kind: 'a notice over the grace',
    yaml: top('notice: 60h'),
    line: 1,
    says: /48h\) is shorter than notice \(60h\)/,
    fix: /grace: \{returning: 60h\}/,
  },
  { kind: 'a grace over the hard stop', yaml: top('grace: {returning: 9d}'), line: 1, says: /longer than hardStop/, fix: /hardStop: 9d/ },
  {
    kind: 'a severity that puts a date off',
    yaml: under(['target: latest', 'due: {days: 5, at: "10:00", severity: {critical: 9}}']),
    line: 4,
    says: /more than days \(5\)/,
    fix: /critical: 5/,
  },
];

const targets: Mistake[] = [
  { kind: 'a target of words', yaml: under(['target: newest', DUE]), line: 3, says: /newest is not/, fix: /target: latest/ },
  { kind: 'a target with its platform', yaml: under(['target: iOS 26.1', DUE]), line: 3, says: /iOS 26\.1 is not/, fix: /target: "26\.1"/ },
  { kind: 'two targets', yaml: under(['target: [n-1, "26.5"]', DUE]), line: 3, says: /is not accepted/, fix: /target: latest/ },
  {
    kind: 'a major version that Apple left out',
    yaml: under(['match: {platform: macOS}', 'target: "18.5"', DUE]),
    line: 4,
    says: /macOS 18 does not exist: after 15 comes 26/,
    fix: /releases show/,
  },
  {
    kind: 'a target that all are past',
    yaml: under(['match: {os: ">=26.2"}', 'target: "26.1"', DUE]),
    line: 4,
    says: /nobody is ever asked/,
    fix: /raise the target/,
    isWarning: true,
  },
  {
    kind: 'a cap that all are past',
    yaml: policy('match: {os: ">=27"}', 'cap: "26"'),
    line: 6,
    says: /nobody is ever asked/,
    fix: /raise the cap/,
    isWarning: true,
  },
  { kind: 'a floor above the cap', yaml: policy('floor: "27"', 'cap: "26"'), line: 5, says: /above the cap/, fix: /lower the floor/ },
  {
    kind: 'a cap below the target',
    yaml: under(['target: "27.0"', 'cap: "26"', DUE]),
    line: 4,
    says: /does not allow the target/,
    fix: /raise the cap/,
  },
  {
    kind: 'a floor above the target',
    yaml: under(['target: "26.1"', 'floor: "26.2"', DUE]),
    line: 4,
    says: /nobody could ever reach it/,
    fix: /lower the floor/,
  },
  {
    kind: 'improvements of one release',
    yaml: under(['target: "26.1"', 'improvements: follow', DUE]),
    line: 4,
    says: /can't stand beside one exact/,
    fix: /remove improvements/,
  },
  {
    kind: 'n-1 where Apple offers only the newest',
    yaml: under(['target: n-1', 'match: {supervised: false}', DUE]),
    line: 3,
    says: /only the newest of each/,
    fix: /newest release below/,
    isWarning: true,
  },
  {
    kind: 'an address without https',
    yaml: policy('detailsUrl: http://it.example.com/x'),
    line: 5,
    says: /http:\/\/it/,
    fix: /https:\/\/it\.example\.com\/x/,
  },
  {
    kind: 'a deferral longer than the date',
    yaml: policy('match: {platform: iPadOS}', 'settings: {deferrals: {combined: 60}}'),
    line: 6,
    says: /for 60 days users are not offered/,
    fix: /14 or less/,
    isWarning: true,
  },
  {
    kind: 'a setting that a platform lacks',
    yaml: policy('match: {platform: tvOS}', 'settings: {deferrals: {major: 5}}'),
    line: 6,
    says: /tvOS has no/,
    fix: /match: \{platform:/,
    isWarning: true,
  },
  {
    kind: 'a program of betas without taking part',
    yaml: policy('settings: {beta: {requireProgram: {description: x, token: y}}}'),
    line: 5,
    says: /programEnrollment is missing/,
    fix: /AlwaysOn/,
  },
];

const who: Mistake[] = [
  { kind: 'a range without versions', yaml: policy('match: {os: ">=27 <26"}'), line: 5, says: /no version is >=27 <26/, fix: />=17 <27/ },
  {
    kind: 'an age that nobody has',
    yaml: policy('match: {enrolledFor: {atLeast: 30d, lessThan: 10d}}'),
    line: 5,
    says: /no device is enrolled/,
    fix: /atLeast: 10d, lessThan: 30d/,
  },
  {
    kind: 'a model of another platform',
    yaml: policy('match: {platform: iPadOS, model: "iPhone15,2"}'),
    line: 5,
    says: /is no iPadOS/,
    fix: /remove iPhone15,2/,
    isWarning: true,
  },
  {
    kind: 'a platform that can not be updated',
    yaml: policy('match: {platform: watchOS}'),
    line: 5,
    says: /no way to update/,
    fix: /only observed/,
    isWarning: true,
  },
  {
    kind: 'an exception for everyone',
    yaml: policy('match: {platform: iOS}', 'except: {}'),
    line: 6,
    says: /is for nobody/,
    fix: /narrow except/,
    isWarning: true,
  },
  {
    kind: 'an exception for nobody',
    yaml: policy('match: {platform: iOS}', 'except: {platform: macOS}'),
    line: 6,
    says: /nobody is excepted/,
    fix: /remove except/,
    isWarning: true,
  },
  {
    kind: 'a policy after one for all',
    yaml: two('mode: observe', 'match: {platform: iOS}'),
    line: 3,
    says: /"a" before it matches every device;/,
    fix: /move it above "a"/,
    isWarning: true,
  },
  {
    kind: 'a policy after a wider one',
    yaml: two('match: {platform: [iOS, iPadOS]}', 'match: {model: "iPad13,*", supervised: true}'),
    line: 3,
    says: /every device that this one matches/,
    fix: /move it above "a"/,
    isWarning: true,
  },
  { kind: 'a mode above the one at the top', yaml: policy('mode: enforce'), line: 5, says: /ceiling/, fix: /at the top/, isWarning: true },
];

const ringMistakes: Mistake[] = [
  {
    kind: 'percentages over 100',
    yaml: rings('{name: x, percent: 60}', '{name: y, percent: 50}', '{name: all}'),
    line: 6,
    says: /110 % of the devices/,
    fix: /smaller percentages/,
  },
  {
    kind: 'a ring without anybody',
    yaml: rings('{name: x, devices: 0}', '{name: all}'),
    line: 6,
    says: /0 is not accepted/,
    fix: /devices: 5/,
  },
  {
    kind: 'a ring after all of them',
    yaml: rings('{name: x, percent: 100}', '{name: all}'),
    line: 7,
    says: /nobody can be in the ring "all"/,
    fix: /remove it/,
    isWarning: true,
  },
  {
    kind: 'a ring of devices that the policy is not for',
    yaml: policy('match: {platform: iOS}', 'rings: [{name: x, match: {platform: macOS}}, {name: all}]'),
    line: 6,
    says: /policy itself matches none/,
    fix: /correct it/,
    isWarning: true,
  },
  {
    kind: 'a ring whose devices another has',
    yaml: rings('{name: x, match: {tags: t}}', '{name: y, match: {tags: t}}', '{name: all}'),
    line: 7,
    says: /"x" before it takes all/,
    fix: /remove it/,
    isWarning: true,
  },
  {
    kind: 'two rings for the rest',
    yaml: rings('{name: x}', '{name: all}'),
    line: 6,
    says: /does not say who is in it/,
    fix: /add devices: 5/,
  },
  {
    kind: 'no ring for the rest',
    yaml: rings('{name: x, percent: 10}', '{name: y, percent: 90}'),
    line: 7,
    says: /takes everyone who is left/,
    fix: /remove percent/,
  },
  { kind: 'one ring', yaml: rings('{name: all}'), line: 6, says: /one ring is none/, fix: /canary/, isWarning: true },
  {
    kind: 'a ring name twice',
    yaml: rings('{name: x, percent: 10}', '{name: x}'),
    line: 7,
    says: /already that of rings\[0\]/,
    fix: /name: x-2/,
  },
  {
    kind: 'two ways to say who',
    yaml: rings('{name: x, devices: 5, percent: 10}', '{name: all}'),
    line: 6,
    says: /devices and percent stand together/,
    fix: /remove percent/,
  },
  {
    kind: 'a promotion without anything',
    yaml: rings('{name: x, devices: 5, promote: }', '{name: all}'),
    line: 6,
    says: /nothing after the colon/,
    fix: /promote: \{success: 95/,
  },
  {
    kind: 'a promotion in a word',
    yaml: rings('{name: x, devices: 5, promote: manual}', '{name: all}'),
    line: 6,
    says: /manual is not/,
    fix: /promote: \{success: 95/,
  },
  {
    kind: 'a promotion that nothing follows',
    yaml: rings('{name: x, devices: 5}', '{name: all, promote: by-hand}'),
    line: 7,
    says: /after which none opens/,
    fix: /remove it/,
  },
  {
    kind: 'a success of 101 %',
    yaml: rings('{name: x, devices: 5, promote: {success: 101}}', '{name: all}'),
    line: 6,
    says: /101 is not/,
    fix: /success: 95/,
  },
  {
    kind: 'a latest time before the soak',
    yaml: rings('{name: x, devices: 5, promote: {soak: 5d, atLatest: 2d}}', '{name: all}'),
    line: 6,
    says: /whatever is seen/,
    fix: /atLatest: 10d/,
    isWarning: true,
  },
  {
    kind: 'a minimum over the ring',
    yaml: rings('{name: x, devices: 5, promote: {minimum: 50}}', '{name: all}'),
    line: 6,
    says: /more than the 5 devices/,
    fix: /minimum: 5/,
    isWarning: true,
  },
  {
    kind: 'a halt at 120 %',
    yaml: `${rings('{name: x, devices: 5}', '{name: all}')}    halt: {failed: 120}\n`,
    line: 8,
    says: /120 is not/,
    fix: /failed: 5/,
  },
  {
    kind: 'a halt that counts from more than the canary',
    yaml: `${rings('{name: x, devices: 5}', '{name: all}')}    halt: {failed: 5, of: 10}\n`,
    line: 8,
    says: /more than the 5 devices of "x"/,
    fix: /of: 5, or devices: 10/,
    isWarning: true,
  },
  { kind: 'a halt without rings', yaml: policy('halt: {failed: 5}'), line: 5, says: /halt stands without rings/, fix: /add rings:/ },
];

/** One target of alerts, of these keys. */
const target = (keys: string): string => top('alerts:', '  to:', `    - {${keys}}`);

const alertMistakes: Mistake[] = [
  { kind: 'a target of alerts without address', yaml: target('name: ops'), line: 3, says: /no address is given/, fix: /add slackFile:/ },
  {
    kind: 'a target of alerts with two addresses',
    yaml: target('name: ops, slack: "https://a/", webhook: "https://b/", secretFile: ratchet.yaml'),
    line: 3,
    says: /slack and webhook are given/,
    fix: /two targets/,
  },
  {
    kind: 'a webhook for alerts that nothing signs',
    yaml: target('name: ops, webhook: "https://b/"'),
    line: 3,
    says: /secretFile is missing/,
    fix: /openssl rand -hex 32/,
  },
  {
    kind: 'a secret for Slack',
    yaml: target('name: ops, slackFile: a, secretFile: b'),
    line: 3,
    says: /nothing is signed for Slack/,
    fix: /remove it/,
  },
  {
    kind: 'two targets of alerts of one name',
    yaml: top('alerts:', '  to:', '    - {name: a, slack: "http://localhost/1"}', '    - {name: a, slack: "http://localhost/2"}'),
    line: 4,
    says: /a second target is named a/,
    fix: /another name/,
  },
  {
    kind: 'an address of alerts that is none',
    yaml: target('name: ops, slack: hooks.slack.com/x'),
    line: 3,
    says: /no address that can be used/,
    fix: /copy it anew/,
  },
  { kind: 'a file of alerts that is not there', yaml: target('name: ops, slackFile: none'), line: 3, says: /ENOENT/, fix: /see its path/ },
  {
    kind: 'the address of a chat written out',
    yaml: target('name: ops, slack: "https://hooks.slack.com/x"'),
    line: 3,
    says: /whoever knows it can write there/,
    fix: /slackFile/,
    isWarning: true,
  },
  {
    kind: 'a kind of alert that is none',
    yaml: target('name: ops, slackFile: a, kinds: [rollout-haltd]'),
    line: 3,
    says: /rollout-haltd is not/,
    fix: /rollout-halted/,
  },
  {
    kind: 'a digest at eight',
    yaml: top('alerts:', '  digest: {at: "8:00"}', '  to: [{name: ops, slackFile: ratchet.yaml}]'),
    line: 2,
    says: /8:00 is not/,
    fix: /08:00/,
  },
];

export const MISTAKES: readonly Mistake[] = [...yaml, ...values, ...time, ...targets, ...who, ...ringMistakes, ...alertMistakes];

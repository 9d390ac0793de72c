import { describe, expect, it } from 'vitest';
import { prefersXml, updateRequired } from '../../src/gate/update-required.ts';
import { readPlist } from './read-plist.ts';

const REQUIRED = { version: '26.6.1', build: '23G83', betaProgram: { description: 'iOS 27 AppleSeed', token: 'T&1' } };
const ANSWER = {
  code: 'com.apple.softwareupdate.required',
  description: 'It runs less than its organisation enrolls.',
  message: 'This device has to be updated to 26.6.1 first.',
  details: { OSVersion: '26.6.1', BuildVersion: '23G83', RequireBetaProgram: { Description: 'iOS 27 AppleSeed', Token: 'T&1' } },
};

describe('the answer that sends a device away', () => {
  it("has Apple's keys, in JSON and as a property list", () => {
    const json = updateRequired(REQUIRED, false);
    expect(json.contentType).toBe('application/json');
    expect(JSON.parse(json.body)).toEqual(ANSWER);
    const xml = updateRequired(REQUIRED, true);
    expect(xml.contentType).toBe('application/xml');
    expect(readPlist(xml.body)).toEqual(ANSWER);
  });

  it('says no more than is required', () => {
    expect(JSON.parse(updateRequired({ version: '26.3.1 (a)' }, false).body).details).toEqual({ OSVersion: '26.3.1 (a)' });
  });

  it.each([
    [undefined, false],
    ['*/*', false],
    ['application/json', false],
    ['application/xml', true],
    ['text/xml, */*', true],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', false],
    ['application/json, application/xml', false],
  ])('is written as the request would rather have it: %s', (accept, isXml) => {
    expect(prefersXml(accept)).toBe(isXml);
  });
});

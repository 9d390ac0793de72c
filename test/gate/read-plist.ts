import { parse } from 'plist';

export function readPlist(text: string): unknown {
  return JSON.parse(JSON.stringify(parse(text)));
}

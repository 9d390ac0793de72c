import { parse } from 'plist';

/** A property list as a device writes it, around the given keys and values. */
export function plistXml(dictionaryContent: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd"><plist version="1.0"><dict>${dictionaryContent}</dict></plist>`;
}

/** What the DecodePlist port makes of it. */
export function parsed(dictionaryContent: string): unknown {
  return parse(plistXml(dictionaryContent));
}

#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { runProgram } from './cli/program.ts';
import { createSystemFetch } from './runtime/fetch.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };

process.exitCode = await runProgram(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  version,
  now: () => Date.now(),
  fetch: createSystemFetch(),
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  serve: async () => {
    throw new Error('serve is not wired yet');
  },
});

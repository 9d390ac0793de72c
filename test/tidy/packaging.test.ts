import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readPolicyFile, readPolicyText } from '../../src/config/read-policy-file.ts';
import { resolveSettings } from '../../src/config/resolve-settings.ts';
import { serveProblems } from '../../src/config/serve-problems.ts';
import { SETTING_NAMES, SETTINGS, variableOf } from '../../src/config/settings.ts';
import { filesIn, ROOT, textOf } from './files.ts';

interface Service {
  image: string;
  command?: string[];
  environment: Record<string, string>;
  volumes: string[];
  ports: string[];
  depends_on?: Record<string, { condition: string }>;
}

const compose = parse(textOf('examples/nanomdm/compose.yaml')) as {
  services: Record<'ratchet' | 'nanomdm', Service>;
  volumes: Record<string, unknown>;
};
const { ratchet, nanomdm } = compose.services;
const packageJson = JSON.parse(textOf('package.json')) as {
  scripts: Record<string, string>;
  bin: { ratchet: string };
  devDependencies: Record<string, string>;
};

describe('examples/nanomdm/compose.yaml', () => {
  it('sets only settings that exist', () => {
    const known = SETTING_NAMES.flatMap((name) => [variableOf(name), ...(SETTINGS[name].isSecret ? [`${variableOf(name)}_FILE`] : [])]);
    expect(Object.keys(ratchet.environment).filter((name) => !known.includes(name))).toEqual([]);
  });

  it('starts: serve has nothing against it', () => {
    const env = Object.fromEntries(
      Object.entries(ratchet.environment).map(([name, value]) => [name, value.replace(/\$\{(\w+):\?[^}]*\}/, 'of-$1')]),
    );
    const { settings, problems } = resolveSettings({ flags: {}, env, cwd: '/app' });
    expect([...problems, ...serveProblems(settings)]).toEqual([]);
  });

  it('wires NanoMDM to us: addresses, the slash at the end, a key for each direction', () => {
    const shared = [
      ['NANOMDM_API', 'RATCHET_ENQUEUE_KEY'],
      ['NANOMDM_WEBHOOK_HMAC_KEY', 'RATCHET_WEBHOOK_HMAC_KEY'],
      ['NANOMDM_DM_SEND_HMAC_KEY', 'RATCHET_DM_HMAC_KEY'],
      ['NANOMDM_DM_RECV_HMAC_KEY', 'RATCHET_DM_RESPONSE_HMAC_KEY'],
    ] as const;
    for (const [theirs, ours] of shared) expect(nanomdm.environment[theirs]).toBe(ratchet.environment[ours]);
    expect(new Set(shared.map(([theirs]) => nanomdm.environment[theirs])).size).toBe(shared.length);
    expect(nanomdm.environment.NANOMDM_WEBHOOK_URL).toBe(`http://ratchet${SETTINGS.listen.fallback}/webhook`);
    expect(nanomdm.environment.NANOMDM_DM).toBe(`http://ratchet${SETTINGS.listenDdm.fallback}${SETTINGS.dmBasePath.fallback}`);
    expect(nanomdm.environment.NANOMDM_DM).toMatch(/\/$/);
    expect(nanomdm.image).toBe('ghcr.io/micromdm/nanomdm:0.9.0');
  });

  it('starts Ratchet first and publishes nothing of the declaration port', () => {
    expect(nanomdm.depends_on?.ratchet?.condition).toBe('service_healthy');
    expect(ratchet.ports).toEqual(['127.0.0.1:9006:9006']);
  });

  it('asks for every key by name, and .env.example lists them all', () => {
    const asked = [...textOf('examples/nanomdm/compose.yaml').matchAll(/\$\{(\w+)/g)].map(([, name]) => name);
    const listed = [...textOf('examples/nanomdm/.env.example').matchAll(/^(\w+)=$/gm)].map(([, name]) => name);
    expect([...new Set(asked)].sort()).toEqual(listed.sort());
  });
});

describe('examples/micromdm/compose.yaml', () => {
  const text = textOf('examples/micromdm/compose.yaml');
  const services = (parse(text) as { services: Record<'ratchet' | 'micromdm', Service> }).services;

  it('starts: its settings exist, and serve has nothing against them', () => {
    const env = Object.fromEntries(
      Object.entries(services.ratchet.environment).map(([name, value]) => [name, value.replace(/\$\{(\w+):\?[^}]*\}/, 'of-$1')]),
    );
    const { settings, problems } = resolveSettings({ flags: {}, env, cwd: '/app' });
    expect([...problems, ...serveProblems(settings)]).toEqual([]);
    expect(settings.host).toBe('micromdm');
  });

  it('wires MicroMDM to us: the key, and a password for each direction in its URLs', () => {
    const { environment, depends_on } = services.micromdm;
    const ours = services.ratchet.environment;
    expect(environment.MICROMDM_API_KEY).toBe(ours.RATCHET_ENQUEUE_KEY);
    expect(environment.MICROMDM_WEBHOOK_URL).toBe(
      `http://${ours.RATCHET_WEBHOOK_USER}:${ours.RATCHET_WEBHOOK_PASSWORD}@ratchet${SETTINGS.listen.fallback}/webhook`,
    );
    expect(environment.DM).toBe(
      `http://${ours.RATCHET_DM_USER}:${ours.RATCHET_DM_PASSWORD}@ratchet${SETTINGS.listenDdm.fallback}${SETTINGS.dmBasePath.fallback}`,
    );
    expect(ours.RATCHET_DM_PASSWORD).not.toBe(ours.RATCHET_WEBHOOK_PASSWORD);
    expect(depends_on?.ratchet?.condition).toBe('service_healthy');
    expect(services.ratchet.ports).toEqual(['127.0.0.1:9006:9006']);
  });

  it('asks for everything by name, and .env.example lists it', () => {
    const asked = [...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name);
    const listed = [...textOf('examples/micromdm/.env.example').matchAll(/^(\w+)=$/gm)].map(([, name]) => name);
    expect([...new Set(asked)].sort()).toEqual(listed.sort());
  });
});

describe('the yaml of docs/quickstart-micromdm.md', () => {
  it('is valid', () => {
    const yaml = /```yaml\n([\s\S]*?)```/.exec(textOf('docs/quickstart-micromdm.md'))?.[1] ?? '';
    expect(readPolicyText(yaml, 'ratchet.yaml', 0).problems).toEqual([]);
    expect(yaml).toContain('host: micromdm');
  });
});

describe('example policies', () => {
  const examples = filesIn('examples', /^ratchet.*\.yaml$/);

  it.each(examples)('%s is valid, observes, and tells editors its schema', (path) => {
    const { problems, policySet } = readPolicyFile(join(ROOT, path), path, 0);
    expect(problems).toEqual([]);
    expect(policySet?.mode).toBe('observe');
    const schema = /^# yaml-language-server: \$schema=(\S+)\n/.exec(textOf(path))?.[1];
    expect(join(path, '..', schema ?? '')).toBe('ratchet.schema.json');
  });

  it('there are some', () => {
    expect(examples).toContain('examples/nanomdm/ratchet.yaml');
  });
});

describe('the image', () => {
  const dockerfile = textOf('Dockerfile');

  it('is built by npm scripts that exist, each of which the gate runs too', () => {
    const steps = [...dockerfile.matchAll(/^RUN npm run (\S+)/gm)].map(([, name]) => name as string);
    expect(steps).toEqual(['image:build', 'image:prune', 'image:check']);
    for (const step of steps) {
      expect(packageJson.scripts).toHaveProperty([step]);
      expect(textOf('.ci/run')).toContain(`npm run ${step}`);
    }
  });

  it('runs as nobody special, on one volume, with a health check', () => {
    for (const line of [/^USER node$/m, /^VOLUME \/data$/m, /^HEALTHCHECK .*healthcheck\.mjs/m]) expect(dockerfile).toMatch(line);
    expect(dockerfile).toContain(packageJson.bin.ratchet);
  });

  it('tells the program settings that exist', () => {
    const names = [...dockerfile.matchAll(/\b(RATCHET_\w+)=/g)].map(([, name]) => name);
    expect(names).toEqual([variableOf('config'), variableOf('data')]);
  });
});

describe('the health check', () => {
  it.each([
    [200, 0],
    [503, 1],
  ])('%i ends with %i', async (status, code) => {
    const server = createServer((request, response) => response.writeHead(request.url === '/healthz' ? status : 404).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const child = spawn(process.execPath, ['scripts/healthcheck.mjs'], {
      cwd: ROOT,
      env: { ...process.env, RATCHET_LISTEN: `127.0.0.1:${port}` },
    });
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(code);
    server.close();
  });

  it('ends with 1 when nobody listens', () => {
    expect(
      spawnSync(process.execPath, ['scripts/healthcheck.mjs'], { cwd: ROOT, env: { ...process.env, RATCHET_LISTEN: ':1' } }).status,
    ).toBe(1);
  });
});

describe('versions that the checks depend on', () => {
  it('TypeScript 6 and dependency-cruiser 17 (later ones find nothing, or need a later Node)', () => {
    expect(packageJson.devDependencies.typescript).toMatch(/^\^?6\.0\./);
    expect(packageJson.devDependencies['dependency-cruiser']).toMatch(/^\^?17\./);
  });
});

/**
 * The rooms of the house and what each may import: the table of docs/architecture.md as rules.
 * scripts/check-imports.ts runs them, and makes sure that they catch what they should.
 */
const base = ['os', 'time', 'reasons'];
const rooms = {
  mdm: [],
  ddm: [],
  releases: [],
  enrollment: ['mdm', 'ddm'],
  policy: ['mdm', 'ddm', 'releases', 'enrollment'],
  delivery: ['mdm', 'enrollment'],
  rollout: ['delivery', 'policy', 'releases', 'enrollment'],
  decide: ['mdm', 'ddm', 'releases', 'enrollment', 'policy', 'delivery', 'rollout'],
  replay: ['mdm', 'ddm', 'releases', 'enrollment', 'policy', 'delivery', 'rollout', 'decide'],
};
const pure = [...base, ...Object.keys(rooms)];
const pureRooms = `^src/(${pure.join('|')})/`;
/** Role interfaces at the roots of the rooms with implementations. */
const roles = '^src/(store|hosts|feeds|gate)/[^/]+$';
const ports = '^src/(runtime|logger|log-keys)\\.ts$';

/** Modules of ours that none of `allowed` (regular expressions) matches. */
function only(name, comment, from, allowed) {
  return { name, comment, severity: 'error', from: { path: from }, to: { path: '^(src|test|bench|scripts)/', pathNot: allowed } };
}

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'no-development-dependencies', severity: 'error', from: { path: '^src/' }, to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] } },
    ...base.map((room) => only(`room-${room}`, 'imports nothing of ours', `^src/${room}/`, [`^src/${room}/`])),
    ...Object.entries(rooms).map(([room, others]) =>
      only(`room-${room}`, `imports ${[...base, ...others].join(', ')}`, `^src/${room}/`, [`^src/(${[room, ...base, ...others].join('|')})/`]),
    ),
    {
      name: 'pure-rooms-do-no-io',
      comment: 'no I/O, clock, randomness; hashing is fine',
      severity: 'error',
      from: { path: pureRooms },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|buffer)$' },
    },
    {
      name: 'pure-rooms-use-no-servers',
      severity: 'error',
      from: { path: pureRooms },
      to: { path: 'node_modules/(better-sqlite3|drizzle-orm|hono|@hono|pino|commander|undici)/' },
    },
    only('ports', 'import nothing of ours', ports, [ports]),
    only('roles', 'domain types and the ports', roles, [pureRooms, roles, ports]),
    ...['store', 'hosts', 'feeds', 'gate'].map((room) =>
      only(`implementations-of-${room}`, 'domain types, the role and the ports', `^src/${room}/[^/]+/`, [pureRooms, roles, ports, `^src/${room}/`]),
    ),
    only('implementations-of-ports', 'the ports and what they carry', '^src/runtime/', ['^src/runtime/', ports]),
    {
      name: 'only-main-and-tests-import-implementations',
      comment: 'who imports an implementation can no longer be given another',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(main|read-only|backup|doctor-ports)\\.ts$', '^src/(store|hosts|feeds|gate|runtime)/'] },
      to: { path: '^src/((store|hosts|feeds|gate)/[^/]+/|runtime/)' },
    },
    {
      name: 'implementations-stand-alone',
      comment: 'one store, host or feed does not import another',
      severity: 'error',
      from: { path: '^src/(store|hosts|feeds|gate)/([^/]+)/' },
      to: { path: '^src/(store|hosts|feeds|gate)/[^/]+/', pathNot: '^src/$1/$2/' },
    },
    only('engine', 'pure rooms, roles and ports', '^src/engine/', ['^src/engine/', pureRooms, roles, ports]),
    only('web-and-config', 'use cases, roles, types of the pure rooms', '^src/(web|config)/', ['^src/(web|config|engine)/', pureRooms, roles, ports]),
    only('cli', 'use cases, roles, types of the pure rooms, and app.ts', '^src/cli/', ['^src/(web|cli|config|engine)/', '^src/app\\.ts$', pureRooms, roles, ports]),
    only('app', 'everything but implementations', '^src/app\\.ts$', ['^src/']),
    only('sim', 'libraries only: it must not share our mistakes', '^src/sim/', ['^src/sim/']),
    { name: 'product-does-not-simulate', severity: 'error', from: { path: '^src/', pathNot: '^src/sim/' }, to: { path: '^src/sim/' } },
    { name: 'product-does-not-test', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|bench|scripts)/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Types are arrows too.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};

/** Those that RATCHET_LIVE_PGSQL and RATCHET_LIVE_MYSQL name. */
export interface LiveDatabase {
  run(sql: string): Promise<unknown>;
  end(): Promise<void>;
}

export async function openForWriting(dsn: string): Promise<LiveDatabase> {
  if (dsn.startsWith('postgres')) {
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: dsn });
    await client.connect();
    return { run: (sql) => client.query(sql), end: () => client.end() };
  }
  const { createConnection } = await import('mysql2/promise');
  const [, user = '', password = '', host = '', port = '', database = ''] =
    /^(?:mysql:\/\/)?([^:]*):(.*)@(?:tcp\()?([^:]*):(\d+)\)?\/(.*)$/.exec(dsn) ?? [];
  const connection = await createConnection({ user, password, host, port: Number(port), database });
  return { run: (sql) => connection.query(sql), end: () => connection.end() };
}

/**
 * Why NanoMDM can't keep its data there; undefined where it can. Its statements for MySQL name the new row
 * (`VALUES (…) AS new ON DUPLICATE KEY UPDATE`, storage/mysql/mysql.go), which MariaDB does not know: it answers 500.
 * One that can't be reached is not skipped: its test says so.
 */
export async function unusableFor(dsn: string): Promise<string | undefined> {
  const database = await openForWriting(dsn).catch(() => undefined);
  if (database === undefined) return undefined;
  try {
    const version = JSON.stringify(await database.run('SELECT VERSION()'));
    return /mariadb/i.test(version)
      ? 'RATCHET_LIVE_MYSQL is MariaDB, which NanoMDM does not run on: its statements need MySQL 8.0.19'
      : undefined;
  } finally {
    await database.end();
  }
}

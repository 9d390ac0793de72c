import Database from 'better-sqlite3';

// For the control of the kills: the mistake they are there to catch. A commit is put off for half a second, so what it
// holds is answered first; everything works, until the process is killed.
const LATE_MS = 500;
const { prepare } = Database.prototype;
const armed = new WeakSet();
Database.prototype.prepare = function lateCommit(sql) {
  const statement = prepare.call(this, sql);
  if (sql === 'BEGIN IMMEDIATE') return { run: () => void (this.inTransaction || statement.run()) };
  if (sql !== 'COMMIT') return statement;
  const commit = () => {
    armed.delete(this);
    if (this.open && this.inTransaction) statement.run();
  };
  return {
    run: () => {
      if (armed.has(this)) return;
      armed.add(this);
      setTimeout(commit, LATE_MS);
    },
  };
};

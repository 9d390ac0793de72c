import Database from 'better-sqlite3';

// For the control of fsync.test.ts: the mistake it is there to catch. With synchronous=NORMAL a write-ahead log is
// flushed at checkpoints only; everything works, until the power fails.
const { pragma } = Database.prototype;
Database.prototype.pragma = function weakerPragma(text, options) {
  return pragma.call(this, text === 'synchronous = FULL' ? 'synchronous = NORMAL' : text, options);
};

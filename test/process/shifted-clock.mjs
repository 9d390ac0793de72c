// Loaded before the program: it lives so many milliseconds from now (negative: in the past). Timers run as ever. With it
// the real process goes through days of waiting in some starts.
const shiftMs = Number(process.env.SHIFT_CLOCK_MS ?? 0);
const SystemDate = Date;

globalThis.Date = class Date extends SystemDate {
  constructor(...given) {
    if (given.length === 0) super(SystemDate.now() + shiftMs);
    else super(...given);
  }

  static now() {
    return SystemDate.now() + shiftMs;
  }
};

// What stops us from working, told apart from what the world answered (an Observation) and from bugs
// (an ordinary throw). Carries a code for programs, a sentence for the operator, and the exit code.

/** Exit codes of the contract; the sysexits ones keep their names (sysexits.h). */
export const EXIT = {
  done: 0,
  incomplete: 1,
  usage: 64,
  databaseUnreachable: 69,
  bug: 70,
  cannotCreate: 73,
  ioError: 74,
  config: 78,
  interrupted: 130,
  terminated: 143,
} as const;

const EXIT_OF = {
  USAGE: EXIT.usage,
  CONFIG_INVALID: EXIT.config,
  SCHEMA_MISSING: EXIT.config,
  SCHEMA_TOO_NEW: EXIT.config,
  RIGHTS_MISSING: EXIT.config,
  DATABASE_UNREACHABLE: EXIT.databaseUnreachable,
  FILE_NOT_CREATED: EXIT.cannotCreate,
  FILE_NOT_WRITTEN: EXIT.ioError,
  FILE_NOT_READ: EXIT.ioError,
  LOCK_LOST: EXIT.incomplete,
  CLAIM_LOST: EXIT.incomplete,
  IMPORT_OVERTAKEN: EXIT.incomplete,
  WORKER_START_FAILED: EXIT.incomplete,
  NO_CONNECTIONS: EXIT.incomplete,
  IPC_MALFORMED: EXIT.bug,
} as const;

export type OperationalCode = keyof typeof EXIT_OF;

// The built program is two bundles, each with this class (scripts/later.mjs): the mark tells an error of either.
const MARK = Symbol.for('smtp-validate-cron OperationalError');

export class OperationalError extends Error {
  static override [Symbol.hasInstance](value: unknown): value is OperationalError {
    return typeof value === 'object' && value !== null && MARK in value;
  }

  readonly [MARK] = true;
  override readonly name = 'OperationalError';
  readonly code: OperationalCode;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(
    code: OperationalCode,
    message: string,
    options: { cause?: unknown; fields?: Record<string, unknown> } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.fields = options.fields ?? {};
  }

  /** The exit code that the contract gives to this kind of failure. */
  get exitCode(): number {
    return EXIT_OF[this.code];
  }
}

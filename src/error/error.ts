// The one error type of slipway. Tests and callers look at `code`, never at the text.

/** What went wrong, as a closed set. */
export type ErrorCode =
  | 'USAGE'
  | 'INVALID_CONFIG'
  | 'NOT_SUPPORTED'
  | 'INVALID_ID'
  | 'EXISTS'
  | 'NOT_FOUND'
  | 'WRONG_STATUS'
  | 'DAMAGED_STATE'
  | 'UNSAFE_STATE'
  | 'SYSTEM'
  | 'INTERRUPTED'
  | 'INIT_FAILED'
  | 'HOOK_FAILED'
  | 'START_FAILED';

export type ErrorFacts = {
  /** JSON pointer of the config property, spec section, man page or path that the error is about. */
  readonly ref?: string | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
};

/** An error that is said once, in one line, by the command line. */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
  readonly code: ErrorCode;
  readonly ref: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.ref = facts.ref;
    this.data = facts.data ?? {};
  }
}

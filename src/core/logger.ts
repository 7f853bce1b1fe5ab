/** Writes a line: fields for programs, a message for people. */
export type Log = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/** The part of a structured logger that pcapper uses; a pino logger fits as it is. */
export interface Logger {
  /** What only a developer wants to know. */
  readonly debug: Log;
  /** The ordinary course of things. */
  readonly info: Log;
  /** What went wrong and will be tried again, or passes. */
  readonly warn: Log;
  /** What somebody has to look at. */
  readonly error: Log;
}

const ignore: Log = () => undefined;

/** Logs nothing. The default wherever a logger is optional. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

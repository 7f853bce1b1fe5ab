/** The demo cannot go on, and says why and what to do: its message is all that is shown. */
export class DemoError extends Error {
  override readonly name = 'DemoError';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

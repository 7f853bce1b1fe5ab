import { execa } from 'execa';

/** kubectl as a user runs it. */
export class Kubectl {
  readonly #program: string;
  readonly #kubeconfig: string;
  readonly #user: readonly string[];

  /** @param as a user to be in place of the kubeconfig's own. */
  constructor(program: string, kubeconfig: string, as?: string) {
    this.#program = program;
    this.#kubeconfig = kubeconfig;
    this.#user = as === undefined ? [] : [`--as=${as}`];
  }

  as(user: string): Kubectl {
    return new Kubectl(this.#program, this.#kubeconfig, user);
  }

  /** What it says on stdout; rejects with what it says on stderr when it fails. */
  async run(...argv: readonly string[]): Promise<string> {
    return (await execa(this.#program, [...this.#before, ...argv])).stdout;
  }

  /** Code and all that it says, also when it fails. */
  async attempt(...argv: readonly string[]): Promise<{ readonly code: number | undefined; readonly text: string }> {
    const { exitCode, all } = await execa(this.#program, [...this.#before, ...argv], { reject: false, all: true });
    return { code: exitCode, text: all };
  }

  async apply(manifest: object | string): Promise<void> {
    const input = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
    await execa(this.#program, [...this.#before, 'apply', '-f', '-'], { input });
  }

  get #before(): readonly string[] {
    return [`--kubeconfig=${this.#kubeconfig}`, ...this.#user];
  }
}

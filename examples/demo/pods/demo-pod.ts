import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { execa } from 'execa';

/** Puts a process into the Pod's cgroup. */
export type JoinCgroup = (pid: number) => void;

export interface PodIdentity {
  readonly name: string;
  readonly uid: string;
  readonly address: string;
}

/** A Pod as far as packets go: a network namespace, held by a process, in which others run. */
export class DemoPod implements PodIdentity, AsyncDisposable {
  readonly name: string;
  readonly uid: string;
  readonly address: string;
  readonly #sandbox: ChildProcess;
  readonly #join: JoinCgroup;
  readonly #gone = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  /** @param join absent: without cgroups */
  static async start(identity: PodIdentity, join: JoinCgroup = () => undefined): Promise<DemoPod> {
    // cat holds the namespace as the kubelet's pause does. It ends when the demo does, however that ends: with its stdin.
    const sandbox = spawn('unshare', ['--net', '--', 'cat'], { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
    const pod = new DemoPod(identity, sandbox, join);
    try {
      await once(sandbox, 'spawn');
      // What comes back has passed through cat, which only runs once the namespace is there.
      sandbox.stdin.write('ready\n');
      await once(sandbox.stdout, 'data', { signal: pod.gone });
      join(pod.pid);
      return pod;
    } catch (error) {
      await pod[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor({ name, uid, address }: PodIdentity, sandbox: ChildProcess, join: JoinCgroup) {
    this.name = name;
    this.uid = uid;
    this.address = address;
    this.#sandbox = sandbox;
    this.#join = join;
    sandbox.once('error', (error) => this.#gone.abort(error));
    sandbox.once('exit', () => this.#gone.abort(`The sandbox of Pod ${name} has ended.`));
  }

  /** Of the process that holds its network namespace. */
  get pid(): number {
    return this.#sandbox.pid ?? 0;
  }

  get networkNamespacePath(): string {
    return `/proc/${this.pid}/ns/net`;
  }

  /** Aborted with a sentence as its reason when the Pod has ended. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Configures its network; each command as for ip(8), without `ip`. */
  async configure(commands: readonly string[]): Promise<void> {
    await execa('nsenter', [`--net=${this.networkNamespacePath}`, 'ip', '-batch', '-'], { input: commands.join('\n') });
  }

  /** Starts a program in it, which ends at the latest with the Pod; its lines can be read as they come. */
  run(program: string, argv: readonly string[], signal?: AbortSignal) {
    const cancelSignal = AbortSignal.any([this.gone, ...(signal ? [signal] : [])]);
    // Of a process group of its own, so that a Ctrl-C at the terminal is for the demo alone to answer.
    const running = execa('nsenter', [`--net=${this.networkNamespacePath}`, '--', program, ...argv], { detached: true, cancelSignal, killSignal: 'SIGKILL' });
    const ended = running.catch(() => undefined).finally(() => this.#running.delete(ended));
    this.#running.add(ended);
    if (running.pid !== undefined) this.#join(running.pid);
    return running;
  }

  /** Ends all its processes; the kernel then removes the namespace with its devices. */
  async [Symbol.asyncDispose](): Promise<void> {
    const ended = this.gone.aborted ? undefined : once(this.gone, 'abort');
    this.#sandbox.kill('SIGKILL');
    await ended;
    await Promise.all(this.#running);
  }
}

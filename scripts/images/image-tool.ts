import { execa } from 'execa';

export interface ImageBuild {
  readonly dockerfile: string;
  /** Folder that the Dockerfile copies from. */
  readonly context: string;
  /** Name of the image, as in `pcapper/agent:0.1.0`. */
  readonly name: string;
  /** The Dockerfile's ARG BASE; absent: its own default. */
  readonly base?: string;
  /** Files of this machine that are there while it builds, by their paths in the image. Only buildah can. */
  readonly files?: Readonly<Record<string, string>>;
}

/** What builds images here. */
export interface ImageTool {
  readonly program: string;
  build(build: ImageBuild): Promise<void>;
  /** Writes the image as a docker archive, which containerd, kind and docker take. */
  save(name: string, archive: string): Promise<void>;
  has(name: string): Promise<boolean>;
  /** Whether the registry gave it. */
  pull(name: string): Promise<boolean>;
}

const PULL_WITHIN_MS = 120_000;

/** docker or podman: the same commands. */
class ContainerEngine implements ImageTool {
  readonly program: string;

  constructor(program: string) {
    this.program = program;
  }

  async build({ dockerfile, context, name, base }: ImageBuild): Promise<void> {
    const argument = base === undefined ? [] : ['--build-arg', `BASE=${base}`];
    await execa(this.program, ['build', '--file', dockerfile, '--tag', name, ...argument, context], TELL);
  }

  async save(name: string, archive: string): Promise<void> {
    await execa(this.program, ['save', '--output', archive, name], TELL);
  }

  async has(name: string): Promise<boolean> {
    return (await execa(this.program, ['image', 'inspect', name], QUIET)).exitCode === 0;
  }

  async pull(name: string): Promise<boolean> {
    return (await execa(this.program, ['pull', name], { ...QUIET, timeout: PULL_WITHIN_MS })).exitCode === 0;
  }
}

/** Needs no daemon. By default with the storage and the isolation that also work inside a container. */
class Buildah implements ImageTool {
  readonly program = 'buildah';
  readonly #environment = { STORAGE_DRIVER: process.env['STORAGE_DRIVER'] ?? 'vfs', BUILDAH_ISOLATION: process.env['BUILDAH_ISOLATION'] ?? 'chroot' };

  async build({ dockerfile, context, name, base, files = {} }: ImageBuild): Promise<void> {
    const argv = ['build', '--layers', '--network', 'host', '--file', dockerfile, '--tag', name];
    if (base !== undefined) argv.push('--build-arg', `BASE=${base}`);
    for (const [inside, outside] of Object.entries(files)) argv.push('--volume', `${outside}:${inside}:ro`);
    await execa(this.program, [...argv, context], { ...TELL, env: this.#environment });
  }

  async save(name: string, archive: string): Promise<void> {
    await execa(this.program, ['push', name, `docker-archive:${archive}:${name}`], { ...TELL, env: this.#environment });
  }

  async has(name: string): Promise<boolean> {
    return (await execa(this.program, ['inspect', '--type', 'image', name], { ...QUIET, env: this.#environment })).exitCode === 0;
  }

  async pull(name: string): Promise<boolean> {
    return (await execa(this.program, ['pull', name], { ...QUIET, env: this.#environment, timeout: PULL_WITHIN_MS })).exitCode === 0;
  }
}

// What a program says goes to stderr, so that stdout stays the script's own.
const TELL = { stdin: 'ignore', stdout: 2, stderr: 2 } as const;
const QUIET = { stdio: 'ignore', reject: false } as const;

/** docker or podman where one answers, else buildah; `undefined`: none of them is here. */
export async function findImageTool(): Promise<ImageTool | undefined> {
  for (const program of ['docker', 'podman']) {
    if ((await execa(program, ['info'], { ...QUIET, timeout: 20_000 })).exitCode === 0) return new ContainerEngine(program);
  }
  return (await execa('buildah', ['--version'], QUIET)).exitCode === 0 ? new Buildah() : undefined;
}

import { execa } from 'execa';

/**
 * Brings images to the nodes of a cluster that is not the tests' own: by PCAPPER_E2E_LOAD, a command that is called with each
 * archive after its words (none reaches a shell); else by kind, where the context is one of kind's.
 * @throws Error when there is neither, or it fails.
 */
export async function loadImages(archives: readonly string[], { command = '', context }: { readonly command?: string | undefined; readonly context: string }): Promise<void> {
  const [program, ...argv] = command.split(' ').filter((word) => word !== '');
  const kind = /^kind-(.+)$/.exec(context)?.[1];
  for (const archive of archives) {
    if (program !== undefined) await execa(program, [...argv, archive], { stdio: ['ignore', 2, 2] });
    else if (kind !== undefined) await execa('kind', ['load', 'image-archive', archive, '--name', kind], { stdio: ['ignore', 2, 2] });
    else throw new Error(`No way is known to bring ${archive} to the nodes of ${JSON.stringify(context)}. Set PCAPPER_E2E_LOAD to a command that takes an archive, as in "minikube image load", or to "true" when the nodes have the images.`);
  }
}

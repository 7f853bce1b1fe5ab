import { CaptureError, quote } from '../../core/errors/capture-error.ts';
import { formatBytes } from '../../core/quantity.ts';

/** The command line cannot be understood. */
export class CommandLineError extends CaptureError {
  static readonly code = 'CommandLine';
  override readonly code = CommandLineError.code;
}

export class CaptureNotFoundError extends CaptureError {
  override readonly code = 'CaptureNotFound';
  constructor(name: string, namespace: string, options?: ErrorOptions) {
    super(
      {
        problem: `There is no PacketCapture ${quote(name)} in the namespace ${quote(namespace)}.`,
        advice: `See what there is with: kubectl get pktcap --all-namespaces`,
      },
      options,
    );
  }
}

/** The API server does not know PacketCaptures. */
export class NotInstalledError extends CaptureError {
  override readonly code = 'NotInstalled';
  constructor(server: string, options?: ErrorOptions) {
    super(
      { problem: `The cluster at ${server} has no PacketCaptures: pcapper is not installed there.`, advice: 'Choose another cluster with --context or --kubeconfig.' },
      options,
    );
  }
}

/** The kubeconfig does not say, or its plugin does not, who asks. */
export class CredentialsError extends CaptureError {
  override readonly code = 'Credentials';
  /** @param cause of the plugin, or of a file that cannot be read. */
  constructor(cause: string, options?: ErrorOptions) {
    super({ problem: `The credentials of the kubeconfig cannot be had: ${cause.replace(/\.$/, '')}.`, advice: 'Try the same user with kubectl: kubectl auth whoami' }, options);
  }
}

export class NotAllowedError extends CaptureError {
  override readonly code = 'NotAllowed';
  constructor(refusal: string, options?: ErrorOptions) {
    super(
      {
        problem: refusal,
        advice: 'Fetching files needs the ClusterRole pcapper-files in the namespace of the capture. Ask whoever runs the cluster for it.',
      },
      options,
    );
  }
}

/** The capture has not ended yet, so that its files still change. */
export class StillRunningError extends CaptureError {
  override readonly code = 'StillRunning';
  constructor(name: string, namespace: string, packets: number) {
    const kubectl = `kubectl -n ${namespace}`;
    super({
      problem: `The capture ${name} is still running (${packets} packets so far).`,
      advice:
        `Wait for its end: ${kubectl} wait pktcap/${name} --for=jsonpath='{.status.completionTime}' --timeout=-1s ; ` +
        `end it: ${kubectl} patch pktcap ${name} --type=merge -p '{"spec":{"stop":true}}' ; or fetch what there is by now with --so-far`,
    });
  }
}

/** The capture has no files, or none any more. */
export class NoFilesError extends CaptureError {
  override readonly code = 'NoFiles';
}

/** No agent runs where the files are. */
export class AgentMissingError extends CaptureError {
  override readonly code = 'AgentMissing';
  constructor(node: string, namespace: string) {
    super({
      problem: `The files are on the node ${node}, and no Pod of the DaemonSet pcapper runs there in the namespace ${namespace}.`,
      advice: `Look why: kubectl -n ${namespace} get pods -o wide ; kubectl get node ${node}`,
    });
  }
}

/** What the agent's Pod says of the files makes no sense. */
export class ManifestUnusableError extends CaptureError {
  override readonly code = 'ManifestUnusable';
  constructor(fileName: string, reason: string) {
    super({
      problem: `The record ${fileName} of the capture cannot be used: ${reason}.`,
      advice: 'It may have been written by a newer agent: use the pcapper of the same version.',
    });
  }
}

/** The files cannot be one pcap file. */
export class FilesDifferError extends CaptureError {
  override readonly code = 'FilesDiffer';
  constructor(differences: readonly string[], commands: readonly string[]) {
    super({
      problem: `The files of the capture cannot be put into one: ${differences.join(' ')}`,
      advice: `Fetch them one by one:\n${commands.map((command) => `  ${command}`).join('\n')}`,
    });
  }
}

/** A file is not what it was when it was listed. */
export class FileChangedError extends CaptureError {
  override readonly code = 'FileChanged';
  readonly fileName: string;
  constructor(fileName: string, how: string, running: boolean) {
    super({
      problem: `The file ${fileName} ${how} while it was fetched.`,
      advice: running ? 'The ring of a running capture overwrites its oldest file: try again, or stop the capture first.' : 'Try again; if it happens again, somebody changes the files on the node.',
    });
    this.fileName = fileName;
  }
}

/** Something is in the way where the file is to be. */
export class OutputError extends CaptureError {
  override readonly code = 'Output';
}

export class DiskTooSmallError extends CaptureError {
  override readonly code = 'DiskTooSmall';
  constructor(folder: string, needed: number, free: number) {
    super({
      problem: `${formatBytes(needed)} are to come, and ${folder} has ${formatBytes(free)} free.`,
      advice: 'Write it elsewhere with -o, or make room.',
    });
  }
}

/** Finds a Pod's uid in what /proc/PID/cgroup says. */
export class PodCgroup {
  readonly #pod: RegExp | undefined;
  readonly #spellings: readonly string[];

  /**
   * @param uid the uid that the kubelet used for the cgroup. One that cannot be a uid matches nothing.
   */
  constructor(uid: string) {
    // The systemd driver writes "_" for "-", which in a slice's name stands for the folder above.
    this.#spellings = [uid, uid.replaceAll('-', '_')];
    this.#pod = /^[0-9a-f-]{32,36}$/i.test(uid) ? podFolder(this.#spellings.join('|')) : undefined;
  }

  /**
   * How many folders below the Pod's own a process is, by the lines of all hierarchies: 1 is a container's own, more is
   * what the container has made itself. `undefined` when it is not the Pod's, or only guards it (conmon).
   */
  depthOf(cgroup: string): number | undefined {
    return this.#below(cgroup)?.length;
  }

  /** The container that a process of the Pod is in, by the runtime's id: the name of the folder has it among other words. */
  containerOf(cgroup: string): string | undefined {
    return CONTAINER_ID.exec(this.#below(cgroup)?.[0] ?? '')?.[0];
  }

  #below(cgroup: string): readonly string[] | undefined {
    if (this.#pod === undefined || !this.#spellings.some((uid) => cgroup.includes(uid))) return undefined;
    let deepest: readonly string[] | undefined;
    for (const path of paths(cgroup)) {
      const below = folderBelow(path, this.#pod);
      if (below === undefined) continue;
      if (below.some((folder) => CONMON.test(folder))) return undefined;
      if (deepest === undefined || below.length > deepest.length) deepest = below;
    }
    return deepest;
  }
}

/** The uids of all Pods that are named there. */
export function podUids(cgroup: string): ReadonlySet<string> {
  const uids = [...cgroup.matchAll(ANY_POD)].map(([, uid = '']) => uid.replaceAll('_', '-'));
  return new Set(uids);
}

const ANY_POD = /(?:^|[-/])pod([0-9a-f]{8}(?:[-_]?[0-9a-f]{4}){3}[-_]?[0-9a-f]{12})(?=\.slice|[/:\n]|$)/gim;

/** As containerd, CRI-O and Docker make them. */
const CONTAINER_ID = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/;

/** CRI-O's guard of a container: in the Pod's cgroup, but in the network of the node. */
const CONMON = /^(?:crio-)?conmon(?:-|$)/;

/**
 * A folder named for the Pod: `pod<uid>` (cgroupfs driver), `…-pod<uid>.slice` (systemd driver), or the latter with
 * `:cri-containerd:<id>` (a runtime that was not told of the systemd driver).
 */
function podFolder(uid: string): RegExp {
  return new RegExp(`^(?:.*-)?pod(?:${uid})(?:\\.slice)?(?<container>:.+)?$`, 'i');
}

/** Each line is `ID:CONTROLLERS:PATH` (cgroups(7)). */
function paths(cgroup: string): string[] {
  return cgroup.split('\n').map((line) => line.slice(line.indexOf(':', line.indexOf(':') + 1) + 1));
}

/** No anchor: kind, k3s and private cgroup namespaces put folders in front. The first match is the outermost Pod. */
function folderBelow(path: string, pod: RegExp): string[] | undefined {
  const folders = path.split('/');
  for (const [at, folder] of folders.entries()) {
    const match = pod.exec(folder);
    if (match === null) continue;
    const container = match.groups?.['container'];
    const below = [...(container === undefined ? [] : [container]), ...folders.slice(at + 1)];
    // CRI-O on cgroup v2 puts the processes into a folder "container" of the container's.
    if (below.length === 2 && below[1] === 'container') below.pop();
    return below;
  }
  return undefined;
}

import type { Cell, Fault, FaultKind, Scene, Truth } from '../fault.ts';
import { SmallDisk } from '../small-disk.ts';
import { type Step, STEPS } from '../steps.ts';

/** From here on nothing is written but the manifest. */
const ENDED: readonly Step[] = ['reporting', 'reported'];

interface Acts {
  readonly environment?: Readonly<Record<string, string>>;
  readonly strike: (disk: SmallDisk, scene: Scene) => Promise<void>;
  /** Makes the disk well again. */
  readonly mend: (disk: SmallDisk) => Promise<void>;
  readonly truth: Truth;
}

function onDisk(name: string, { environment, strike, mend, truth }: Acts): FaultKind {
  return {
    name,
    // Before it is claimed, a capture knows as much of the disk as right after.
    steps: STEPS.filter((step) => step !== 'before-claim' && step !== 'reported'),
    async stage(): Promise<Fault> {
      const disk = await SmallDisk.create({ bytes: 200_000_000 });
      return {
        hostmount: disk.hostmount,
        environment: { MIN_FREE_DISK: '16M', ...environment },
        strike: (scene) => strike(disk, scene),
        async heal(scene) {
          await untilToldOrQuiet(scene);
          await mend(disk);
        },
        truth: ({ step, lifecycle }: Cell) => (ENDED.includes(step) && lifecycle !== 'recreate' ? {} : truth),
        [Symbol.asyncDispose]: () => disk[Symbol.asyncDispose](),
      };
    },
  };
}

/** Resolves when the capture has ended; also when it goes on for as long as a disk is looked at several times. */
async function untilToldOrQuiet(scene: Scene): Promise<void> {
  await scene.reaches(({ status }) => status?.progress === 'finished' || status?.progress === 'failure', 3_000).catch(() => undefined);
}

/** `TcpdumpFailed`: it could not make the next file of its ring. */
const REFUSED = ['FreeDiskTooLow', 'Hostmount', 'CaptureFile', 'TcpdumpFailed'];

export const DISK_FAULTS: readonly FaultKind[] = [
  // Below MIN_FREE_DISK, and still room for all that was reserved: no packet may be lost before the end.
  onDisk('disk-low', {
    strike: (disk) => disk.fill({ leaving: 12_000_000 }),
    mend: (disk) => disk.empty(),
    truth: { partial: true, endsCapture: true, failures: ['FreeDiskTooLow', 'DiskFilled'], neighbourToo: true },
  }),
  onDisk('disk-full', {
    strike: (disk) => disk.fill(),
    mend: (disk) => disk.empty(),
    truth: { partial: true, endsCapture: true, failures: [...REFUSED, 'DiskFilled', 'PacketsNotWritten'], neighbourToo: true },
  }),
  // Nobody asked for disk to stay free.
  onDisk('disk-full-unguarded', {
    environment: { MIN_FREE_DISK: '0' },
    strike: (disk) => disk.fill(),
    mend: (disk) => disk.empty(),
    truth: { partial: true, endsCapture: true, failures: [...REFUSED, 'DiskFilled', 'PacketsNotWritten'], neighbourToo: true },
  }),
  onDisk('disk-read-only', {
    strike: (disk) => disk.makeReadOnly(),
    mend: (disk) => disk.makeWritable(),
    truth: { partial: true, failures: REFUSED, neighbourToo: true },
  }),
  onDisk('disk-inodes-gone', {
    strike: (disk) => disk.exhaustInodes(),
    mend: (disk) => disk.freeInodes(),
    truth: { partial: true, failures: [...REFUSED, 'PacketsNotWritten'], neighbourToo: true },
  }),
];

import type { CaptureManifest } from './capture-manifest.ts';
import type { CaptureFile } from './capture-result.ts';

/** The folder that captures are written to (the hostmount): manifests, and the files of their segments. */
export interface CaptureDirectory {
  /** Absolute path. */
  readonly path: string;
  /**
   * Creates a manifest exclusively. It survives any end of this process; a crash of the machine, once it is saved again.
   * @returns false when a capture of that id exists already.
   */
  createManifest(manifest: CaptureManifest): Promise<boolean>;
  /** Replaces a manifest atomically and durably. */
  saveManifest(manifest: CaptureManifest): Promise<void>;
  /** All manifests of this node. What cannot be read is set aside under another name and told by that name. */
  loadManifests(): Promise<LoadedManifests>;
  /** The files of a segment that exist, the least recently written first. */
  files(segmentFile: string): Promise<readonly CaptureFile[]>;
  /** Reads record headers only. Repairs a cut last record by truncating to the last whole one. */
  inspect(file: string): Promise<FileInspection>;
  /** Removes a file of a capture; one that is not there is no error. */
  removeFile(file: string): Promise<void>;
  /** Removes the capture's files, then its manifest. */
  removeCapture(manifest: CaptureManifest): Promise<void>;
}

/** What {@link CaptureDirectory.loadManifests} finds. */
export interface LoadedManifests {
  /** Those that can be read, in no order. */
  readonly manifests: readonly CaptureManifest[];
  /** Names by now of those that cannot. */
  readonly setAside: readonly string[];
}

/** What a pcap file holds. */
export interface FileInspection extends CaptureFile {
  /** Whole records that it holds. */
  readonly packets: number;
  /** Milliseconds since the Unix epoch; absent in a file without packets. */
  readonly firstPacketTime?: number;
  /** Time of its last record; milliseconds since the Unix epoch. Absent as {@link FileInspection.firstPacketTime} is. */
  readonly lastPacketTime?: number;
  /** When the file was made, by the file system; milliseconds since the Unix epoch. Absent where that is not known. */
  readonly createdAt?: number;
  /** Bytes of a cut last record that were removed. */
  readonly repairedBytes: number;
}

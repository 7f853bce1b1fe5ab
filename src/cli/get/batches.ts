/** A command is a part of a URL, and the proxies before an API server take 8 KiB of one at the least that is usual. */
const MOST_NAME_BYTES = 4096;
/** For the folder, `command=` and `&`. */
const ABOUT_A_NAME = 48;

/** Files in groups that are few enough to be the arguments of one command. */
export function* batches<T extends { readonly name: string }>(files: readonly T[]): Generator<readonly T[], void, undefined> {
  let batch: T[] = [];
  let bytes = 0;
  for (const file of files) {
    const more = file.name.length + ABOUT_A_NAME;
    if (batch.length > 0 && bytes + more > MOST_NAME_BYTES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(file);
    bytes += more;
  }
  if (batch.length > 0) yield batch;
}

import { describe, expect, it } from 'vitest';
import { HEAD_BYTES, type MergeFile, type MergePlan, planMerge, positionIn } from '../../../src/adapters/pcap/merge-plan.ts';
import { FileBeginsAnew, PcapMerge } from '../../../src/adapters/pcap/pcap-merge.ts';
import { PcapBytes, type PcapBytesOptions } from './pcap-bytes.ts';

const SECOND = 1_700_000_000;

/** A file that begins at that second and has a packet each second, and its bytes. */
function fileOf(name: string, from: number, lengths: readonly number[], options: PcapBytesOptions = {}) {
  const pcap = new PcapBytes(options);
  const content = Buffer.concat([pcap.header(), ...lengths.map((length, i) => pcap.record(SECOND + from + i, 7, length))]);
  return { name, content };
}

type TestFile = ReturnType<typeof fileOf>;

function merged({ name, content }: TestFile, bytes = content.length): MergeFile {
  return { name, bytes, head: content.subarray(0, Math.min(HEAD_BYTES, bytes)) };
}

function plan(...segments: readonly (readonly TestFile[])[]): MergePlan {
  const made = planMerge(segments.map((files) => files.map((file) => merged(file))));
  if ('unfit' in made) throw new Error(JSON.stringify(made.unfit));
  return made;
}

/** All files of a plan as they lie on disk, one after the other. */
const contentOf = ({ files }: MergePlan, among: readonly TestFile[], from = 0) =>
  Buffer.concat(files.slice(from).map(({ name }) => among.find((file) => file.name === name)?.content ?? Buffer.alloc(0)));

function push(merge: PcapMerge, bytes: Buffer, chunkBytes = bytes.length): Buffer {
  const passed: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) merge.push(bytes.subarray(at, at + chunkBytes), (piece) => passed.push(Buffer.from(piece)));
  return Buffer.concat(passed);
}

const records = ({ content }: TestFile) => content.subarray(24);

describe('planMerge', () => {
  const ring = [fileOf('x.pcap0', 20, [60]), fileOf('x.pcap1', 30, [60]), fileOf('x.pcap2', 10, [60])];

  it('goes by the first packets within a segment: of a ring that has wrapped the names say nothing', () => {
    expect(plan(ring).files.map(({ name }) => name)).toEqual(['x.pcap2', 'x.pcap0', 'x.pcap1']);
  });

  it('goes by the segments, though the wall clock was set back between them', () => {
    const names = plan(ring, [fileOf('y.pcap0', 5, [60])]).files.map(({ name }) => name);
    expect(names).toEqual(['x.pcap2', 'x.pcap0', 'x.pcap1', 'y.pcap0']);
  });

  it('tells files of one second apart by their microseconds', () => {
    const pcap = new PcapBytes();
    const at = (name: string, ticks: number) => ({ name, content: Buffer.concat([pcap.header(), pcap.record(SECOND, ticks, 1)]) });
    expect(plan([at('a', 3), at('b', 1), at('c', 2)]).files.map(({ name }) => name)).toEqual(['b', 'c', 'a']);
  });

  it('knows how long the merged file is, and takes the longest snapshot length', () => {
    const files = [fileOf('x.pcap0', 1, [60], { snapLength: 96 }), fileOf('x.pcap1', 2, [60, 50], { snapLength: 128 })];
    const { bytes, header } = plan(files);
    expect(bytes).toBe(24 + 76 + 76 + 66);
    expect(header).toEqual(new PcapBytes({ snapLength: 128 }).header());
  });

  it('leaves out files without packets, and makes a header of nothing else', () => {
    const empty = fileOf('x.pcap0', 0, []);
    const none = { name: 'x.pcap1', content: Buffer.alloc(0) };
    expect(plan([empty, none, ...ring]).files).toHaveLength(3);
    expect(plan([empty])).toMatchObject({ files: [], bytes: 24, header: empty.content });
    expect(planMerge([[merged(none)]])).toEqual({ unfit: [] });
    expect(planMerge([])).toEqual({ unfit: [] });
  });

  it('says which files do not fit', () => {
    const other = fileOf('y.pcap', 50, [60]);
    other.content.writeUInt32LE(276, 20);
    const text = { name: 'z.pcap', content: Buffer.from('This was never written by tcpdump, not at all.') };
    const nanoseconds = fileOf('n.pcap', 60, [60], { nanoseconds: true });
    expect(planMerge([ring, [other], [text], [nanoseconds]].map((files) => files.map((file) => merged(file))))).toMatchObject({
      unfit: [
        { name: 'y.pcap', reason: 'another link type', expected: { linkType: 1 }, found: { linkType: 276 } },
        { name: 'z.pcap', reason: 'no pcap file' },
        { name: 'n.pcap', reason: 'another format of times' },
      ],
    });
  });
});

describe('PcapMerge', () => {
  // Lengths with which records begin at every place of a chunk.
  const files = [fileOf('a', 1, [60, 0, 1499, 3]), fileOf('b', 10, [17]), fileOf('c', 20, [5, 5, 5, 200])];
  const whole = Buffer.concat(files.map(records));

  it.each([1, 2, 7, 15, 16, 17, 23, 24, 25, 40, 100, 1000, 10_000])('makes the same of chunks of %d bytes', (chunkBytes) => {
    const merge = new PcapMerge(plan(files));
    expect(push(merge, contentOf(plan(files), files), chunkBytes)).toEqual(whole);
    expect(merge).toMatchObject({ packets: 9, done: true });
    expect(merge.taken.size).toBe(0);
  });

  it('goes on from any record, and counts from there', () => {
    const made = plan(files);
    let at = 24;
    let before = 0;
    for (const length of [60, 0, 1499, 3, 17, 5, 5, 5, 200]) {
      const position = positionIn(made, at);
      const merge = new PcapMerge(made, position);
      const rest = contentOf(made, files, position.file).subarray(position.offset);
      expect(push(merge, rest)).toEqual(whole.subarray(at - 24));
      expect(merge).toMatchObject({ packets: 9 - before, done: true });
      at += 16 + length;
      before += 1;
    }
    expect(positionIn(made, at)).toEqual({ file: 3, offset: 0 });
    expect(new PcapMerge(made, positionIn(made, at)).done).toBe(true);
  });

  it.each([1, 15, 16, 17, 60])('leaves out a record of which a file has only %d bytes, and goes on with the next file', (bytes) => {
    const [first, second, third] = files as [TestFile, TestFile, TestFile];
    const cut = { name: 'b', content: Buffer.concat([second.content, new PcapBytes().record(SECOND + 12, 0, 500).subarray(0, bytes)]) };
    for (const chunkBytes of [1, 16, 10_000]) {
      const made = plan([first, cut, third]);
      const merge = new PcapMerge(made);
      expect(push(merge, contentOf(made, [first, cut, third]), chunkBytes)).toEqual(whole);
      expect(merge.packets).toBe(9);
      expect([...merge.taken]).toEqual([['b', second.content.length]]);
      // Where to go on, once the merged file has a part of the last one.
      expect(positionIn(made, 24 + records(first).length + records(second).length + 21, merge.taken)).toEqual({ file: 2, offset: 45 });
    }
  });

  it('takes a file up to where it ended when it was listed', () => {
    const [first] = files as [TestFile];
    const made = planMerge([[merged(first, first.content.length - 5)]]);
    if ('unfit' in made) throw new Error('it fits');
    const merge = new PcapMerge(made);
    const passed: Buffer[] = [];
    expect(merge.push(first.content, (piece) => passed.push(piece))).toBe(first.content.length - 5);
    expect(Buffer.concat(passed)).toEqual(records(first).subarray(0, -19));
    expect(merge).toMatchObject({ packets: 3, done: true });
  });

  it.each([3, 24, 39, 1000])('sees that a file begins anew, in chunks of %d bytes', (chunkBytes) => {
    const made = plan(files);
    const [first, , third] = files as [TestFile, TestFile, TestFile];
    const anew = fileOf('b', 99, [17]);
    const merge = new PcapMerge(made);
    expect(() => push(merge, contentOf(made, [first, anew, third]), chunkBytes)).toThrow(FileBeginsAnew);
  });
});

import { describe, expect, test } from 'vitest';
import { ListText } from '../../../src/adapters/kubernetes/list-text.ts';

interface Item {
  readonly metadata: { readonly name: string };
}

/** What is told of that text when it comes in pieces of this length, and what is left of the list. */
function read(text: string, pieceLength: number) {
  const told: Item[] = [];
  let soonest: number | undefined;
  const list = new ListText<Item>((item) => told.push(item));
  for (let at = 0; at < text.length; at += pieceLength) {
    list.push(text.slice(at, at + pieceLength));
    if (told.length > 0) soonest ??= at + pieceLength;
  }
  return { list: list.end(), told, soonest };
}

const item = (name: string, more: object = {}) => ({ metadata: { name }, ...more });
const pods = (...items: object[]) => JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: '7', continue: 'x' }, items });
/** Custom resources are written with sorted keys. */
const captures = (...items: object[]) =>
  JSON.stringify({ apiVersion: 'pcapper.io/v1alpha1', items: items.map((each) => ({ apiVersion: 'x', ...each })), kind: 'PacketCaptureList', metadata: { resourceVersion: '7' } });

/** Inside of an item what stands between items, as structure and as text. */
const TRICKY = [
  item('structure', { spec: { list: [{ a: 1 }, { metadata: { name: 'inner' } }, { metadata: { b: '}' } }] } }),
  item('text', { note: '},{"metadata":{"name":"no item"}' , items: [item('inner'), item('also inner')] }),
  item('quotes', { note: '\\"items":[{"metadata":' }),
  item('letters', { note: 'ümläute, 日本語, 🦈' }),
];

describe('the items of a list', () => {
  for (const pieceLength of [1, 7, 64, 100_000]) {
    test(`are told, all and in order, when it comes in pieces of ${pieceLength}`, () => {
      for (const items of [[], [item('one')], [item('a'), item('b'), item('c')], TRICKY, [...TRICKY, ...TRICKY]]) {
        const typed = read(pods(...items), pieceLength);
        expect(typed.told).toEqual(items);
        expect(typed.list).toEqual({ kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: '7', continue: 'x' }, items: [] });
        const custom = read(captures(...items), pieceLength);
        expect(custom.told).toEqual(items.map((each) => ({ apiVersion: 'x', ...each })));
        expect(custom.list.metadata).toEqual({ resourceVersion: '7' });
      }
    });

    test(`are told of a list that is written in another way, in pieces of ${pieceLength}`, () => {
      const items = [item('a'), item('b')];
      const list = { metadata: { items: [{ x: 1 }, { x: 2 }] }, items };
      for (const text of [JSON.stringify(JSON.parse(pods(...items)), null, 2), JSON.stringify(list), pods(...items).replaceAll(':', ' : ')]) {
        expect(read(text, pieceLength).told, text).toEqual(items);
      }
    });
  }

  test('are told before the list has come to its end', () => {
    const text = pods(...Array.from({ length: 100 }, (_, i) => item(`pod-${i}`, { filling: 'x'.repeat(1000) })));
    expect(read(text, 500).soonest).toBeLessThan(2_500);
  });

  test('are not taken from what is no list', () => {
    expect(read('{"kind":"Status","code":200}', 5)).toMatchObject({ list: { kind: 'Status' }, told: [] });
    expect(read('{"items":null,"metadata":{}}', 5)).toMatchObject({ list: { items: [] }, told: [] });
    for (const text of ['', 'not found', pods(item('a'), item('b')).slice(0, -3)]) expect(() => read(text, 5), text).toThrow(SyntaxError);
  });
});

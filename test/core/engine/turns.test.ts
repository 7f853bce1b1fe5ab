import { describe, expect, it } from 'vitest';
import { Turns } from '../../../src/core/engine/turns.ts';

const never = new AbortController().signal;

describe('Turns', () => {
  it('lets the limit in at once, then the next in order, each told its place', async () => {
    const turns = new Turns(1);
    const first = await turns.take(() => expect.fail('the first need not wait'), never);
    const places: string[] = [];
    const second = turns.take((place) => places.push(`second ${place}`), never);
    const third = turns.take((place) => places.push(`third ${place}`), never);
    expect(places).toEqual(['second 1', 'third 2']);
    first[Symbol.dispose]();
    const held = await second;
    expect(places).toEqual(['second 1', 'third 2', 'third 1']);
    held[Symbol.dispose]();
    (await third)[Symbol.dispose]();
    expect(turns.taken).toBe(0);
  });

  it('forgets one that gives up waiting, and moves the others forward', async () => {
    const turns = new Turns(1);
    const first = await turns.take(() => undefined, never);
    const impatient = new AbortController();
    const second = turns.take(() => undefined, impatient.signal);
    const places: number[] = [];
    const third = turns.take((place) => places.push(place), never);
    impatient.abort();
    await expect(second).rejects.toThrow();
    expect(places).toEqual([2, 1]);
    first[Symbol.dispose]();
    await third;
    expect(turns.taken).toBe(1);
  });

  it('counts a turn that is given back twice once', async () => {
    const turns = new Turns(2);
    const [first] = [await turns.take(() => undefined, never), await turns.take(() => undefined, never)];
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(turns.taken).toBe(1);
  });

  it('takes no turn for one who gave up before asking', async () => {
    const turns = new Turns(1);
    await expect(turns.take(() => undefined, AbortSignal.abort())).rejects.toThrow();
    expect(turns.taken).toBe(0);
  });
});

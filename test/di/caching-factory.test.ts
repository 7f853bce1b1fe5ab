import 'reflect-metadata';
import { container } from 'tsyringe';
import { describe, expect, it } from 'vitest';
import { onceMade, onceMadePerContainer } from '../../src/di/caching-factory.ts';

const PART = Symbol('part');

describe('what is made once', () => {
  it('is one for a container and its children', () => {
    const parent = container.createChildContainer().register(PART, { useFactory: onceMade(() => ({})) });
    const child = parent.createChildContainer();
    expect(child.resolve(PART)).toBe(parent.resolve(PART));
  });

  it('is made again after it could not be', () => {
    let tries = 0;
    const make = onceMade(() => {
      tries++;
      if (tries === 1) throw new Error('not yet');
      return tries;
    });
    expect(() => make(container)).toThrow('not yet');
    expect([make(container), make(container)]).toEqual([2, 2]);
  });

  it('stays, also where it is undefined', () => {
    let calls = 0;
    const make = onceMade(() => {
      calls++;
    });
    make(container);
    make(container);
    expect(calls).toBe(1);
  });
});

describe('what is made once per container', () => {
  it('is one for each child that asks', () => {
    const parent = container.createChildContainer().register(PART, { useFactory: onceMadePerContainer(() => ({})) });
    const [one, another] = [parent.createChildContainer(), parent.createChildContainer()];
    expect(one.resolve(PART)).toBe(one.resolve(PART));
    expect(one.resolve(PART)).not.toBe(another.resolve(PART));
  });
});

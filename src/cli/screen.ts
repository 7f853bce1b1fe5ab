import { visible } from '../core/errors/visible.ts';

/** The part of process.stderr that is used. */
export interface Screen {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** Writes a line of text. Words of others in it cannot steer the terminal. */
export function writeLine(screen: Screen, text: string): void {
  screen.write(`${visible(text)}\n`);
}

/** @throws RangeError when there is nothing. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** By linear interpolation between the two nearest of the sorted values. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  if (below === undefined || above === undefined) throw new RangeError('no values');
  return below + (above - below) * (at - Math.floor(at));
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The slope by Theil and Sen: the median of the slopes of all pairs, which a few outliers do not move. */
export function robustSlope(points: readonly Point[]): number {
  const slopes = points.flatMap((a, i) => points.slice(i + 1).flatMap((b) => (a.x === b.x ? [] : [(b.y - a.y) / (b.x - a.x)])));
  return median(slopes);
}

/** Pure: a line through points, and how sure it is. */
export interface Slope {
  /** Of y for one of x. */
  perUnit: number
  /** The standard error of it; 0 with fewer than three points. */
  error: number
}

/** Least squares. */
export function toSlope(points: readonly (readonly [x: number, y: number])[]): Slope {
  const count = points.length
  const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / count
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))]
  const squares = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  if (squares === 0) return { perUnit: 0, error: 0 }
  const perUnit = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / squares
  const rest = points.reduce((sum, [x, y]) => sum + (y - meanY - perUnit * (x - meanX)) ** 2, 0)
  return { perUnit, error: count < 3 ? 0 : Math.sqrt(rest / (count - 2) / squares) }
}

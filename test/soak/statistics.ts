/** A straight line through points, and how sure its slope is. */
export interface Trend {
  readonly slope: number;
  /** The bounds between which the true slope lies with a confidence of 95 %. */
  readonly low: number;
  readonly high: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * The line of least squares, with the interval of Student's t for its slope.
 *
 * Measurements in a row resemble each other, so that they tell less than as many independent ones would. How many those are, for which the
 * interval is reckoned, follows from how much each residue tells of the next (Santer et al. 2000, "adjusted standard error").
 *
 * @throws RangeError for fewer than three points, or points that stand all above each other
 */
export function trend(points: readonly Point[]): Trend {
  const meanX = mean(points.map(({ x }) => x));
  const meanY = mean(points.map(({ y }) => y));
  const width = sum(points.map(({ x }) => (x - meanX) ** 2));
  if (points.length < 3 || width === 0) throw new RangeError("trend: three points at least, of different x");
  const slope = sum(points.map(({ x, y }) => (x - meanX) * (y - meanY))) / width;
  const residues = points.map(({ x, y }) => y - meanY - slope * (x - meanX));
  const squares = sum(residues.map((residue) => residue ** 2));
  if (squares === 0) return { slope, low: slope, high: slope };
  const alike = Math.max(0, sum(residues.map((residue, i) => residue * (residues[i - 1] ?? 0))) / squares);
  const freedom = Math.max(1, (points.length * (1 - alike)) / (1 + alike) - 2);
  const margin = studentT(freedom) * Math.sqrt(squares / freedom / width);
  return { slope, low: slope - margin, high: slope + margin };
}

/** What Student's t with so many degrees of freedom exceeds, up or down, in 5 % of cases. */
export function studentT(freedom: number): number {
  const few = [12.7062, 4.30265, 3.18245, 2.77645][Math.floor(freedom) - 1];
  if (few !== undefined) return few;
  // From five on, Cornish and Fisher's expansion around the normal distribution's is exact to a thousandth.
  const z = 1.959964;
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92_160,
  ];
  return terms.reduce((t, term, i) => t + term / freedom ** (i + 1), z);
}

export function sum(figures: readonly number[]): number {
  return figures.reduce((total, figure) => total + figure, 0);
}

function mean(figures: readonly number[]): number {
  return sum(figures) / figures.length;
}

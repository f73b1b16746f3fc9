// Limited-memory BFGS (Nocedal & Wright, Numerical Optimization, algorithm 7.5) with a backtracking line search.

export interface Point {
  readonly value: number;
  readonly gradient: Float64Array;
}

const memory = 10;
const sufficientDecrease = 1e-4;

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const combine = (a: Float64Array, factor: number, b: Float64Array): Float64Array => a.map((value, i) => value + factor * b[i]!);

interface Step {
  readonly move: Float64Array;
  readonly change: Float64Array;
  readonly curvature: number;
}

/** The quasi-Newton direction: minus the inverse Hessian, as the last steps show it, times the gradient. */
function directionOf(gradient: Float64Array, steps: readonly Step[]): Float64Array {
  let q: Float64Array = gradient.slice();
  const weights = steps.map(() => 0);
  for (let i = steps.length - 1; i >= 0; i--) {
    const { move, change, curvature } = steps[i]!;
    weights[i] = dot(move, q) / curvature;
    q = combine(q, -weights[i]!, change);
  }
  const last = steps.at(-1);
  const size = last ? last.curvature / dot(last.change, last.change) : 1;
  q = q.map((value) => value * size);
  steps.forEach(({ move, change, curvature }, i) => (q = combine(q, weights[i]! - dot(change, q) / curvature, move)));
  return q.map((value) => -value);
}

/** The minimiser of a smooth convex function, from `start` on, until the gradient's largest part is below `tolerance`. */
export function minimise(evaluate: (x: Float64Array) => Point, start: Float64Array, tolerance: number, maxSteps: number): Float64Array {
  let x = start;
  let here = evaluate(x);
  const steps: Step[] = [];
  for (let n = 0; n < maxSteps && here.gradient.some((part) => Math.abs(part) > tolerance); n++) {
    const direction = directionOf(here.gradient, steps);
    const slope = dot(direction, here.gradient);
    let length = n === 0 ? Math.min(1, 1 / Math.sqrt(dot(here.gradient, here.gradient))) : 1;
    let next = evaluate(combine(x, length, direction));
    while (next.value > here.value + sufficientDecrease * length * slope) {
      length /= 2;
      // Smaller steps than this are rounding: x is as good as doubles can say.
      if (length < 1e-12) return x;
      next = evaluate(combine(x, length, direction));
    }
    const move = direction.map((value) => value * length);
    const change = combine(next.gradient, -1, here.gradient);
    const curvature = dot(move, change);
    if (curvature > 0) steps.push({ move, change, curvature });
    if (steps.length > memory) steps.shift();
    x = combine(x, 1, move);
    here = next;
  }
  return x;
}

// L-BFGS, for smooth convex functions of many variables whose gradient is dear and whose Hessian does not fit anywhere.

/** A function's value at a point and its gradient there. */
export interface Slope {
  readonly value: number;
  readonly gradient: Float64Array;
}

export type Objective = (point: Float64Array) => Slope;

export interface Iterate extends Slope {
  readonly point: Float64Array;
}

/** Steps that are remembered: 10 of scipy's and scikit-learn's default. */
const remembered = 10;
/** Armijo's condition: share of the decrease that the gradient promises. */
const leastDecrease = 1e-4;
/** Halvings of a step before the point counts as the minimum: the arithmetic of the gradient can tell no more. */
const mostHalvings = 20;

interface Step {
  /** Change of the point, change of the gradient, 1 / their product. */
  readonly point: Float64Array;
  readonly gradient: Float64Array;
  readonly inverse: number;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** target += factor × values. */
function add(target: Float64Array, factor: number, values: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * values[i]!;
}

const difference = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value - b[i]!);

/** The two loops of Nocedal 1980: the gradient times the inverse Hessian that the steps suggest, downhill. */
function directionOf(gradient: Float64Array, steps: readonly Step[]): Float64Array {
  const direction = gradient.map((value) => -value);
  const factors = steps.map(() => 0);
  for (let i = steps.length - 1; i >= 0; i--) {
    factors[i] = steps[i]!.inverse * dot(steps[i]!.point, direction);
    add(direction, -factors[i]!, steps[i]!.gradient);
  }
  const last = steps.at(-1);
  const scale = last ? 1 / (last.inverse * dot(last.gradient, last.gradient)) : 1 / Math.max(1, norm(gradient));
  for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
  steps.forEach((step, i) => {
    const back = step.inverse * dot(step.gradient, direction);
    add(direction, factors[i]! - back, step.point);
  });
  return direction;
}

const norm = (values: Float64Array): number => Math.sqrt(dot(values, values));

/** The first point along `direction`, halving the way, that lowers the value enough; undefined: none does. */
function search(objective: Objective, from: Iterate, direction: Float64Array): Iterate | undefined {
  const promised = dot(from.gradient, direction);
  let length = 1;
  for (let halving = 0; halving <= mostHalvings; halving++, length /= 2) {
    const point = from.point.slice();
    add(point, length, direction);
    const slope = objective(point);
    if (!(slope.value > from.value + leastDecrease * length * promised)) return { point, ...slope };
  }
  return undefined;
}

/**
 * Gives each better point in turn, after Liu and Nocedal 1989 with steps that are halved until they are good enough. Ends at the
 * minimum, as far as `objective` can tell; whoever has enough stops asking. A value that is not finite is given as any other, once.
 */
export function* minimise(objective: Objective, start: Float64Array): Generator<Iterate, void> {
  let at: Iterate = { point: start, ...objective(start) };
  const steps: Step[] = [];
  while (dot(at.gradient, at.gradient) !== 0) {
    const next = search(objective, at, directionOf(at.gradient, steps));
    if (!next) return;
    yield next;
    if (!Number.isFinite(next.value)) return;
    const [point, gradient] = [difference(next.point, at.point), difference(next.gradient, at.gradient)];
    const product = dot(point, gradient);
    if (product > 1e-10 * dot(gradient, gradient)) {
      steps.push({ point, gradient, inverse: 1 / product });
      if (steps.length > remembered) steps.shift();
    }
    at = next;
  }
}

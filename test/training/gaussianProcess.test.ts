import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRandom } from '../../src/training/random.js';
import { fitGaussianProcess, GaussianProcess } from '../../src/training/search/gaussianProcess.js';
import { expectedImprovement } from '../../src/training/search/proposals.js';

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-6, `${actual} is not ${expected}`);

describe('a Gaussian process', () => {
  const places = [
    [0.1, 0.9],
    [0.4, 0.2],
    [0.5, 0.5],
    [0.8, 0.7],
    [0.95, 0.05],
  ];
  const values = [1.2, -0.3, -0.9, 0.4, -0.4];

  // scikit-learn 1.9.1: GaussianProcessRegressor(Matern([0.5, 2], nu=2.5), alpha=0.01, optimizer=None).
  it("predicts what scikit-learn's GaussianProcessRegressor does", () => {
    const process = new GaussianProcess({ variance: 1, lengthScales: [0.5, 2], noise: 0.01 }, places, values);
    near(process.logLikelihood, -11.973416339694833);
    const expected = [
      [0.16900149420824198, 0.16608958000946558],
      [-0.7516545936288845, 0.09100241470443683],
      [-0.11934005705417454, 0.9921512620935596],
    ];
    const asked = [
      [0.3, 0.3],
      [0.5, 0.5],
      [2, -1],
    ];
    asked.forEach((place, i) => {
      const { mean, deviation } = process.predict(place);
      near(mean, expected[i]![0]!);
      near(deviation, expected[i]![1]!);
    });
  });

  it('finds out which feature matters', () => {
    const random = createRandom(3);
    const drawn = Array.from({ length: 30 }, () => [random.next(), random.next()]);
    const { kernel } = fitGaussianProcess(
      drawn,
      drawn.map(([x]) => 1.4 * Math.sin(6 * x!)),
    );
    assert.ok(kernel.lengthScales[0]! < kernel.lengthScales[1]! / 2, kernel.lengthScales.join(' '));
  });
});

describe('the expected improvement', () => {
  // SciPy's norm: (b - m) Φ(z) + s φ(z).
  it("is what SciPy's normal distribution gives", () => {
    near(expectedImprovement({ mean: 0.2, deviation: 0.5 }, 0), 0.1152194184737265);
    near(expectedImprovement({ mean: -1, deviation: 0.1 }, -0.8), 0.20084907026168292);
    near(expectedImprovement({ mean: 3, deviation: 0.2 }, 0), 0);
    near(expectedImprovement({ mean: 0.5, deviation: 0 }, 0.7), 0.2);
  });
});

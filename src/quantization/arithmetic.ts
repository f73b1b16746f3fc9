// The arithmetic of 8-bit quantization: value ≈ scale × (integer − zero point), after Jacob et al. 2018, "Quantization and
// Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference". Pure functions on plain arrays.

/** Of an activation: unsigned, 0..255. */
export interface ActivationScale {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** The scale of the narrowest u8 range that holds [lowest, highest] and 0, which paddings need exact. */
export function activationScale([lowest, highest]: readonly [number, number]): ActivationScale {
  const [low, high] = [Math.min(0, lowest), Math.max(0, highest)];
  // A value that is always 0 has no range: any scale represents it.
  const scale = high > low ? (high - low) / 255 : 1;
  return { scale, zeroPoint: Math.min(255, Math.max(0, Math.round(-low / scale))) };
}

/** Weights as s8, -127..127, with a scale for each output channel, their first dimension. */
export interface QuantizedWeights {
  readonly values: Int8Array;
  readonly scales: Float32Array;
}

/** Symmetric: zero stays zero. `channels` blocks of equal length in `weights`. */
export function quantizeWeights(weights: Float32Array, channels: number): QuantizedWeights {
  const length = weights.length / channels;
  const values = new Int8Array(weights.length);
  const scales = new Float32Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const own = weights.subarray(channel * length, (channel + 1) * length);
    const largest = own.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
    const scale = largest > 0 ? Math.fround(largest / 127) : 1;
    scales[channel] = scale;
    own.forEach((weight, i) => {
      values[channel * length + i] = Math.max(-127, Math.min(127, Math.round(weight / scale)));
    });
  }
  return { values, scales };
}

/** Biases of a convolution whose input is 0 everywhere, from those where it is `input`: less what the rounded weights make of that. */
export function shiftBiases(biases: Float32Array, { values, scales }: QuantizedWeights, input: number): Float32Array {
  const length = values.length / scales.length;
  return biases.map((bias, channel) => {
    const own = values.subarray(channel * length, (channel + 1) * length);
    return bias - input * scales[channel]! * own.reduce((sum, value) => sum + value, 0);
  });
}

/** Biases in the units of the products, scale of the activation × scale of the channel's weights, as both engines add them. */
export function quantizeBiases(biases: Float32Array, activation: number, scales: Float32Array): Int32Array {
  const most = 2 ** 31 - 1;
  return Int32Array.from(biases, (bias, channel) =>
    Math.max(-most, Math.min(most, Math.round(bias / (activation * scales[channel]!)))),
  );
}

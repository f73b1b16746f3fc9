// What Keras writes for a model and its layers, as far as we read it, and how layers refer to one another there.
import { z } from 'zod';

export const layerSchema = z.object({
  class_name: z.string(),
  name: z.string().optional(),
  config: z.record(z.string(), z.unknown()),
  inbound_nodes: z.array(z.unknown()).default([]),
});
export type SerialisedLayer = z.infer<typeof layerSchema>;

const functionalSchema = z.object({
  class_name: z.enum(['Functional', 'Model']),
  config: z.object({
    name: z.string().default('model'),
    layers: z.array(layerSchema).min(1),
    input_layers: z.unknown(),
    output_layers: z.unknown(),
  }),
});

const sequentialSchema = z.object({
  class_name: z.literal('Sequential'),
  config: z.object({ name: z.string().default('sequential'), layers: z.array(layerSchema).min(1) }),
});

export const modelSchema = z.discriminatedUnion(
  'class_name',
  [functionalSchema, sequentialSchema],
  'expected a Functional or Sequential model',
);
export type SerialisedFunctional = z.infer<typeof functionalSchema>;
export type SerialisedSequential = z.infer<typeof sequentialSchema>;

export const isModelClass = (className: string): boolean => ['Functional', 'Model', 'Sequential'].includes(className);

/** Whether Keras 3 wrote the model: Keras 2 and tfjs call the shape of an input batch_input_shape. */
export const isKeras3 = (serialised: unknown): boolean => JSON.stringify(serialised).includes('"batch_shape":');

const referenceSchema = z.tuple([z.string(), z.int(), z.int()]).rest(z.unknown());
const kerasTensorSchema = z.object({
  class_name: z.literal('__keras_tensor__'),
  config: z.object({ keras_history: referenceSchema }),
});

/** What Keras 2 writes in the place of a layer's name where an operation's first argument is a number. */
const constantValue = '_CONSTANT_VALUE';

/**
 * Names of the layers whose outputs a serialised call mentions, in order: Keras 2's [name, 0, 0, {}], whose options may hold another
 * tensor of an operation, and Keras 3's __keras_tensor__.
 */
export function referencesIn(value: unknown): string[] {
  const reference = referenceSchema.safeParse(value);
  if (reference.success && reference.data[0] !== constantValue) {
    const [name, , , ...options] = reference.data;
    return [name, ...referencesIn(options)];
  }
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  const tensor = kerasTensorSchema.safeParse(value);
  if (tensor.success) return [tensor.data.config.keras_history[0]];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(referencesIn) : [];
}

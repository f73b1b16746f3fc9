// Whether a server of ours answers in the precision that it was started for.
import { z } from 'zod';

const modelsSchema = z.object({
  models: z.array(z.object({ precision: z.object({ name: z.string(), reason: z.string() }) })).min(1),
});

/** Throws with the server's reason when it answers in another precision than `name` ends with. */
export async function checkPrecision(url: string, name: string): Promise<void> {
  const { precision } = modelsSchema.parse(await (await fetch(`${url}/v1/models`)).json()).models[0]!;
  if (!name.endsWith(precision.name)) throw new Error(`it answers in ${precision.name}: ${precision.reason}`);
}

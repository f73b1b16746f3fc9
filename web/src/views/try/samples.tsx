// Drawings of garments that the bundled classifier knows, for visitors without a photo.
import { strings } from '../../strings/index.js';

const texts = strings.try;

/** Each is ./samples/NAME.webp, drawn by scripts/drawSamples.ts; the name is its class. */
const samples = ['dress', 't-shirt', 'pants', 'longsleeve', 'shorts', 'hat'];

/** Nothing for classifiers that know none of them. */
export function Samples({ labels, onFile }: { labels: readonly string[]; onFile: (file: File) => void }) {
  const known = samples.filter((sample) => labels.includes(sample));
  if (known.length === 0) return null;
  const choose = async (sample: string): Promise<void> => {
    const response = await fetch(`./samples/${sample}.webp`);
    onFile(new File([await response.blob()], `${sample}.webp`, { type: 'image/webp' }));
  };
  return (
    <section class="samples">
      <h2>{texts.samples}</h2>
      <div class="sample-row">
        {known.map((sample) => (
          <button key={sample} type="button" aria-label={texts.sample(sample)} onClick={() => void choose(sample)}>
            <img src={`./samples/${sample}.webp`} alt="" width="96" height="96" />
          </button>
        ))}
      </div>
    </section>
  );
}

// A heat map laid over the photo: clear where nothing speaks for the class, then yellow, red where most does.
import { useEffect, useRef } from 'preact/hooks';
import { strings } from '../../strings/index.js';
import type { Explanation } from './explanation.js';

export function HeatMap({ explanation }: { explanation: Explanation }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { label, width, height, heatmap } = explanation;
  useEffect(() => {
    const image = new ImageData(width, height);
    (heatmap ?? []).flat().forEach((heat, at) => image.data.set(colourOf(heat), at * 4));
    canvas.current!.getContext('2d')!.putImageData(image, 0, 0);
  }, [explanation]);
  return (
    <canvas
      ref={canvas}
      class="heat-map"
      role="img"
      aria-label={strings.try.whyMap(label)}
      width={width}
      height={height}
    />
  );
}

/** `heat`: 0 to 1. */
const colourOf = (heat: number): readonly number[] => [255, 220 * (1 - heat), 20 * (1 - heat), 215 * heat];

// Lines over whole numbers, drawn by uPlot, in the colours of the page; its summary is what a screen reader reads.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { strings } from '../../strings/index.js';
import 'uplot/dist/uPlot.min.css';

export interface Line {
  readonly name: string;
  /** A colour variable of the page. */
  readonly colour: `--${string}`;
  readonly values: readonly number[];
}

export interface LineChartProps {
  readonly title: string;
  /** What x counts; absent: epochs. */
  readonly xName?: string;
  readonly summary: string;
  readonly x: readonly number[];
  /** Always as many, with the same names. */
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  /** The highest value that there can be; absent: whatever comes. */
  readonly top?: number;
}

const height = 220;

export function LineChart({ title, summary, x, lines, format, top, xName = strings.train.epoch }: LineChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const data = useRef<uPlot.AlignedData>([[]]);
  data.current = [[...x], ...lines.map(({ values }) => [...values])];

  useEffect(() => {
    const element = frame.current!;
    const draw = (): void => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsOf(element, { lines, format, top, xName }), data.current, element);
    };
    draw();
    // The canvas has its colours drawn in.
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', draw);
    const observer = new ResizeObserver(() => plot.current!.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      scheme.removeEventListener('change', draw);
      observer.disconnect();
      plot.current!.destroy();
    };
  }, []);
  useEffect(() => plot.current!.setData(data.current), [x.length, lines]);

  return (
    <figure class="chart" data-points={x.length}>
      <figcaption>
        <strong>{title}</strong> <span class="muted">{summary}</span>
      </figcaption>
      <div ref={frame} aria-hidden="true" />
    </figure>
  );
}

/** What light-dark() comes to here and now: a canvas does not know it. */
function colourOf(element: HTMLElement, variable: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${variable})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

type Drawn = Pick<LineChartProps, 'lines' | 'format'> & {
  readonly xName: string;
  readonly top: number | undefined;
};

function optionsOf(element: HTMLElement, { lines, format, top, xName }: Drawn): uPlot.Options {
  const axis = {
    stroke: colourOf(element, '--muted'),
    grid: { stroke: colourOf(element, '--line'), width: 1 },
    ticks: { stroke: colourOf(element, '--line'), width: 1 },
    font: `12px ${getComputedStyle(element).fontFamily}`,
  };
  return {
    width: element.clientWidth,
    height,
    scales: {
      x: { time: false },
      // Always with some room: a flat line would lie on the edge.
      ...(top !== undefined && {
        y: { range: (_: uPlot, low: number) => [Math.max(0, Math.min(low, top * 0.9) - 0.05), top] },
      }),
    },
    cursor: { drag: { x: false, y: false } },
    axes: [
      { ...axis, incrs: [1, 2, 5, 10, 20, 50, 100, 200] },
      { ...axis, size: 64, values: (_, ticks) => ticks.map(format) },
    ],
    series: [
      { label: xName, value: (_, x: number | null) => (x === null ? '' : String(x)) },
      ...lines.map(({ name, colour }) => ({
        label: name,
        stroke: colourOf(element, colour),
        width: 2,
        points: { size: 5 },
        value: (_: uPlot, value: number | null) => (value === null ? '' : format(value)),
      })),
    ],
  };
}

// The mouse over the grid: a click chooses, a drag draws a rectangle and chooses what it touches.
import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Box } from './gridShape.js';

export interface PointerActions {
  /** A press and release on the photo at a place; `touch`: by a finger. */
  readonly onPick: (index: number, how: { shift: boolean; ctrl: boolean; touch: boolean }) => void;
  /** While a rectangle is drawn, in pixels of the grid's content. */
  readonly onBox: (box: Box, how: { ctrl: boolean; isFirst: boolean }) => void;
  /** A press where there is no photo. */
  readonly onNothing: () => void;
}

/** Less is a click whose hand trembles. */
const slackPx = 6;
/** At the edges the grid scrolls along, by so much in a frame. */
const edgePx = 32;
const edgeStepPx = 14;

interface Drag {
  readonly x: number;
  readonly y: number;
  readonly index: number | undefined;
  readonly ctrl: boolean;
  readonly shift: boolean;
  isBox: boolean;
  clientX: number;
  clientY: number;
}

/** Gives the rectangle to show, and handlers for the scrolling element, whose padding is 0. */
export function usePointer(scroller: RefObject<HTMLElement | null>, actions: PointerActions) {
  const [box, setBox] = useState<Box>();
  const drag = useRef<Drag | undefined>(undefined);
  const frame = useRef(0);
  const latest = useRef(actions);
  latest.current = actions;

  const pointOf = (clientX: number, clientY: number): { x: number; y: number } => {
    const { left, top } = scroller.current!.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top + scroller.current!.scrollTop };
  };

  const draw = (): void => {
    const now = drag.current;
    if (now === undefined) return;
    const { x, y } = pointOf(now.clientX, now.clientY);
    const drawn = {
      left: Math.min(x, now.x),
      right: Math.max(x, now.x),
      top: Math.min(y, now.y),
      bottom: Math.max(y, now.y),
    };
    setBox(drawn);
    latest.current.onBox(drawn, { ctrl: now.ctrl, isFirst: !now.isBox });
    now.isBox = true;
  };

  const scrollAtEdge = (): void => {
    const now = drag.current;
    if (now === undefined) return;
    const { top, bottom } = scroller.current!.getBoundingClientRect();
    const step = now.clientY < top + edgePx ? -edgeStepPx : now.clientY > bottom - edgePx ? edgeStepPx : 0;
    if (step !== 0) {
      scroller.current!.scrollTop += step;
      draw();
    }
    frame.current = requestAnimationFrame(scrollAtEdge);
  };

  const stop = (): void => {
    drag.current = undefined;
    cancelAnimationFrame(frame.current);
    setBox(undefined);
  };
  useEffect(() => stop, []);

  return {
    box,
    onPointerDown: (event: PointerEvent): void => {
      if (event.button !== 0 || event.pointerType === 'touch') return;
      const element = scroller.current!;
      // A press on the scroll bar.
      if (event.offsetX > element.clientWidth && event.target === element) return;
      const index = indexUnder(event);
      const { x, y } = pointOf(event.clientX, event.clientY);
      const { clientX, clientY, ctrlKey, metaKey, shiftKey } = event;
      drag.current = { x, y, index, ctrl: ctrlKey || metaKey, shift: shiftKey, isBox: false, clientX, clientY };
    },
    onPointerMove: (event: PointerEvent): void => {
      const now = drag.current;
      if (now === undefined) return;
      // Released elsewhere.
      if (event.buttons === 0) {
        stop();
        return;
      }
      now.clientX = event.clientX;
      now.clientY = event.clientY;
      if (now.isBox) {
        draw();
        return;
      }
      const { x, y } = pointOf(event.clientX, event.clientY);
      if (Math.hypot(x - now.x, y - now.y) < slackPx) return;
      // Not before: a click and a double click would not reach the photo.
      scroller.current!.setPointerCapture(event.pointerId);
      draw();
      frame.current = requestAnimationFrame(scrollAtEdge);
    },
    onPointerUp: (): void => {
      const now = drag.current;
      stop();
      if (now === undefined || now.isBox) return;
      const { index, shift, ctrl } = now;
      if (index === undefined) latest.current.onNothing();
      else latest.current.onPick(index, { shift, ctrl, touch: false });
    },
    onPointerCancel: stop,
    /** Fingers scroll by dragging, and choose by tapping. */
    onClick: (event: MouseEvent): void => {
      const index = indexUnder(event);
      if ((event as PointerEvent).pointerType === 'touch' && index !== undefined)
        latest.current.onPick(index, { shift: false, ctrl: false, touch: true });
    },
  };
}

/** The place of the photo that an event happened on. */
export function indexUnder(event: Event): number | undefined {
  const cell = (event.target as Element).closest<HTMLElement>('[data-index]');
  return cell === null ? undefined : Number(cell.dataset.index);
}

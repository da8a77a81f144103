// Drawings, as inline SVG: rings, bars and columns. Pure. They hold no text, so that they may be stretched to any width and
// nothing gets too small to read: figures stand beside them, in HTML. A kind is a class of the style (style.ts), which
// gives it its colour in light and dark. What a drawing shows is told in its title, for those who do not see it.

import { type Child, type Html, html } from './html.ts';

/** A part of a whole, in the colour of its kind. */
export interface Part {
  readonly kind: string;
  readonly name: string;
  readonly value: number;
}

const RADIUS = 42;

/** A ring of parts; nothing of them is drawn as an empty ring. */
export function ring(title: string, parts: readonly Part[]): Html {
  const total = sumOf(parts);
  let drawn = 0;
  const arcs = parts
    .filter(({ value }) => value > 0)
    .map(({ kind, name, value }) => {
      const from = drawn;
      drawn += value;
      return html`<path class="${kind}" d="${arc(from / total, drawn / total)}"
        ><title>${name}</title></path
      >`;
    });
  return html`<svg class="ring" viewBox="0 0 100 100" role="img" aria-label="${title}">
    <circle class="track" cx="50" cy="50" r="${RADIUS}" />
    ${arcs}
  </svg>`;
}

/** From one part of the way round to another, clockwise from the top. A dash of a circle would do, but for tiny ones (Chromium 156). */
function arc(from: number, to: number): string {
  // Nothing is drawn from a point to itself: all of it goes by way of the bottom.
  if (to - from > 0.5) return `${arc(from, from + 0.5)} ${arc(from + 0.5, to)}`;
  const [start, end] = [from, to].map((turn) => {
    const angle = 2 * Math.PI * turn;
    return `${fixed(50 + RADIUS * Math.sin(angle))} ${fixed(50 - RADIUS * Math.cos(angle))}`;
  });
  return `M${start} A${RADIUS} ${RADIUS} 0 0 1 ${end}`;
}

/** One bar, as wide as there is room, parted among its parts; `whole` is what its full width stands for. */
export function bar(title: string, parts: readonly Part[], whole = sumOf(parts)): Html {
  const scale = whole === 0 ? 0 : 1_000 / whole;
  let drawn = 0;
  const pieces = parts
    .filter(({ value }) => value > 0)
    .map(({ kind, name, value }) => {
      const from = drawn;
      drawn += value;
      return html`<rect
        class="${kind}"
        x="${fixed(from * scale)}"
        y="0"
        width="${fixed(value * scale)}"
        height="10"
        ><title>${name}</title></rect
      >`;
    });
  return html`<svg
    class="bar"
    viewBox="0 0 1000 10"
    preserveAspectRatio="none"
    role="img"
    aria-label="${title}"
  >
    <rect class="track" x="0" y="0" width="1000" height="10" />
    ${pieces}
  </svg>`;
}

/** A column for each of them, its parts one on the other, the first at the bottom. */
export interface Column {
  readonly title: string;
  readonly parts: readonly Part[];
}

export interface Labels {
  /** Along the foot, spread evenly. */
  readonly along: readonly Child[];
  /** How a value of the scale is written. */
  readonly value: (value: number) => string;
}

/** Columns over time, with a scale at their side. */
export function columns(title: string, items: readonly Column[], { along, value }: Labels): Html {
  const top = niceTop(Math.max(0, ...items.map(({ parts }) => sumOf(parts))));
  const height = (amount: number) => (amount / top) * 100;
  const drawn = items.map(({ title: said, parts }, index) => {
    let foot = 100;
    const pieces = parts
      .filter((part) => part.value > 0)
      .map((part) => {
        foot -= height(part.value);
        return html`<rect
          class="${part.kind}"
          x="${fixed(index * 10 + 0.75)}"
          y="${fixed(foot)}"
          width="8.5"
          height="${fixed(height(part.value))}"
        />`;
      });
    return html`<g
      ><rect class="touch" x="${index * 10}" y="0" width="10" height="100"><title>${said}</title></rect
      >${pieces}</g
    >`;
  });
  const lines = [0, 50, 100].map(
    (y) => html`<line class="grid" x1="0" x2="${items.length * 10}" y1="${y}" y2="${y}" />`,
  );
  return html`<div class="columns">
    <div class="scale" aria-hidden="true">
      <span>${value(top)}</span><span>${value(top / 2)}</span><span>0</span>
    </div>
    <div class="plot">
      <svg
        viewBox="0 0 ${Math.max(items.length, 1) * 10} 100"
        preserveAspectRatio="none"
        role="img"
        aria-label="${title}"
      >
        ${lines}${drawn}
      </svg>
      <div class="along" aria-hidden="true">${along.map((label) => html`<span>${label}</span>`)}</div>
    </div>
  </div>`;
}

/** The least of 2, 4, 6, 8, 10, 20, 40, … that is not below: its half is a whole number as well. */
export function niceTop(value: number): number {
  for (let power = 1; ; power *= 10) {
    const top = [2, 4, 6, 8, 10].map((factor) => factor * power).find((step) => step >= value);
    if (top !== undefined) return top;
  }
}

function sumOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { value }) => sum + value, 0);
}

function fixed(value: number): string {
  return String(Number(value.toFixed(2)));
}

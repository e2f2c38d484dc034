import * as Plot from '@observablehq/plot';
import { digits, fixed } from '../dom.js';
import { t } from '../language/words.js';
import { draw, figureElement, onWidth, type Figure } from './plot.js';

export interface Course {
  readonly name: string;
  readonly series: number;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface CurvesOptions {
  readonly title: string;
  readonly x: string;
  readonly y: Plot.ScaleOptions;
  readonly height?: number;
}

/** Live curves over epochs or time. */
export class Curves {
  #width = 0;
  #courses: readonly Course[] = [];
  #domain: readonly [number, number] = [0, 1];

  constructor(
    private readonly root: HTMLElement,
    private readonly options: CurvesOptions,
  ) {
    onWidth(root, (width) => {
      this.#width = width;
      this.#draw();
    });
  }

  show(courses: readonly Course[], domain: readonly [number, number]): void {
    this.#courses = courses;
    this.#domain = domain;
    this.#draw();
  }

  #draw(): void {
    if (this.#width > 0) this.root.replaceChildren(figureElement(this.figure(this.#width)));
  }

  figure(width: number): Figure {
    const { title, x, y, height = 190 } = this.options;
    const last = this.#courses.map(({ name, points }) => {
      const value = points.at(-1)?.[1];
      return value === undefined ? t().chart.none(name) : `${name} ${fixed(value, 2)}`;
    });
    const plot = draw(title, t().chart.last(last.join(', ')), {
      width,
      height,
      marginTop: 8,
      marginBottom: 34,
      x: {
        domain: [...this.#domain],
        label: x,
        labelAnchor: 'center',
        labelArrow: 'none',
        ticks: Math.min(8, width / 50),
        tickFormat: digits,
      },
      y: { label: null, grid: true, ticks: 4, tickSize: 0, tickFormat: digits, ...y },
      marks: this.#courses.flatMap(({ points, series }) => [
        Plot.line(points, { x: '0', y: '1', className: `stroke-${series}` }),
        // A single point has no line, and the newest is the one to look at.
        Plot.dot(points.slice(-1), { x: '0', y: '1', r: 3, className: `fill-${series}` }),
      ]),
    });
    return { title, keys: this.#courses, plot };
  }
}

/** Results as a picture that can be saved. */
import { element } from '../dom.js';
import type { Figure } from './plot.js';

/** A bar of a picture, with its number. */
export interface PictureBar {
  readonly name: string;
  readonly share: number;
  readonly text: string;
  readonly series: number;
  readonly best: boolean;
}

export interface Picture {
  readonly title: string;
  readonly lines: readonly string[];
  readonly bars?: readonly PictureBar[];
  /** Draws the figures in the given width. */
  readonly figures: (width: number) => readonly Figure[];
}

/** Pixels of the page; the file has twice as many. */
const WIDTH = 960;
const SCALE = 2;
const MARGIN = 32;
const LINE = 26;
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
const NAMESPACE = 'http://www.w3.org/2000/svg';

/**
 * A picture of results as PNG, in the colours that the page has now and in the same width on every screen.
 *
 * @throws Error if the browser cannot draw it
 */
export async function pngOf(picture: Picture): Promise<Blob> {
  const svg = svgOf(picture);
  const [width, height] = ['width', 'height'].map((name) => Number(svg.getAttribute(name)));
  const text = new XMLSerializer().serializeToString(svg);
  const image = new Image();
  // The page's policy allows data: for images, and nothing of another origin: the canvas can be read.
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = element('canvas', {
    width: String(SCALE * (width ?? 0)),
    height: String(SCALE * (height ?? 0)),
  });
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob !== null) resolve(blob);
      else reject(new Error('the browser cannot make a picture of it'));
    }, 'image/png');
  });
}

function svgOf({ title, lines, bars = [], figures }: Picture): SVGSVGElement {
  const inner = WIDTH - 2 * MARGIN;
  const colours = getComputedStyle(document.documentElement);
  const colour = (name: string): string => colours.getPropertyValue(`--${name}`).trim();
  const parts: SVGElement[] = [];
  let y = MARGIN;
  const write = (text: string, x: number, size: number, more: Attributes = {}): void => {
    const look = { 'font-size': size, fill: colour('text'), 'font-family': FONT };
    const made = svgElement('text', { x, y, ...look, ...more });
    made.textContent = text;
    parts.push(made);
  };
  y += 18;
  write(shortened(title, 80), MARGIN, 22, { 'font-weight': 650 });
  for (const line of lines) {
    y += LINE;
    write(line, MARGIN, 15, { fill: colour('muted') });
  }
  y += 14;
  const left = MARGIN + 130;
  const wide = inner - 130 - 70;
  for (const { name, share, text, series, best } of bars) {
    y += LINE;
    const weight = best ? { 'font-weight': 650 } : {};
    write(name, MARGIN, 15, best ? weight : { fill: colour('muted') });
    write(text, WIDTH - MARGIN, 15, { 'text-anchor': 'end', ...weight });
    const size = { x: left, y: y - 11, width: Math.max(2, share * wide), height: 12, rx: 6 };
    const fill = { fill: colour(`s${series % 6}`), opacity: best ? 1 : 0.55 };
    parts.push(svgElement('rect', { ...size, ...fill }));
  }
  if (bars.length > 0) y += 12;
  for (const { title, keys, plot } of withLooks(figures(inner), inner)) {
    y += LINE;
    write(title, MARGIN, 14, { 'font-weight': 550 });
    let x = MARGIN + 16 + widthOf(title, 550);
    for (const { name, series } of keys) {
      const line = { x, y: y - 6, width: 16, height: 3, fill: colour(`s${series % 6}`) };
      parts.push(svgElement('rect', line));
      write(name, x + 22, 14, { fill: colour('muted') });
      x += 40 + widthOf(name, 400);
    }
    y += 6;
    plot.setAttribute('overflow', 'visible'); // long ticks
    plot.setAttribute('x', String(MARGIN));
    plot.setAttribute('y', String(y));
    parts.push(plot);
    y += Number(plot.getAttribute('height'));
  }
  const height = Math.ceil(y + MARGIN / 2);
  const ground = svgElement('rect', { width: WIDTH, height, fill: colour('card') });
  const svg = svgElement('svg', { width: WIDTH, height, viewBox: `0 0 ${WIDTH} ${height}` });
  svg.append(ground, ...parts);
  return svg;
}

type Attributes = Readonly<Record<string, string | number>>;

function svgElement<N extends keyof SVGElementTagNameMap>(
  name: N,
  attributes: Attributes,
): SVGElementTagNameMap[N] {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

/** Of text above a plot. */
function widthOf(text: string, weight: number): number {
  const context = element('canvas').getContext('2d');
  if (context === null) return 8 * text.length;
  context.font = `${weight} 14px ${FONT}`;
  return context.measureText(text).width;
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** What a style sheet may say of the elements of a plot. */
const looks = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'opacity',
  'font-family',
  'font-size',
];

/** Plots that look the same without the page's style sheet: what it says is written into their elements. */
function withLooks(figures: readonly Figure[], width: number): readonly Figure[] {
  const stage = element(
    'div',
    { class: 'offstage', 'aria-hidden': 'true' },
    ...figures.map(({ plot }) => plot),
  );
  stage.style.width = `${width}px`;
  document.body.append(stage);
  for (const { plot } of figures) {
    for (const node of [plot, ...Array.from(plot.querySelectorAll('*'))]) {
      const style = getComputedStyle(node);
      for (const look of looks) node.setAttribute(look, style.getPropertyValue(look));
    }
  }
  stage.remove();
  return figures;
}

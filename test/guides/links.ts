import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Links and pictures of a Markdown file to files of the tree that are not there, and to headings that no file has. */
export function brokenLinks(path: string): string[] {
  const text = readFileSync(path, 'utf8').replace(/^```.*?^```$/gms, '');
  const links = [
    ...text.matchAll(/\]\(([^)\s]+)\)/g),
    ...text.matchAll(/^\[[^\]]+\]: (\S+)$/gm),
    ...text.matchAll(/(?:src|srcset|href)="([^"]+)"/g),
  ].map(([, target = '']) => target);
  const broken: string[] = [];
  for (const link of new Set(links)) {
    if (/^https?:/.test(link)) continue;
    const [file = '', heading] = link.split('#');
    const target = file === '' ? path : join(dirname(path), file);
    if (!existsSync(target)) broken.push(link);
    else if (heading !== undefined && !anchorsOf(target).includes(heading)) broken.push(link);
  }
  return broken;
}

/** Headings as GitHub makes anchors of them. */
function anchorsOf(path: string): string[] {
  const headings = readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm);
  return Array.from(headings, ([, text = '']) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
